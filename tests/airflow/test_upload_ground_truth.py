"""Labels from files, tasks and databases into the ground-truth layout."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, task

from airflow_model_monitor._compat import BaseHook
from airflow_model_monitor.operators.upload_ground_truth import UploadGroundTruthOperator
from airflow_model_monitor.service.folder import Folder
from tests.airflow.labelled import HOUR, RUN_AT, hourly_dag
from tests.airflow.outcomes import said, states, xcom

Run = Callable[..., Any]
ROWS = [{"request": "a", "late": 1}, {"request": "b", "late": 0}]
COLUMNS = {"id_column": "request", "label_column": "late"}
A = '{"groundTruthData":{"data":"1","encoding":"CSV"},"eventMetadata":{"eventId":"a"},"eventVersion":"0"}'
B = '{"groundTruthData":{"data":"0","encoding":"CSV"},"eventMetadata":{"eventId":"b"},"eventVersion":"0"}'


def upload_dag(root: Path, **arguments: Any) -> DAG:
    with hourly_dag(f"upload-{root.name}") as dag:
        UploadGroundTruthOperator(
            task_id="upload", **{"ground_truth_uri": str(root / "labels"), **COLUMNS, **arguments}
        )
    return dag


def uploaded(root: Path) -> dict[str, list[str]]:
    """Lines of the label files by hour folder."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "labels").rglob("*.jsonl")):
        found.setdefault(str(path.parent.relative_to(root / "labels")), []).extend(path.read_text().splitlines())
    return found


def write(root: Path, name: str) -> str:
    path = root / name
    if name.endswith(".csv"):
        path.write_text("request,late,other\na,1,x\nb,0,y\n")
    elif name.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(ROWS), path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return str(path)


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet", "labels.jsonl"])
def test_of_a_dataset_into_the_hour_of_the_run(tmp_path: Path, run_dag: Run, name: str) -> None:
    run = run_dag(upload_dag(tmp_path, dataset=write(tmp_path, name)), logical_date=RUN_AT)

    result = xcom(run, "upload")
    assert uploaded(tmp_path) == {"2026/01/02/01": [A, B]}
    assert (result["labels"], result["files"], result["written"]) == (2, 1, 1)
    assert Path(result["first_file"]).is_file()


def test_of_another_tasks_rows(tmp_path: Path, run_dag: Run) -> None:
    with hourly_dag(f"rows-{tmp_path.name}") as dag:

        @task
        def query() -> list[dict[str, Any]]:
            return ROWS

        rows = query()
        common = {**COLUMNS, "ground_truth_uri": str(tmp_path / "labels")}
        UploadGroundTruthOperator(task_id="given", rows=rows, **common)
        spelled = "{{ ti.xcom_pull('query') | tojson }}"
        second = UploadGroundTruthOperator(task_id="spelled", rows=spelled, collected_at=RUN_AT.isoformat(), **common)
        rows >> second

    run = run_dag(dag, logical_date=RUN_AT)

    assert run.state == "success"
    assert uploaded(tmp_path) == {"2026/01/02/01": [A, B], "2026/01/02/02": [A, B]}


def test_of_a_query(tmp_path: Path, run_dag: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.providers.common.sql.hooks.sql import DbApiHook

    database = tmp_path / "warehouse.db"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE arrivals (request TEXT, late INTEGER, day TEXT)")
        connection.executemany("INSERT INTO arrivals VALUES (?, ?, '2026-01-02')", [("a", 1), ("b", 0)])
        connection.execute("INSERT INTO arrivals VALUES ('c', 1, '2026-01-01')")

    class Warehouse(DbApiHook):
        conn_name_attr = "warehouse_conn_id"

        def get_conn(self) -> sqlite3.Connection:
            return sqlite3.connect(database)

    monkeypatch.setattr(BaseHook, "get_hook", lambda conn_id: Warehouse())
    dag = upload_dag(
        tmp_path,
        sql="SELECT request, late FROM arrivals WHERE day = :day ORDER BY request",
        parameters={"day": "{{ data_interval_start | ds }}"},
        conn_id="warehouse",
    )

    run = run_dag(dag, logical_date=RUN_AT)

    assert run.state == "success"
    assert uploaded(tmp_path) == {"2026/01/02/01": [A, B]}


def test_a_column_says_when_each_label_was_collected(tmp_path: Path, run_dag: Run) -> None:
    rows = [{**ROWS[0], "at": "2026-01-02T09:30:00Z"}, {**ROWS[1], "at": "2026-01-05T00:00:00+01:00"}]

    run = run_dag(upload_dag(tmp_path, rows=rows, time_column="at"), logical_date=RUN_AT)

    assert uploaded(tmp_path) == {"2026/01/02/09": [A], "2026/01/04/23": [B]}
    assert xcom(run, "upload")["files"] == 2


def test_a_long_interval_takes_its_last_hour(tmp_path: Path, run_dag: Run) -> None:
    from airflow.timetables.interval import CronDataIntervalTimetable

    with DAG("daily", schedule=CronDataIntervalTimetable("@daily", timezone="UTC"), start_date=HOUR) as dag:
        UploadGroundTruthOperator(task_id="upload", ground_truth_uri=str(tmp_path / "labels"), rows=ROWS, **COLUMNS)

    run_dag(dag, logical_date=HOUR + timedelta(days=1))

    assert list(uploaded(tmp_path)) == ["2026/01/02/23"]


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([*ROWS, {"request": None, "late": 1}], "row 3: request is missing"),
        ([*ROWS, {"request": "c", "late": None}], "row 3: late is missing"),
        ([*ROWS, {"request": "a", "late": 0}], "row 3: the id 'a' already stands in row 1"),
        ([{"id": "a", "late": 1}], "row 1: request is missing"),
        ([("a", 1)], "row 1 is tuple"),
    ],
)
def test_bad_rows_are_named_and_nothing_is_written(
    tmp_path: Path, run_dag: Run, rows: list[Any], named: str, capfd: pytest.CaptureFixture[str]
) -> None:
    run = run_dag(upload_dag(tmp_path, rows=rows), logical_date=RUN_AT)

    assert run.state == "failed"
    assert uploaded(tmp_path) == {}
    assert named in said(*capfd.readouterr())


