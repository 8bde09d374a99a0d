"""Schedules kept in a folder, run by the example DAG: each execution a task of its own, as SageMaker would run it."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from airflow.sdk import DAG, Asset

from airflow_model_monitor.assets import violations_asset
from airflow_model_monitor.operators.create_monitoring_schedule import CreateMonitoringScheduleOperator
from airflow_model_monitor.operators.stop_monitoring_schedule import StopMonitoringScheduleOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import HOUR as AN_HOUR
from airflow_model_monitor.service.windows import Window
from tests.airflow import flights, labelled, traffic
from tests.airflow.outcomes import asset_events, states, xcom
from tests.jobs.model_server import serving

Run = Callable[..., Any]
HOUR, RUN_AT = labelled.HOUR, labelled.RUN_AT
CSV = {"csv": {"header": True}}
DAGS = Path(__file__).parents[2] / "dags"
ALL = "model-monitor://model-monitor-scheduler/violations"


@pytest.fixture
def scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example DAG, over a folder of this test's."""
    monkeypatch.setenv("MODEL_MONITOR_STORE", str(tmp_path / "store"))
    spec = importlib.util.spec_from_file_location("model_monitor_scheduler", DAGS / "model_monitor_scheduler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.due.dag


def quality(root: Path, **changed: Any) -> dict[str, Any]:
    arguments = {
        "task_id": "quality",
        "monitoring_schedule_name": labelled.MONITOR,
        "monitoring_type": "ModelQuality",
        "problem_type": "BinaryClassification",
        "endpoint_input": {
            "EndpointName": labelled.ENDPOINT,
            "InferenceAttribute": "0",
            "ProbabilityAttribute": "1",
        },
        "captured_data_uri": str(root / "traffic"),
        "ground_truth_input": str(root / "labels"),
        "baseline_uri": str(root / "quality-baseline"),
        "output_uri": str(root / "out"),
        "schedule_expression": "cron(0 * ? * * *)",
        "runtime": "worker",
        "store_uri": str(root / "store"),
    }
    return {**arguments, **changed}


def data(root: Path, **changed: Any) -> dict[str, Any]:
    arguments = {
        "task_id": "data",
        "monitoring_schedule_name": traffic.MONITOR,
        "endpoint_input": traffic.ENDPOINT,
        "captured_data_uri": str(root / "arrivals"),
        "baseline_uri": str(root / "data-baseline"),
        "output_uri": str(root / "out"),
        "schedule_expression": "cron(0 * ? * * *)",
        "runtime": "worker",
        "store_uri": str(root / "store"),
    }
    return {**arguments, **changed}


def run_tasks(run_dag: Run, name: str, *operators: Callable[[], Any]) -> Any:
    with DAG(name, schedule=None) as dag:
        for make in operators:
            make()
    run = run_dag(dag)
    assert run.state == "success"
    return run


@pytest.fixture
def root(tmp_path: Path, run_dag: Run) -> Path:
    """Two baselines, an hour of traffic for each, and labels."""
    run_tasks(
        run_dag,
        f"baselines-{tmp_path.name}",
        lambda: SuggestBaselineOperator(
            task_id="data",
            monitoring_schedule_name=traffic.MONITOR,
            dataset=str(traffic.write_training_data(tmp_path / "training" / "data.csv")),
            dataset_format=CSV,
            baseline_uri=str(tmp_path / "data-baseline"),
        ),
        lambda: SuggestBaselineOperator(
            task_id="quality",
            monitoring_schedule_name=labelled.MONITOR,
            monitoring_type="ModelQuality",
            problem_type="BinaryClassification",
            dataset=str(labelled.write_quality_dataset(tmp_path / "training" / "quality.csv")),
            dataset_format=CSV,
            baseline_uri=str(tmp_path / "quality-baseline"),
            ground_truth_attribute="label",
            inference_attribute="prediction",
            probability_attribute="probability",
        ),
    )
    traffic.write_captured_hour(tmp_path / "arrivals", HOUR, shift=500.0)
    labelled.write_captures(tmp_path)
    labelled.write_labels(tmp_path, range(0, 40, 10))
    return tmp_path


def mapped(run: Any) -> dict[str, str]:
    """Name and state of the mapped tasks."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = select(TaskInstance).where(
            TaskInstance.dag_id == run.dag_id,
            TaskInstance.run_id == run.run_id,
            TaskInstance.task_id == "run",
            TaskInstance.map_index >= 0,
        )
        return {str(one.rendered_map_index): str(one.state) for one in session.scalars(query)}


def published(root: Path, monitor: str, endpoint: str, window: Window | None = None) -> Any:
    return ExecutionStore(str(root / "out")).read(ExecutionKey(monitor, window or Window(HOUR, RUN_AT), endpoint))


def test_what_is_due_runs_each_in_a_task_named_after_its_schedule(root: Path, run_dag: Run, scheduler: DAG) -> None:
    run_tasks(
        run_dag,
        f"schedules-{root.name}",
        lambda: CreateMonitoringScheduleOperator(**data(root)),
        lambda: CreateMonitoringScheduleOperator(**quality(root)),
        lambda: CreateMonitoringScheduleOperator(
            **data(root, task_id="daily", monitoring_schedule_name="daily", schedule_expression="cron(0 5 ? * * *)")
        ),
        lambda: CreateMonitoringScheduleOperator(**data(root, task_id="off", monitoring_schedule_name="off")),
    )
    run_tasks(
        run_dag,
        f"stop-{root.name}",
        lambda: StopMonitoringScheduleOperator(
            task_id="stop", monitoring_schedule_name="off", runtime="worker", store_uri=str(root / "store")
        ),
    )

    run = run_dag(scheduler, logical_date=RUN_AT)

    assert (run.state, mapped(run)) == ("success", {traffic.MONITOR: "success", labelled.MONITOR: "success"})
    judged = published(root, labelled.MONITOR, labelled.ENDPOINT).execution
    assert (judged.status, judged.rows, judged.coverage) == ("CompletedWithViolations", 4, 0.1)
    assert judged.merge_revision is not None
    drifted = published(root, traffic.MONITOR, traffic.ENDPOINT).execution
    assert (drifted.compatibility, drifted.violations > 0) == ("corrected", True)
    layout = root / "out" / traffic.ENDPOINT / traffic.MONITOR / RUN_AT.strftime("%Y/%m/%d/%H")
    assert json.loads((layout / "constraint_violations.json").read_text())["violations"]
    events = {event.extra["monitor"]: event.extra for event in asset_events(run, ALL)}
    assert set(events) == {traffic.MONITOR, labelled.MONITOR}
    assert events[labelled.MONITOR]["coverage"] == 0.1
    assert events[traffic.MONITOR]["baseline"]["constraints"].endswith("data-baseline/constraints.json")


def test_a_sensor_of_another_dag_finds_the_execution(root: Path, run_dag: Run, scheduler: DAG) -> None:
    run_tasks(run_dag, f"schedule-{root.name}", lambda: CreateMonitoringScheduleOperator(**data(root)))
    run_dag(scheduler, logical_date=RUN_AT)
    with labelled.hourly_dag(f"wait-{root.name}") as waiting:
        MonitoringExecutionSensor(
            task_id="wait",
            output_uri=str(root / "out"),
            monitoring_schedule_name=traffic.MONITOR,
            endpoint_name=traffic.ENDPOINT,
            timeout=1,
        )

    assert xcom(run_dag(waiting, logical_date=RUN_AT), "wait")["status"] == "CompletedWithViolations"


def test_an_hour_without_data_is_recorded_as_failed_and_fails_nothing(root: Path, run_dag: Run, scheduler: DAG) -> None:
    later = Window(RUN_AT, RUN_AT + AN_HOUR)
    run_tasks(
        run_dag,
        f"schedules-{root.name}",
        lambda: CreateMonitoringScheduleOperator(**data(root)),
        lambda: CreateMonitoringScheduleOperator(**quality(root)),
    )

    run = run_dag(scheduler, logical_date=later.end)

    assert (run.state, mapped(run)) == ("success", {traffic.MONITOR: "skipped", labelled.MONITOR: "skipped"})
    for monitor, endpoint in ((traffic.MONITOR, traffic.ENDPOINT), (labelled.MONITOR, labelled.ENDPOINT)):
        recorded = published(root, monitor, endpoint, later).execution
        assert recorded.status == "Failed"
        assert "Job inputs had no data" in recorded.exit_message
    assert asset_events(run, ALL) == []
    traffic.write_captured_hour(root / "arrivals", RUN_AT)
    again = run_dag(scheduler, logical_date=later.end + timedelta(seconds=1))
    assert mapped(again)[traffic.MONITOR] == "success"
    assert published(root, traffic.MONITOR, traffic.ENDPOINT, later).execution.status == "Completed"


def test_labels_that_have_not_come_are_a_failed_execution_too(root: Path, run_dag: Run, scheduler: DAG) -> None:
    shutil.rmtree(root / "labels")
    run_tasks(run_dag, f"schedule-{root.name}", lambda: CreateMonitoringScheduleOperator(**quality(root)))

    run = run_dag(scheduler, logical_date=RUN_AT)

    assert (run.state, mapped(run)) == ("success", {labelled.MONITOR: "skipped"})
    assert "No label has come" in published(root, labelled.MONITOR, labelled.ENDPOINT).execution.exit_message.replace(
        "arrived", "come"
    )


def test_a_broken_schedule_fails_its_own_task_only(root: Path, run_dag: Run, scheduler: DAG) -> None:
    run_tasks(
        run_dag,
        f"schedules-{root.name}",
        lambda: CreateMonitoringScheduleOperator(**data(root)),
        lambda: CreateMonitoringScheduleOperator(**data(root, task_id="torn", monitoring_schedule_name="torn")),
        lambda: CreateMonitoringScheduleOperator(
            **data(root, task_id="lost", monitoring_schedule_name="lost", baseline_uri=str(root / "nowhere"))
        ),
    )
    (root / "store" / "schedules" / "torn" / "000001.json").write_text("{")
    task = scheduler.get_task("run")
    assert task.is_mapped
    task.partial_kwargs["retries"] = 0

    run = run_dag(scheduler, logical_date=RUN_AT)

    found = mapped(run)
    assert found.pop(traffic.MONITOR) == "success"
    assert (run.state, found) == ("failed", {"torn": "failed", "lost": "failed"})
    assert published(root, "lost", traffic.ENDPOINT).execution.status == "Failed"


def test_labels_may_come_later_than_the_window(root: Path, run_dag: Run, scheduler: DAG) -> None:
    labelled.write_labels(root, range(10), collected=HOUR + timedelta(days=1), name="late")
    run_tasks(
        run_dag,
        f"schedules-{root.name}",
        lambda: CreateMonitoringScheduleOperator(**quality(root, labels_days_after=2)),
    )

    run_dag(scheduler, logical_date=RUN_AT)

    assert published(root, labelled.MONITOR, labelled.ENDPOINT).execution.coverage == 0.325


def test_an_execution_lies_under_the_hour_in_which_it_was_due(root: Path, run_dag: Run, scheduler: DAG) -> None:
    """A window that lies further back is found by its own hours, and in SageMaker's layout by the hour it was due."""
    source = {"EndpointName": labelled.ENDPOINT, "InferenceAttribute": "0", "ProbabilityAttribute": "1"}
    back = {**source, "StartTimeOffset": "-PT3H", "EndTimeOffset": "-PT2H"}
    due = RUN_AT + timedelta(hours=2)
    run_tasks(
        run_dag,
        f"schedules-{root.name}",
        lambda: CreateMonitoringScheduleOperator(**quality(root, endpoint_input=back)),
    )

    run_dag(scheduler, logical_date=due)

    assert published(root, labelled.MONITOR, labelled.ENDPOINT).execution.coverage == 0.1
    folder = root / "out" / labelled.ENDPOINT / labelled.MONITOR
    assert (folder / due.strftime("%Y/%m/%d/%H") / "statistics.json").is_file()
    assert not (folder / RUN_AT.strftime("%Y/%m/%d/%H")).exists()


def test_the_monitors_own_asset_is_updated_where_it_is_declared(root: Path, run_dag: Run, scheduler: DAG) -> None:
    run_tasks(
        run_dag,
        f"schedules-{root.name}",
        lambda: CreateMonitoringScheduleOperator(**data(root)),
        lambda: CreateMonitoringScheduleOperator(**quality(root)),
    )
    task = scheduler.get_task("run")
    assert task.is_mapped
    task.partial_kwargs["outlets"] = [
        violations_asset("model-monitor-scheduler"),
        violations_asset(traffic.MONITOR),
        violations_asset("some-other"),
        Asset("s3://bucket/mine"),
    ]

    run = run_dag(scheduler, logical_date=RUN_AT)

    assert len(asset_events(run, ALL)) == 2
    [event] = asset_events(run, f"model-monitor://{traffic.MONITOR}/violations")
    assert event.extra["monitor"] == traffic.MONITOR
    assert asset_events(run, "model-monitor://some-other/violations") == []
    assert len(asset_events(run, "s3://bucket/mine")) == 2


def test_nothing_due_is_a_quiet_run(tmp_path: Path, run_dag: Run, scheduler: DAG) -> None:
    run = run_dag(scheduler, logical_date=datetime(2026, 1, 5, tzinfo=UTC))

    assert (run.state, xcom(run, "due"), mapped(run)) == ("success", [], {})


def test_bias_and_explainability_run_like_the_others(
    tmp_path: Path, run_dag: Run, scheduler: DAG, monkeypatch: pytest.MonkeyPatch
) -> None:
    flights.write_dataset(tmp_path / "training.csv")
    flights.write_csv(tmp_path / "requests.csv", [flights.FEATURES, *flights.flights()])
    flights.write_captures(tmp_path)
    flights.write_labels(tmp_path)
    where = {
        "endpoint_input": {"EndpointName": flights.ENDPOINT, "InferenceAttribute": "0"},
        "captured_data_uri": str(tmp_path / "traffic"),
        "output_uri": str(tmp_path / "out"),
        "schedule_expression": "cron(0 * ? * * *)",
        "runtime": "worker",
        "store_uri": str(tmp_path / "store"),
    }
    with serving(flights.score) as model:
        parts = urlsplit(model.url)
        secret = {"conn_type": "http", "host": parts.hostname, "port": parts.port, "extra": {"X-Token": "secret"}}
        monkeypatch.setenv("AIRFLOW_CONN_MODEL", json.dumps(secret))
        run_tasks(
            run_dag,
            f"baselines-{tmp_path.name}",
            lambda: SuggestBaselineOperator(
                task_id="bias",
                monitoring_schedule_name="bias",
                monitoring_type="ModelBias",
                dataset=str(tmp_path / "training.csv"),
                dataset_format=CSV,
                headers=[*flights.FEATURES, "predicted", "late"],
                label="late",
                inference_attribute="predicted",
                bias_config=flights.BIAS_CONFIG,
                baseline_uri=str(tmp_path / "bias-baseline"),
            ),
            lambda: SuggestBaselineOperator(
                task_id="shap",
                monitoring_schedule_name="shap",
                monitoring_type="ModelExplainability",
                dataset=str(tmp_path / "requests.csv"),
                dataset_format=CSV,
                headers=flights.FEATURES,
                shap_config=flights.SHAP_CONFIG,
                model_config={"endpoint_url": model.url},
                baseline_uri=str(tmp_path / "shap-baseline"),
            ),
        )
        run_tasks(
            run_dag,
            f"schedules-{tmp_path.name}",
            lambda: CreateMonitoringScheduleOperator(
                task_id="bias",
                monitoring_schedule_name="bias",
                monitoring_type="ModelBias",
                ground_truth_input=str(tmp_path / "labels"),
                baseline_uri=str(tmp_path / "bias-baseline"),
                headers=[*flights.FEATURES, "late"],
                label="late",
                bias_config=flights.BIAS_CONFIG,
                **where,
            ),
            lambda: CreateMonitoringScheduleOperator(
                task_id="shap",
                monitoring_schedule_name="shap",
                monitoring_type="ModelExplainability",
                baseline_uri=str(tmp_path / "shap-baseline"),
                headers=flights.FEATURES,
                shap_config=flights.SHAP_CONFIG,
                model_conn_id="model",
                **where,
            ),
        )
        asked_before = len(model.requests)
        run = run_dag(scheduler, logical_date=flights.RUN_AT)
        asked = model.requests[asked_before:]

    assert mapped(run) == {"bias": "success", "shap": "success"}
    assert states(run)["due"] == ("success", 1)
    for monitor in ("bias", "shap"):
        folder = tmp_path / "out" / flights.ENDPOINT / monitor / flights.RUN_AT.strftime("%Y/%m/%d/%H")
        assert (folder / "analysis.json").is_file()
    assert asked
    assert {request.headers.get("X-Token") for request in asked} == {"secret"}
    assert "secret" not in "".join(path.read_text() for path in (tmp_path / "store").rglob("*.json"))
