"""The operators with ``runtime="sagemaker"``, on a local SageMaker whose jobs really run."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.monitor import baseline_asset, violations_asset
from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.remote_job import RemoteJob
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.triggers.processing_job import ProcessingJobTrigger
from tests.airflow.flights import (
    BIAS_CONFIG,
    ENDPOINT,
    FEATURES,
    RUN_AT,
    hourly_dag,
    write_captures,
    write_dataset,
    write_labels,
)
from tests.airflow.outcomes import asset_events, states, xcom
from tests.faulty_aws import bad_weather
from tests.golden_folder import golden_folder
from tests.local_aws import REGION, ROLE, Client, local_aws
from tests.runtimes.processing_world import END, HOUR, OURS, ROWS, World

ON_SAGEMAKER = {"runtime": "sagemaker", "role_arn": ROLE, "waiter_delay": 1, "aws_conn_id": "sagemaker"}
BAD = ["old"] * 40


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with local_aws(clock=None) as aws:
        aws.make_bucket()
        yield aws


@pytest.fixture
def world(server: Client, monkeypatch: pytest.MonkeyPatch) -> World:
    """A place of the test's own, and the connection ``sagemaker`` that leads to it."""
    connect(monkeypatch, server.url)
    return World(server)


def connect(monkeypatch: pytest.MonkeyPatch, url: str, **extra: Any) -> None:
    extra = {"endpoint_url": url, "region_name": REGION, **extra}
    connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", json.dumps(connection))


