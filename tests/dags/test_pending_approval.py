"""From violations to a candidate that waits for a person, and from a person's yes to new baselines.

Without a scheduler, so it is quick on every supported Airflow; ``make test-loop`` has all components and an alarm.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor._compat import question_operator
from demo.airflow_process import handed_over
from demo.home import DAGS, dag_bag
from tests.airflow.conftest import register
from tests.airflow.outcomes import states, xcom
from tests.local_aws import REGION, START, Client, local_aws
from tests.system import churn

SETTINGS = Path(churn.__file__).with_name("loop.toml")
DRIFTED = range(churn.CHANGE, churn.HOURS)
Run = Callable[[str, datetime], Any]


@pytest.fixture(scope="module")
def aws() -> Iterator[Client]:
    """The service's traffic and labels in the local SageMaker's S3."""
    with local_aws() as client:
        churn.prepare(client, Client.make_endpoint)
        yield client


@pytest.fixture
def dags(aws: Client, tmp_path: Path, airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The example DAGs as they read the service's settings, known to Airflow: who listens to what."""
    settings = SETTINGS.read_text()
    if question_operator() is not None:  # else a person's candidates wait anyway
        settings = settings.replace('approval = "person"', 'approval = "later"')
    (tmp_path / "churn.toml").write_text(settings)
    extra = {"region_name": REGION, "endpoint_url": aws.url}
    login = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_LOCAL", json.dumps(login))
    monkeypatch.setenv("MODEL_MONITOR_SETTINGS", str(tmp_path / "churn.toml"))
    monkeypatch.setenv("MODEL_MONITOR_ALARM_QUEUE", "")
    # What the DAG files share is read anew, for these settings.
    for name in [name for name in sys.modules if name.startswith("model_monitor_")]:
        monkeypatch.delitem(sys.modules, name)
    found = dict(dag_bag(DAGS).dags)
    for _ in range(2):  # Airflow 3.0 knows an asset as active only when it reads the DAGs again
        for dag in found.values():
            register(dag)
    return found


def test_nothing_is_deployed_before_a_person_says_yes(aws: Client, dags: dict[str, Any], run_dag: Any) -> None:
    assert run_dag(dags["baseline"]).state == "success"
    for monitor in ("monitor_model_quality", "monitor_data_quality"):
        for hour in DRIFTED:
            assert run_dag(dags[monitor], logical_date=START + (hour + 1) * churn.HOUR).state == "success"

    with handed_over("retrain_on_drift"):
        run = run_dag(dags["retrain_on_drift"])

    proposed = xcom(run, "candidate")
    assert run.state == "success", states(run)
    assert xcom(run, "pending").startswith("pending approval: run the DAG approve_retraining")
    before = churn.state(aws)
    assert len(before["deployed"]) == 1
    assert before["outcomes"] == []

    decided = run_dag(dags["approve_retraining"], run_conf={"candidate": proposed["candidate"], "approve": True})

    after = churn.state(aws)
    assert decided.state == "success", states(decided)
    assert after["deployed"][1:] == [(proposed["version"], "2026-01-01T06:00:00Z")]
    assert {since for _, since in after["promoted"].values()} == {"2026-01-01T06:00:00Z"}
    assert after["outcomes"] == [("000001/outcome.json", "finished")]
