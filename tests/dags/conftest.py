"""The example DAGs with a week of the demonstration's traffic to run on."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.__main__ import prepare
from demo.home import DAGS, dag_bag
from tests.airflow.conftest import airflow_db, run_dag

__all__ = ["airflow_db", "run_dag"]

STORM = datetime(2013, 6, 24, tzinfo=UTC)


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Root of the demonstration: training data, and the captured traffic of the week of June 24."""
    root = tmp_path_factory.mktemp("flights")
    prepare(root, io.StringIO(), since=STORM, until=STORM + timedelta(weeks=1))
    return root


@pytest.fixture
def run_example(week: Path, run_dag: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run one of ``dags/`` by its id, over the week of June 24; returns the DagRun."""
    monkeypatch.setenv("MODEL_MONITOR_DEMO", str(week))

    def run(dag_id: str) -> Any:
        # A manual run takes the last complete interval before its logical date.
        return run_dag(dag_bag(DAGS).dags[dag_id], logical_date=STORM + timedelta(weeks=1))

    return run