def test_duplicates_may_be_allowed(tmp_path: Path, run_dag: Run) -> None:
    run_dag(upload_dag(tmp_path, rows=[ROWS[0], ROWS[0]], allow_duplicates=True), logical_date=RUN_AT)

    assert uploaded(tmp_path) == {"2026/01/02/01": [A, A]}


def test_a_retry_writes_nothing_twice(tmp_path: Path, run_dag: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**ROWS[0], "at": "2026-01-02T09:30:00Z"}, {**ROWS[1], "at": "2026-01-05T00:00:00Z"}]
    failures = iter([None, OSError("the bucket is away")])
    upload = Folder.upload

    def failing_second(folder: Folder, name: str, source: Path) -> None:
        if failure := next(failures, None):
            raise failure
        upload(folder, name, source)

    monkeypatch.setattr(Folder, "upload", failing_second)
    dag = upload_dag(tmp_path, rows=rows, time_column="at", retries=1, retry_delay=timedelta(0))

    run = run_dag(dag, logical_date=RUN_AT)

    assert states(run) == {"upload": ("success", 2)}
    assert uploaded(tmp_path) == {"2026/01/02/09": [A], "2026/01/05/00": [B]}
    assert xcom(run, "upload")["written"] == 1


def test_a_later_runs_same_labels_are_an_upload_of_their_own(tmp_path: Path, run_dag: Run) -> None:
    # A label that was corrected and corrected back must win again.
    for minutes, row in enumerate(({**ROWS[0]}, {**ROWS[0], "late": 0}, {**ROWS[0]})):
        dag = upload_dag(tmp_path, rows=[row], collected_at=HOUR.isoformat())
        run_dag(dag, logical_date=RUN_AT + timedelta(minutes=minutes))

    assert [json.loads(line)["groundTruthData"]["data"] for line in uploaded(tmp_path)["2026/01/02/01"]] == [
        "1",
        "0",
        "1",
    ]


@pytest.mark.parametrize(("on_no_labels", "state"), [("fail", "failed"), ("skip", "skipped")])
def test_no_rows(tmp_path: Path, run_dag: Run, on_no_labels: str, state: str) -> None:
    run = run_dag(upload_dag(tmp_path, rows=[], on_no_labels=on_no_labels), logical_date=RUN_AT)

    assert states(run)["upload"][0] == state


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "exactly one of them"),
        ({"dataset": "a.csv", "rows": ROWS}, "exactly one of them"),
        ({"sql": "SELECT 1"}, "needs its database's connection"),
        ({"rows": ROWS, "conn_id": "warehouse"}, "needs its database's connection"),
        ({"rows": ROWS, "parameters": {"day": 1}}, "parameters"),
        ({"rows": ROWS, "dataset_format": {"csv": {}}}, "dataset_format"),
        ({"rows": ROWS, "encoding": "BASE64"}, "encoding='BASE64': expected one of 'CSV', 'JSON'"),
        ({"rows": ROWS, "on_no_labels": "wait"}, "on_no_labels"),
        ({"rows": ROWS, "time_column": "at", "collected_at": "2026-01-02T00:00:00Z"}, "give one of them"),
    ],
)
def test_refuses_by_name_and_value(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        upload_dag(tmp_path, **arguments)