@pytest.fixture
def deferrals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the jobs that triggers were made for."""
    names: list[str] = []
    init = ProcessingJobTrigger.__init__

    def counted(self: ProcessingJobTrigger, **arguments: Any) -> None:
        names.append(arguments["job_name"])
        init(self, **arguments)

    monkeypatch.setattr(ProcessingJobTrigger, "__init__", counted)
    return names


def hourly(dag_id: str) -> DAG:
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    return DAG(dag_id, schedule=timetable, start_date=HOUR, catchup=False)


def test_baseline_and_monitoring_wait_in_the_triggerer(
    world: World, run_dag: Callable[..., Any], deferrals: list[str]
) -> None:
    world.put("train/data.csv", ROWS)
    world.capture(BAD)
    common = {"monitoring_schedule_name": "hourly", "deferrable": True, **ON_SAGEMAKER}
    with hourly("sagemaker-deferred") as dag:
        baseline = SuggestBaselineOperator(
            task_id="baseline",
            dataset=f"{world.home}/train/data.csv",
            dataset_format={"csv": {"header": True, "output_columns_position": "START"}},
            baseline_uri=f"{world.home}/baseline",
            **common,
        )
        monitor = RunMonitoringOperator(
            task_id="monitor",
            endpoint_name="churn",
            captured_data_uri=f"{world.home}/capture",
            baseline_uri=f"{world.home}/baseline",
            output_uri=f"{world.home}/out",
            publish_cloudwatch_metrics=True,
            **common,
        )
        baseline >> monitor

    run = run_dag(dag, logical_date=END)

    assert states(run) == {"baseline": ("success", 1), "monitor": ("success", 1)}
    jobs = world.jobs
    assert [job["ProcessingJobStatus"] for job in jobs] == ["Completed", "Completed"]
    # dag.test makes a trigger where the task defers, and again where it runs it.
    assert set(deferrals) == {job["ProcessingJobName"] for job in jobs}
    summary = xcom(run, "monitor")
    assert (summary["status"], summary["counts"]) == ("CompletedWithViolations", {"data_type_check": 1})
    assert summary["execution_url"].startswith(f"{world.home}/out/_executions/churn/hourly/")
    assert summary["report_url"] == f"{summary['execution_url']}/report.html"
    (event,) = asset_events(run, violations_asset("hourly").uri)
    assert event.extra["baseline"]["constraints"].startswith(f"{world.home}/baseline/")
    (event,) = asset_events(run, baseline_asset("hourly").uri)
    assert event.extra["rows"] == 40
    name = jobs[1]["ProcessingJobName"]
    assert xcom(run, "monitor", "_link_ProcessingJobLink") == (
        f"https://{REGION}.console.aws.amazon.com/sagemaker/home?region={REGION}#/processing-jobs/{name}"
    )
    assert name in xcom(run, "monitor", "_link_ProcessingJobLogLink")


def test_merge_and_model_quality_on_our_image(world: World, run_dag: Callable[..., Any], deferrals: list[str]) -> None:
    world.capture([str(number) for number in range(40)])
    world.label(range(30))
    world.put("scored.csv", "label,prediction\n" + "".join(f"{i % 2},{i % 2}\n" for i in range(40)))
    common = {"monitoring_schedule_name": "quality", **ON_SAGEMAKER, "image_uri": OURS}
    quality = {"monitoring_type": "ModelQuality", "problem_type": "BinaryClassification", **common}
    with hourly("sagemaker-quality") as dag:
        merge = MergeGroundTruthOperator(
            task_id="merge",
            endpoint_name="churn",
            captured_data_uri=f"{world.home}/capture",
            ground_truth_uri=f"{world.home}/labels",
            output_uri=f"{world.home}/out",
            deferrable=True,
            **common,
        )
        baseline = SuggestBaselineOperator(
            task_id="baseline",
            dataset=f"{world.home}/scored.csv",
            dataset_format={"csv": {"header": True}},
            baseline_uri=f"{world.home}/baseline",
            inference_attribute="prediction",
            ground_truth_attribute="label",
            **quality,
        )
        judge = RunMonitoringOperator(
            task_id="judge",
            endpoint_name="churn",
            baseline_uri=f"{world.home}/baseline",
            output_uri=f"{world.home}/out",
            inference_attribute="0",
            **quality,
        )
        [merge, baseline] >> judge

    run = run_dag(dag, logical_date=END)

    assert {state for state, _ in states(run).values()} == {"success"}
    merged, judged = xcom(run, "merge"), xcom(run, "judge")
    assert (merged["captures"], merged["labelled"], merged["change"]["records_added"]) == (40, 30, 30)
    assert (judged["coverage"], judged["merge_revision"]) == (0.75, merged["revision"])
    assert judged["violations"] > 0
    assert judged["metrics"]["accuracy"] == 0.0
    assert {job["AppSpecification"]["ImageUri"] for job in world.jobs} == {OURS}
    assert world.jobs[-1]["Environment"]["compatibility"] == "corrected"
    assert len(set(deferrals)) == 1  # the merge alone


def test_an_hour_without_traffic_is_skipped_and_a_failed_job_fails_the_deferred_task(
    world: World, run_dag: Callable[..., Any]
) -> None:
    world.put("train/data.jsonl", "this is no record\n")
    world.put("baseline/constraints.json", "{}")
    with hourly("sagemaker-without-result") as dag:
        SuggestBaselineOperator(
            task_id="baseline",
            monitoring_schedule_name="hourly",
            dataset=f"{world.home}/train/data.jsonl",
            dataset_format={"json": {"lines": True}},
            baseline_uri=f"{world.home}/never",
            deferrable=True,
            **ON_SAGEMAKER,
        )
        RunMonitoringOperator(
            task_id="quiet",
            monitoring_schedule_name="hourly",
            endpoint_name="churn",
            captured_data_uri=f"{world.home}/capture",
            baseline_uri=f"{world.home}/baseline",
            output_uri=f"{world.home}/out",
            on_no_data="skip",
            **ON_SAGEMAKER,
        )

    run = run_dag(dag, logical_date=END)

    assert states(run) == {"baseline": ("failed", 1), "quiet": ("skipped", 1)}
    assert [job["ProcessingJobStatus"] for job in world.jobs] == ["Failed"]


def test_without_waiting_nothing_is_published(world: World, run_dag: Callable[..., Any]) -> None:
    world.put("train/data.csv", ROWS)
    with hourly("sagemaker-started") as dag:
        SuggestBaselineOperator(
            task_id="baseline",
            monitoring_schedule_name="started",
            dataset=f"{world.home}/train/data.csv",
            dataset_format={"csv": {"header": True}},
            baseline_uri=f"{world.home}/baseline",
            wait_for_completion=False,
            **ON_SAGEMAKER,
        )

    run = run_dag(dag, logical_date=END)

    (job,) = world.jobs
    assert states(run) == {"baseline": ("success", 1)}
    assert xcom(run, "baseline")["processing_job_name"] == job["ProcessingJobName"]
    assert asset_events(run, baseline_asset("started").uri) == []
    assert world.keys("baseline/_revisions") == []


def test_the_worker_runtime_never_defers(world: World, run_dag: Callable[..., Any], deferrals: list[str]) -> None:
    world.put("train/data.csv", ROWS)
    with hourly("worker-deferrable") as dag:
        SuggestBaselineOperator(
            task_id="baseline",
            monitoring_schedule_name="hourly",
            dataset=f"{world.home}/train/data.csv",
            dataset_format={"csv": {"header": True}},
            baseline_uri=f"{world.home}/baseline",
            **{**ON_SAGEMAKER, "runtime": "{{ 'worker' }}", "deferrable": True},
        )

    run = run_dag(dag, logical_date=END)

    assert states(run) == {"baseline": ("success", 1)}
    assert (world.jobs, deferrals) == ([], [])


BIAS: dict[str, Any] = {
    "monitoring_schedule_name": "bias",
    "monitoring_type": "ModelBias",
    "dataset_format": {"csv": {"header": True}},
    "headers": [*FEATURES, "predicted", "late"],
    "label": "late",
    "inference_attribute": "predicted",
    "bias_config": BIAS_CONFIG,
}


def test_a_bias_baseline_on_clarifys_image(world: World, run_dag: Callable[..., Any], tmp_path: Path) -> None:
    world.put("train/data.csv", Path(write_dataset(tmp_path / "data.csv")).read_text())
    with hourly("sagemaker-bias") as dag:
        SuggestBaselineOperator(
            task_id="baseline",
            dataset=f"{world.home}/train/data.csv",
            baseline_uri=f"{world.home}/baseline",
            **BIAS,
            **ON_SAGEMAKER,
        )

    run = run_dag(dag, logical_date=END)

    assert states(run) == {"baseline": ("success", 1)}
    (job,) = world.jobs
    assert "sagemaker-clarify-processing" in job["AppSpecification"]["ImageUri"]
    assert not job.get("Environment")
    (config,) = [one for one in job["ProcessingInputs"] if one["InputName"] == "analysis_config"]
    assert config["S3Input"]["S3Uri"].endswith("/analysis_config.json")
    (event,) = asset_events(run, baseline_asset("bias").uri)
    revision = event.extra["execution_url"].removeprefix(f"{world.home}/")
    assert world.read(f"{revision}/execution.json")["monitor_type"] == "ModelBias"
    assert "post_training_bias_metrics" in world.read("baseline/analysis.json")


def test_bias_of_merged_records_on_our_image(world: World, run_dag: Callable[..., Any], tmp_path: Path) -> None:
    write_dataset(tmp_path / "training.csv")
    write_captures(tmp_path, unfair=True)
    write_labels(tmp_path)
    for path in tmp_path.rglob("*.*"):
        world.put(str(path.relative_to(tmp_path)), path.read_text())
    monitor = {"monitoring_schedule_name": "bias", "output_uri": f"{world.home}/out", "endpoint_name": ENDPOINT}
    judged = {**BIAS, **monitor, "headers": [*FEATURES, "late"], "inference_attribute": "0"}
    del judged["dataset_format"]
    with hourly_dag("sagemaker-bias-drift") as dag:
        merge = MergeGroundTruthOperator(
            task_id="merge",
            captured_data_uri=f"{world.home}/traffic",
            ground_truth_uri=f"{world.home}/labels",
            **monitor,
            **{**ON_SAGEMAKER, "runtime": "worker"},
        )
        baseline = SuggestBaselineOperator(
            task_id="baseline",
            dataset=f"{world.home}/training.csv",
            baseline_uri=f"{world.home}/baseline",
            **BIAS,
            **{**ON_SAGEMAKER, "runtime": "worker"},
        )
        judge = RunMonitoringOperator(
            task_id="judge", baseline_uri=f"{world.home}/baseline", image_uri=OURS, **judged, **ON_SAGEMAKER
        )
        [merge, baseline] >> judge

    run = run_dag(dag, logical_date=RUN_AT)

    assert {state for state, _ in states(run).values()} == {"success"}
    summary = xcom(run, "judge")
    assert summary["violations"] > 0
    assert summary["merge_revision"] == xcom(run, "merge")["revision"]
    assert summary["report_url"] is not None
    (job,) = world.jobs
    assert job["ExitMessage"].startswith("CompletedWithViolations")


def test_a_closed_account_fails_at_once_and_names_the_way_that_works(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("train/data.csv", "late\n1\n")
    with bad_weather(world.aws.url) as weather:
        connect(monkeypatch, weather.url, service_config={"s3": {"endpoint_url": world.aws.url}})
        closed = "SageMaker Clarify processing is in maintenance mode and is not available to new customers."
        weather.fails("CreateProcessingJob", "ValidationException", message=closed)
        operator = SuggestBaselineOperator(
            task_id="baseline",
            dataset=f"{world.home}/train/data.csv",
            baseline_uri=f"{world.home}/baseline",
            retries=3,
            **BIAS,
            **ON_SAGEMAKER,
        )
        task = SimpleNamespace(dag_id="d", task_id="t", run_id="r", map_index=-1, max_tries=3)
        with pytest.raises(AirflowFailException, match="runtime='worker' does the same work"):
            operator.execute({"ti": task})
    assert world.jobs == []


REQUESTS = {
    "dq_baseline_minimal": {
        "dataset": "s3://ml-bucket/churn/train/baseline.csv",
        "dataset_format": {"csv": {"header": True, "output_columns_position": "START"}},
        "baseline_uri": "s3://ml-bucket/model-monitor/baselining/dq-baseline-1/results",
    },
    "dq_baseline_json_lines": {
        "dataset": "s3://ml-bucket/churn/train/",
        "dataset_format": {"json": {"lines": True}},
        "baseline_uri": "s3://ml-bucket/churn/baseline",
    },
    "mq_baseline_regression": {
        "monitoring_type": "ModelQuality",
        "dataset": "s3://ml-bucket/churn/train/baseline.csv",
        "dataset_format": {"csv": {"header": True, "output_columns_position": "START"}},
        "problem_type": "Regression",
        "inference_attribute": "prediction",
        "ground_truth_attribute": "label",
        "baseline_uri": "s3://ml-bucket/mq/baseline",
    },
}


@pytest.mark.parametrize("name", REQUESTS)
def test_an_operator_asks_for_what_awss_sdk_asks_for(name: str) -> None:
    recorded = json.loads((golden_folder() / "sdk-requests" / f"{name}.json").read_text())["calls"]
    (expected,) = [call["api_params"] for call in recorded if call["operation"] == "CreateProcessingJob"]
    operator = SuggestBaselineOperator(
        task_id="t",
        monitoring_schedule_name="churn",
        runtime="sagemaker",
        role_arn=expected["RoleArn"],
        aws_conn_id=None,
        region_name="us-west-2",
        **REQUESTS[name],
    )
    sent = RemoteJob(operator, operator.request(), io.StringIO()).sent(expected["ProcessingJobName"])
    assert sent.to_api(app_managed=False) == expected
