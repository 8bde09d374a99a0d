"""``retrain_on_drift`` as it is, on days of the storms in June: a person says no, and of the next candidate yes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.service.approvals import Approvals
from airflow_model_monitor.service.baseline_store import BaselineStore, promotion_of
from airflow_model_monitor.service.model_versions import ModelVersions
from airflow_model_monitor.service.retraining_ledger import RetrainingLedger
from demo.home import DAGS, SETTINGS, dag_bag
from tests.airflow.outcomes import states, xcom
from tests.dags.conftest import STORM
from tests.dags.question import Person, asks, meanwhile

DAYS = 4
CHANGED = {
    'schedule = "0 0 * * MON"': 'schedule = "@daily"',
    "train_on = 10": "train_on = 3",
    "compare_on = 2": "compare_on = 1",
    "least_gain = 0.0": "least_gain = -1.0",  # of the question alone, not of the comparison
    "at_least = 2": "at_least = 1",
    "cool_down_days = 180": "cool_down_days = 0",
}


@pytest.fixture
def home(week: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demonstration's week cut into days, and nobody watching it yet."""
    text = SETTINGS.read_text()
    for old, new in CHANGED.items():
        assert old in text
        text = text.replace(old, new)
    places = f'captures = "{week}/captures"\nlabels = "{week}/labels"\n\n[windows]'
    before, _, after = text.partition("[windows]")
    bias, attribution = after.index("[bias]"), after.index("[retraining]")
    (tmp_path / "days.toml").write_text(before + places + after[:bias] + after[attribution:])
    shutil.copytree(week / "training", tmp_path / "training", ignore=shutil.ignore_patterns("*/*/"))
    variables = {"DEMO": tmp_path, "SETTINGS": tmp_path / "days.toml", "APPROVAL": "person", "CLOCK": "data"}
    for name, value in variables.items():
        monkeypatch.setenv(f"MODEL_MONITOR_{name}", str(value))
    for name in [name for name in sys.modules if name.startswith("model_monitor_")]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def outcomes(home: Path) -> list[str | None]:
    found = RetrainingLedger(str(home / "retrainings")).retrainings()
    return [None if one.ended is None else one.ended.outcome for one in found]


@asks
def test_a_no_ends_a_retraining_and_a_yes_puts_the_model_in_service(home: Path, run_dag: Callable[..., Any]) -> None:
    dags, ada = dag_bag(DAGS).dags, Person("ada")
    assert run_dag(dags["baseline"]).state == "success"
    for day in range(1, DAYS + 1):
        for monitor in ("monitor_data_quality", "monitor_model_quality"):
            assert run_dag(dags[monitor], logical_date=STORM + timedelta(days=day)).state == "success"

    runs = []
    for option in ("Reject", "Approve"):
        with meanwhile("retrain_on_drift", lambda asked, chosen=option: ada.answer(asked, chosen)):
            runs.append(run_dag(dags["retrain_on_drift"]))

    assert [run.state for run in runs] == ["success", "success"], [states(run) for run in runs]
    assert outcomes(home) == ["rejected", "finished"]
    first, second = (xcom(run, "candidate") for run in runs)
    assert first["version"] == second["version"]
    approvals = Approvals(str(home / "retrainings" / "approvals"))
    decided = [approvals.read(one["candidate"]) for one in (first, second)]
    assert [(one.state, one.by) for one in decided] == [("rejected", "ada"), ("approved", "ada")]
    # What was judged last is where the new model begins.
    since = STORM + timedelta(days=DAYS)
    deployments = ModelVersions(str(home / "models" / "late-arrivals")).deployments()
    assert [one.since for one in deployments] == [None, since]
    assert deployments[-1].version == second["version"]
    for monitor in ("late-arrivals", "late-arrivals-quality"):
        baseline = BaselineStore(str(home / "baselines" / monitor)).read()
        assert baseline is not None
        promotion = promotion_of(baseline)
        assert promotion is not None
        assert (promotion.effective_from, promotion.reason) == (since, second["reason"])
