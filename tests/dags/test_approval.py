"""A candidate that waits is put in service by a person's word, and by nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.service.approvals import Approvals
from airflow_model_monitor.service.model_versions import ModelVersions
from airflow_model_monitor.service.retraining_ledger import Retraining, RetrainingLedger, retraining_id
from demo.home import DAGS, dag_bag
from tests.airflow.outcomes import states

JULY = datetime(2013, 7, 1, tzinfo=UTC)
RUN = "asset_triggered__2013-07-01"


@pytest.fixture
def waiting(
    week: Path, tmp_path: Path, run_example: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, Path]:
    """A model in service and a candidate that is pending, as ``retrain_on_drift`` leaves it: its version, and where."""
    shutil.copytree(week / "training", tmp_path / "training", ignore=shutil.ignore_patterns("*/*/"))
    monkeypatch.setenv("MODEL_MONITOR_DEMO", str(tmp_path))
    assert run_example("baseline").state == "success"
    rows, content = tmp_path / "training" / "rows.csv", (tmp_path / "training" / "model.onnx").read_bytes()
    version = ModelVersions(str(tmp_path / "models" / "late-arrivals")).add({"model.onnx": content}, {"waits": True})
    candidate = {"version": version.version, "rows": str(rows), "requests": "", "since": JULY.isoformat()}
    approvals = Approvals(str(tmp_path / "retrainings" / "approvals"))
    approvals.ask(version.version, {**candidate, "run_id": RUN, "reason": "better"})
    began = Retraining(retraining_id("retrain_on_drift", RUN), "retrain_on_drift", RUN, JULY, JULY, "drift")
    assert RetrainingLedger(str(tmp_path / "retrainings")).begin(began, after=0) is not None
    return version.version, tmp_path


def decide(run_dag: Callable[..., Any], **conf: Any) -> Any:
    return run_dag(dag_bag(DAGS).dags["approve_retraining"], run_conf=conf)


def test_nobody_approves_what_nobody_asked_for(waiting: tuple[str, Path], run_dag: Callable[..., Any]) -> None:
    run = decide(run_dag, candidate="0123456789abcdef", approve=True)

    assert states(run)["decide"][0] == "failed"
    versions = ModelVersions(str(waiting[1] / "models" / "late-arrivals"))
    assert [one.reason for one in versions.deployments()] == ["the first model"]


def test_a_persons_yes_deploys_and_gives_every_monitor_a_new_baseline(
    waiting: tuple[str, Path], run_dag: Callable[..., Any]
) -> None:
    version, week = waiting

    run = decide(run_dag, candidate=version, approve=True)

    assert run.state == "success", states(run)
    deployed = ModelVersions(str(week / "models" / "late-arrivals")).deployments()[-1]
    assert (deployed.version, deployed.since) == (version, JULY)
    for monitor in ("late-arrivals", "late-arrivals-quality", "late-arrivals-bias", "late-arrivals-attribution"):
        said = json.loads((week / "baselines" / monitor / "promotion.json").read_text())
        assert said["effective_from"] == "2013-07-01T00:00:00Z"
    (retraining,) = RetrainingLedger(str(week / "retrainings")).retrainings()
    assert retraining.ended is not None
    assert retraining.ended.outcome == "finished"
    assert Approvals(str(week / "retrainings" / "approvals")).pending() == ()
