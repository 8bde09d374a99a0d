"""Merging one window after the other, through real DAG runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airflow_model_monitor.assets import ground_truth_asset
from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.service.merge_store import MergeKey, MergeStore
from airflow_model_monitor.service.windows import Window
from tests.airflow.labelled import (
    ENDPOINT,
    HOUR,
    MONITOR,
    REQUESTS,
    RUN_AT,
    event_id,
    hourly_dag,
    places,
    write_captures,
    write_labels,
)
from tests.airflow.outcomes import asset_events, states, xcom

Run = Callable[..., Any]
ASSET = f"model-monitor://{MONITOR}/ground-truth"
KEY = MergeKey(MONITOR, Window(HOUR, RUN_AT), ENDPOINT)


def merge_dag(root: Path, dag: DAG | None = None, **arguments: Any) -> DAG:
    with dag or hourly_dag(f"merge-{root.name}") as made:
        MergeGroundTruthOperator(
            task_id="merge",
            **{
                "monitoring_schedule_name": MONITOR,
                "output_uri": str(root / "out"),
                **places(root),
                **arguments,
            },
        )
    return made


def revisions(root: Path) -> Any:
    return MergeStore(str(root / "out")).revisions(KEY)


def test_a_window_is_merged_announced_and_counted(tmp_path: Path, run_dag: Run) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(30))

    run = run_dag(merge_dag(tmp_path), logical_date=RUN_AT)

    result = xcom(run, "merge")
    [event] = asset_events(run, ASSET)
    [revision] = revisions(tmp_path)
    assert (result["captures"], result["labelled"], result["coverage"]) == (REQUESTS, 30, 0.75)
    assert result["window"] == {"start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:00:00Z"}
    assert result["counts"]["merged_records"] == 30
    assert result["change"]["previous"] is None
    assert (result["merge_url"], result["revision"]) == (revision.url, revision.execution.revision)
    assert event.extra == {"monitor": MONITOR, "run_type": "manual", **result}


def test_sagemakers_layout_holds_the_records(tmp_path: Path, run_dag: Run) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, [7])

    run_dag(merge_dag(tmp_path), logical_date=RUN_AT)

    [part] = (tmp_path / "out/merge" / ENDPOINT / "AllTraffic/2026/01/02/01").iterdir()
    assert part.read_text().startswith('{"eventVersion":"0","groundTruthData":{"data":"0","encoding":"CSV"}')
    assert event_id(HOUR, 7) in part.read_text()


def test_late_labels_make_a_further_revision_that_says_what_changed(tmp_path: Path, run_dag: Run) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(30))
    first = xcom(run_dag(merge_dag(tmp_path, labels_days_after=7), logical_date=RUN_AT), "merge")
    write_labels(tmp_path, range(30, 36), collected=HOUR + timedelta(days=3))

    second = xcom(
        run_dag(merge_dag(tmp_path, labels_days_after=7), logical_date=RUN_AT + timedelta(seconds=1)), "merge"
    )

    assert second["coverage"] == 0.9
    assert second["change"] == {
        "previous": first["revision"],
        "changed": True,
        "records_added": 6,
        "records_removed": 0,
        "records_relabelled": 0,
        "coverage_before": 0.75,
        "coverage_after": 0.9,
    }
    assert [one.execution.coverage for one in revisions(tmp_path)] == [0.75, 0.9]


def test_repeated_with_nothing_new_it_changes_nothing(tmp_path: Path, run_dag: Run) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(30))
    first = xcom(run_dag(merge_dag(tmp_path), logical_date=RUN_AT), "merge")
    before = files_below(tmp_path / "out")

    second = xcom(run_dag(merge_dag(tmp_path), logical_date=RUN_AT + timedelta(seconds=1)), "merge")

    assert files_below(tmp_path / "out") == before
    assert second["revision"] == first["revision"]
    assert not second["change"]["changed"]


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("rule", "labelled"),
    [
        ({}, 10),
        ({"end_time_offset": "PT1H"}, 20),
        ({"start_time_offset": "-PT2H"}, 20),
        ({"start_time_offset": "-PT2H", "end_time_offset": "PT1H"}, 30),
        ({"labels_days_after": 2}, 30),
        ({"start_time_offset": "-PT1H", "end_time_offset": "PT0H"}, 10),
    ],
)
def test_the_rule_names_the_hours_of_labels(tmp_path: Path, run_dag: Run, rule: dict[str, Any], labelled: int) -> None:
    write_captures(tmp_path)
    for number, hours in enumerate((0, 1, -1, 47)):
        write_labels(tmp_path, range(number * 10, number * 10 + 10), collected=HOUR + timedelta(hours=hours))

    run = run_dag(merge_dag(tmp_path, **rule), logical_date=RUN_AT)

    assert xcom(run, "merge")["labelled"] == labelled


@pytest.mark.parametrize(("on_no_labels", "state"), [("fail", "failed"), ("skip", "skipped")])
@pytest.mark.parametrize("others", [False, True], ids=["no folder", "labels of other windows"])
def test_a_window_without_labels(tmp_path: Path, run_dag: Run, on_no_labels: str, state: str, others: bool) -> None:
    write_captures(tmp_path)
    if others:
        write_labels(tmp_path, range(5), hour=HOUR - timedelta(hours=5), collected=HOUR)

    run = run_dag(merge_dag(tmp_path, on_no_labels=on_no_labels), logical_date=RUN_AT)

    assert states(run)["merge"][0] == state
    assert revisions(tmp_path) == ()
    assert asset_events(run, ASSET) == []


@pytest.mark.parametrize(("on_no_data", "state"), [("fail", "failed"), ("skip", "skipped")])
def test_a_window_without_traffic(tmp_path: Path, run_dag: Run, on_no_data: str, state: str) -> None:
    write_captures(tmp_path, HOUR - timedelta(hours=1))
    write_labels(tmp_path, range(5))

    run = run_dag(merge_dag(tmp_path, on_no_data=on_no_data), logical_date=RUN_AT)

    assert states(run)["merge"][0] == state


def test_mapped_over_windows(tmp_path: Path, run_dag: Run) -> None:
    hours = [HOUR + timedelta(hours=number) for number in range(3)]
    for hour in hours:
        write_captures(tmp_path, hour)
        write_labels(tmp_path, range(10), hour)
    windows = [{"window_start": one.isoformat(), "window_end": (one + timedelta(hours=1)).isoformat()} for one in hours]
    with DAG(f"mapped-{tmp_path.name}", schedule=None) as dag:
        MergeGroundTruthOperator.partial(
            task_id="merge",
            monitoring_schedule_name=MONITOR,
            output_uri=str(tmp_path / "out"),
            outlets=[ground_truth_asset(MONITOR)],
            **places(tmp_path),
        ).expand_kwargs(windows)

    run = run_dag(dag)

    merged = [key.window.start for key, _ in MergeStore(str(tmp_path / "out")).list(MONITOR, endpoint=ENDPOINT)]
    assert run.state == "success"
    assert merged == hours
    assert sorted(event.extra["window"]["start"] for event in asset_events(run, ASSET)) == [
        "2026-01-02T01:00:00Z",
        "2026-01-02T02:00:00Z",
        "2026-01-02T03:00:00Z",
    ]


def test_mapped_without_the_outlet_it_merges_all_the_same(tmp_path: Path, run_dag: Run) -> None:
    write_captures(tmp_path)
    write_labels(tmp_path, range(10))
    with DAG(f"mapped-quietly-{tmp_path.name}", schedule=None) as dag:
        MergeGroundTruthOperator.partial(
            task_id="merge",
            monitoring_schedule_name="unheard-of",
            output_uri=str(tmp_path / "out"),
            **places(tmp_path),
        ).expand_kwargs([{"window_start": HOUR.isoformat(), "window_end": RUN_AT.isoformat()}])

    assert run_dag(dag).state == "success"


def test_the_transform_output_of_batch_jobs(tmp_path: Path, run_dag: Run) -> None:
    folder = tmp_path / "transform/2026/01/02/01"
    folder.mkdir(parents=True)
    rows = [f"1,0.{number + 10},{event_id(HOUR, number)},2026-01-02T01:00:00Z" for number in range(REQUESTS)]
    (folder / "part.csv.out").write_text("\n".join(rows) + "\n")
    write_labels(tmp_path, range(10))
    dag = merge_dag(
        tmp_path,
        endpoint_name=None,
        captured_data_uri=None,
        transform_output_uri=str(tmp_path / "transform"),
        dataset_format={"csv": {"header": False}},
    )

    run = run_dag(dag, logical_date=RUN_AT)

    assert xcom(run, "merge")["coverage"] == 0.25
    assert (tmp_path / "out/merge" / MONITOR / "2026/01/02/01").is_dir()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"monitoring_schedule_name": "late_arrivals"}, "monitoring_schedule_name"),
        ({"endpoint_name": None}, "give endpoint_name"),
        ({"captured_data_uri": None}, "exactly one of them"),
        ({"transform_output_uri": "s3://bucket/out"}, "exactly one of them"),
        ({"dataset_format": {"csv": {}}}, "captured data says what it is"),
        ({"label_choice": "best"}, "label_choice='best': expected one of 'newest', 'oldest', 'all', 'refuse'"),
        ({"on_no_labels": "wait"}, "on_no_labels='wait'"),
        ({"on_no_data": "wait"}, "on_no_data='wait'"),
        ({"labels_days_after": -1}, "labels_days_after=-1"),
        ({"start_time_offset": "6 hours"}, "start_time_offset"),
        ({"start_time_offset": "PT0H"}, "no label would be looked for"),
        ({"window_start": "2026-01-02T03:00:00Z"}, "without window_end"),
    ],
)
def test_refuses_by_name_and_value(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        merge_dag(tmp_path, **changed)
