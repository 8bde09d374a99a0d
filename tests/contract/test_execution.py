from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import BaselineFile, Execution, PublishedFile, Verdict, Window

HOUR = datetime(2013, 6, 24, tzinfo=UTC)
EXECUTION = Execution(
    monitor_type="DataQuality",
    status="CompletedWithViolations",
    exit_message="CompletedWithViolations: Job completed successfully with 1 violations.",
    compatibility="corrected",
    arithmetic="sequential",
    rows=6500,
    monitor="flights",
    endpoint="delays",
    window=Window(HOUR, HOUR + timedelta(days=7)),
    baseline={"constraints": BaselineFile("s3://b/constraints.json", "ab" * 32)},
    violations=1,
    violations_by_check={"baseline_drift_check": 1},
    original_verdict=Verdict("Completed", 0),
    drift={"dep_delay": 0.22},
    revision="0001",
    files={"constraint_violations.json": PublishedFile("cd" * 32, 250)},
    created_at=HOUR,
)


def test_round_trip() -> None:
    assert Execution.from_json(EXECUTION.to_json()) == EXECUTION
    assert Execution.from_json(EXECUTION.to_json().encode()).to_json() == EXECUTION.to_json()


def test_smallest_execution() -> None:
    smallest = Execution(monitor_type="DataQuality", status="Completed", exit_message="", compatibility="sagemaker")
    assert Execution.from_json(smallest.to_json()) == smallest


def test_times_are_written_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    window = Window(datetime(2013, 6, 24, 2, tzinfo=berlin), datetime(2013, 6, 24, 3, tzinfo=berlin))
    text = Execution(
        monitor_type="DataQuality", status="Completed", exit_message="", compatibility="sagemaker", window=window
    ).to_json()
    assert json.loads(text)["window"] == {"start": "2013-06-24T00:00:00Z", "end": "2013-06-24T01:00:00Z"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 99}, "written by a newer release"),
        ({"status": "Done"}, "$.status: expected 'Completed'"),
        ({"window": {"start": "noon"}}, "$.window.start: 'noon' is not a point in time"),
        ({"files": {"a.json": {"size": 1}}}, '$.files["a.json"].sha256: is missing'),
        ({"arithmetic": "exact"}, "$.arithmetic: expected 'sequential' or 'chunked'"),
    ],
)
def test_nonsense_names_its_path(change: dict[str, object], message: str) -> None:
    text = json.dumps(json.loads(EXECUTION.to_json()) | change)
    with pytest.raises(ContractError, match=re.escape(message)):
        Execution.from_json(text)
