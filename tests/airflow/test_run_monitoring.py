"""A monitored hour from traffic to files, events and results, through real DAG runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from tests.airflow.outcomes import asset_events, states, xcom
from tests.airflow.traffic import ENDPOINT, MONITOR, write_captured_hour, write_training_data

HOUR = datetime(2026, 1, 2, 1, tzinfo=UTC)
RUN_AT = HOUR + timedelta(hours=1)
WINDOW = Window(HOUR, RUN_AT)
CONTRACT_FILES = {"constraints.json", "statistics.json", "report.html"}

Run = Callable[..., Any]


def baseline_dag(root: Path) -> DAG:
    with DAG(f"baseline-{root.name}", schedule=None) as dag:
        SuggestBaselineOperator(
            task_id="suggest",
            monitoring_schedule_name=MONITOR,
            dataset=str(write_training_data(root / "training" / "data.csv")),
            dataset_format={"csv": {"header": True}},
            baseline_uri=str(root / "baseline"),
        )
    return dag


def monitor_dag(root: Path, schedule: Any = None, **arguments: Any) -> DAG:
    timetable = schedule or CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG(f"monitor-{root.name}", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        RunMonitoringOperator(
            task_id="monitor",
            **{
                "monitoring_schedule_name": MONITOR,
                "endpoint_name": ENDPOINT,
                "captured_data_uri": str(root / "traffic"),
                "baseline_uri": str(root / "baseline"),
                "output_uri": str(root / "executions"),
                **arguments,
            },
        )
    return dag


def published(root: Path) -> Any:
    return ExecutionStore(str(root / "executions")).read(ExecutionKey(MONITOR, WINDOW, ENDPOINT))


@pytest.fixture
def root(tmp_path: Path, run_dag: Run) -> Path:
    """A home with a baseline."""
    assert run_dag(baseline_dag(tmp_path)).state == "success"
    return tmp_path


def test_baseline_is_published_and_announced(tmp_path: Path, run_dag: Run) -> None:
    run = run_dag(baseline_dag(tmp_path))

    result = xcom(run, "suggest")
    [event] = asset_events(run, "model-monitor://late-arrivals/baseline")
    constraints = json.loads((tmp_path / "baseline" / "constraints.json").read_text())

    assert run.state == "success"
    assert [feature["name"] for feature in constraints["features"]] == ["late", "dep_delay", "carrier"]
    assert result["status"] == "Completed"
    assert result["rows"] == 400
    assert result["baseline_url"] == str(tmp_path / "baseline")
    assert (Path(result["execution_url"]) / "execution.json").is_file()
    assert event.extra == {"monitor": MONITOR, "run_type": "manual", **result}


def test_a_quiet_hour_publishes_files_and_updates_nothing(root: Path, run_dag: Run) -> None:
    write_captured_hour(root / "traffic", HOUR)

    run = run_dag(monitor_dag(root), logical_date=RUN_AT)

    assert run.state == "success"
    assert set(published(root).files) == CONTRACT_FILES
    assert xcom(run, "monitor")["violations"] == 0
    assert asset_events(run, "model-monitor://late-arrivals/violations") == []


def test_violations_are_published_returned_and_announced(root: Path, run_dag: Run) -> None:
    write_captured_hour(root / "traffic", HOUR, shift=500, missing=40)

    run = run_dag(monitor_dag(root), logical_date=RUN_AT)

    result = xcom(run, "monitor")
    [event] = asset_events(run, "model-monitor://late-arrivals/violations")
    revision = published(root)
    assert run.state == "success"
    assert set(revision.files) == {*CONTRACT_FILES, "constraint_violations.json"}
    assert result == {
        "status": "CompletedWithViolations",
        "violations": 2,
        "counts": {"completeness_check": 1, "baseline_drift_check": 1},
        "rows": 400,
        "window": {"start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:00:00Z"},
        "execution_url": revision.url,
        "report_url": revision.url_of("report.html"),
        "revision": revision.execution.revision,
    }
    baseline = event.extra.pop("baseline")
    assert event.extra == {"monitor": MONITOR, "run_type": "manual", **result}
    assert baseline["constraints"].startswith(str(root / "baseline"))
    assert len(json.dumps(result)) < 2000


def test_sagemakers_layout_holds_a_copy(root: Path, run_dag: Run) -> None:
    write_captured_hour(root / "traffic", HOUR, shift=500)

    run_dag(monitor_dag(root), logical_date=RUN_AT)

    layout = root / "executions" / ENDPOINT / MONITOR / "2026/01/02/02"
    violations = json.loads((layout / "constraint_violations.json").read_text())["violations"]
    assert [violation["feature_name"] for violation in violations] == ["dep_delay"]


@pytest.mark.parametrize(("on_violation", "state"), [("continue", "success"), ("fail", "failed"), ("skip", "skipped")])
def test_violations_do_to_the_task_what_the_author_asked_for(
    root: Path, run_dag: Run, on_violation: str, state: str
) -> None:
    write_captured_hour(root / "traffic", HOUR, shift=500)

    run = run_dag(monitor_dag(root, on_violation=on_violation, retries=2), logical_date=RUN_AT)

    events = asset_events(run, "model-monitor://late-arrivals/violations")
    assert states(run) == {"monitor": (state, 1)}
    assert xcom(run, "monitor")["counts"] == {"baseline_drift_check": 1}
    assert "constraint_violations.json" in published(root).files
    assert len(events) == (1 if on_violation == "continue" else 0)


@pytest.mark.parametrize(("on_no_data", "state"), [("fail", "failed"), ("skip", "skipped")])
def test_an_hour_without_traffic(root: Path, run_dag: Run, on_no_data: str, state: str) -> None:
    write_captured_hour(root / "traffic", HOUR - timedelta(hours=1))

    run = run_dag(monitor_dag(root, on_no_data=on_no_data), logical_date=RUN_AT)

    assert states(run)["monitor"][0] == state
    assert published(root) is None


def test_a_cron_string_has_no_window_and_fails_without_retries(root: Path, run_dag: Run) -> None:
    write_captured_hour(root / "traffic", HOUR)

    run = run_dag(monitor_dag(root, schedule="0 * * * *", retries=2), logical_date=RUN_AT)

    assert states(run) == {"monitor": ("failed", 1)}
    assert published(root) is None


def test_an_explicit_window_is_a_template(root: Path, run_dag: Run) -> None:
    write_captured_hour(root / "traffic", HOUR)
    dag = monitor_dag(
        root,
        schedule="@daily",
        window_start="{{ dag_run.conf['start'] }}",
        window_end="{{ macros.datetime.fromisoformat(dag_run.conf['start']) + macros.timedelta(hours=1) }}",
    )

    run = run_dag(dag, logical_date=RUN_AT, run_conf={"start": HOUR.isoformat()})

    assert xcom(run, "monitor")["window"] == {"start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:00:00Z"}


def test_a_retry_after_a_failed_publication_gives_identical_files(
    root: Path, run_dag: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_captured_hour(root / "traffic", HOUR, shift=500)
    run_dag(monitor_dag(root, output_uri=str(root / "undisturbed")), logical_date=RUN_AT)
    failures = iter([OSError("the disk is full")])
    upload = Folder.upload

    def failing_once(folder: Folder, name: str, source: Path) -> None:
        if name == "statistics.json" and (failure := next(failures, None)):
            raise failure
        upload(folder, name, source)

    monkeypatch.setattr(Folder, "upload", failing_once)
    run = run_dag(monitor_dag(root, retries=1, retry_delay=timedelta(0)), logical_date=RUN_AT + timedelta(minutes=1))

    assert states(run) == {"monitor": ("success", 2)}
    assert files_below(root / "executions") == files_below(root / "undisturbed")


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_report_link_leads_to_our_page(root: Path, run_dag: Run) -> None:
    write_captured_hour(root / "traffic", HOUR)

    run = run_dag(monitor_dag(root), logical_date=RUN_AT)

    link = xcom(run, "monitor", key="_link_ReportLink")
    assert link == f"/model-monitor/report/{run.dag_id}/{quote(run.run_id, safe='')}/monitor/-1"


def test_without_a_report_there_is_no_link(root: Path, run_dag: Run) -> None:
    write_captured_hour(root / "traffic", HOUR)

    run = run_dag(monitor_dag(root, report=False), logical_date=RUN_AT)

    assert set(published(root).files) == {"constraints.json", "statistics.json"}
    assert xcom(run, "monitor")["report_url"] is None
    assert xcom(run, "monitor", key="_link_ReportLink") == ""


def test_a_missing_baseline_fails_and_says_how_to_get_one(tmp_path: Path) -> None:
    operator = monitor_dag(tmp_path).get_task("monitor")

    with pytest.raises(FileNotFoundError, match="SuggestBaselineOperator"):
        operator.resolve_baseline(Window(HOUR, HOUR + timedelta(hours=1)))
