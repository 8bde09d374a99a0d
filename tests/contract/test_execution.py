from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import BaselineFile, Execution, PublishedFile, Verdict, Window
from airflow_model_monitor.contract.merge_counts import MergeCounts

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
)
MERGE = Execution(
    monitor_type="GroundTruthMerge",
    status="Completed",
    exit_message="",
    compatibility="corrected",
    coverage=0.5,
    merge=MergeCounts(captures=4, labelled_captures=2, merged_records=2, labels=3, matched_labels=2),
    label_files={"2013/06/24/00/a.jsonl": 120},
)
JUDGED = Execution(
    monitor_type="ModelQuality",
    status="Completed",
    exit_message="",
    compatibility="corrected",
    problem_type="BinaryClassification",
    metrics={"recall": 0.75, "f0_5": 0.5},
    coverage=0.5,
    merge_revision="000002-ab",
)


@pytest.mark.parametrize("execution", [EXECUTION, MERGE, JUDGED])
def test_round_trip(execution: Execution) -> None:
    assert Execution.from_json(execution.to_json()) == execution
    assert Execution.from_json(execution.to_json().encode()).to_json() == execution.to_json()


def test_a_file_of_an_earlier_release_is_read() -> None:
    document = json.loads(EXECUTION.to_json())
    for name in ("problem_type", "metrics", "merge", "merge_revision", "label_files"):
        del document[name]
    document |= {"run_type": "manual", "created_at": "2013-06-24T00:00:00Z"}
    assert Execution.from_json(json.dumps(document)) == EXECUTION


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
        ({"merge": {"captures": -1}}, "$.merge.captures: expected a number of at least 0"),
        ({"label_files": {"a.jsonl": "1"}}, '$.label_files["a.jsonl"]: expected a whole number'),
        ({"arithmetic": "exact"}, "$.arithmetic: expected 'sequential' or 'chunked'"),
    ],
)
def test_nonsense_names_its_path(change: dict[str, object], message: str) -> None:
    text = json.dumps(json.loads(EXECUTION.to_json()) | change)
    with pytest.raises(ContractError, match=re.escape(message)):
        Execution.from_json(text)
