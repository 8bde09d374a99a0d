"""The example DAGs with a week of the demonstration's traffic to run on."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo import labels
from demo.departures import Departures
from demo.home import DAGS, dag_bag, environment
from demo.replay import prepare
from tests.airflow.conftest import airflow_db, run_dag

__all__ = ["airflow_db", "run_dag"]

STORM = datetime(2013, 6, 24, tzinfo=UTC)


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Departures]:
    """The demonstration's home with training data and the captured traffic of the week of June 24; its departures."""
    root = tmp_path_factory.mktemp("flights")
    return root, prepare(root, io.StringIO(), since=STORM, until=STORM + timedelta(weeks=1)).departures


@pytest.fixture(scope="session")
def week(replayed: tuple[Path, Departures]) -> Path:
    """Root of the demonstration, with the labels that came in time."""
    root, departures = replayed
    in_time = labels.punctual(departures)
    labels.deliver(root / "labels", departures[in_time], in_time[in_time])
    return root


@pytest.fixture
def deliver_late_labels(replayed: tuple[Path, Departures]) -> Callable[[], int]:
    """Deliver the labels of that week that come one to three weeks late; returns their number."""

    def deliver() -> int:
        root, departures = replayed
        late = ~labels.punctual(departures)
        return labels.deliver(root / "labels", departures[late], ~late[late])

    return deliver


@pytest.fixture
def run_example(week: Path, run_dag: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run one of ``dags/`` by its id, over the week of June 24 unless told otherwise; returns the DagRun."""
    for name, value in environment(week).items():
        if name.startswith("MODEL_MONITOR"):
            monkeypatch.setenv(name, value)
    # What the DAG files share is read anew, for these settings.
    for name in [name for name in sys.modules if name.startswith("model_monitor_")]:
        monkeypatch.delitem(sys.modules, name)

    def run(dag_id: str, at: datetime = STORM + timedelta(weeks=1)) -> Any:
        # A manual run takes the last complete interval before its logical date.
        return run_dag(dag_bag(DAGS).dags[dag_id], logical_date=at)

    return run
