"""Everything on S3, through an Airflow connection; S3 and CloudWatch are a real server on this machine."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.operators.upload_ground_truth import UploadGroundTruthOperator
from airflow_model_monitor.sensors.ground_truth import GroundTruthSensor
from airflow_model_monitor.sensors.violation import ViolationSensor
from tests.airflow import executions, labelled
from tests.airflow.outcomes import states, xcom
from tests.airflow.traffic import ENDPOINT, MONITOR, write_captured_hour, write_training_data

# CloudWatch refuses records older than two weeks, so this hour is a recent one.
RUN_AT = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOUR = RUN_AT - timedelta(hours=1)
# moto keeps one state per process, and other tests use it too.
BUCKET = f"monitoring-{uuid.uuid4().hex}"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A boto3 session factory for the server, and an Airflow connection called ``store`` that leads to it."""
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    connection = {
        "conn_type": "aws",
        "login": "key",
        "password": "secret",
        "extra": {"endpoint_url": f"http://{host}:{port}", "region_name": "eu-west-1"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_STORE", json.dumps(connection))
    yield lambda service: boto3.client(
        service,
        endpoint_url=f"http://{host}:{port}",
        region_name="eu-west-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    server.stop()


def bucket(aws: Callable[[str], Any]) -> Any:
    s3 = aws("s3")
    if BUCKET not in {one["Name"] for one in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return s3


def test_baseline_monitoring_sensor_and_metrics(
    tmp_path: Path, aws: Callable[[str], Any], run_dag: Callable[..., Any]
) -> None:
    s3 = bucket(aws)
    write_training_data(tmp_path / "training" / "data.csv")
    write_captured_hour(tmp_path / "traffic", HOUR, shift=500)
    for path in tmp_path.rglob("*.*"):
        s3.upload_file(str(path), BUCKET, str(path.relative_to(tmp_path)))
    common = {"monitoring_schedule_name": MONITOR, "aws_conn_id": "store"}
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG("on-s3", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        baseline = SuggestBaselineOperator(
            task_id="suggest",
            dataset=f"s3://{BUCKET}/training/data.csv",
            dataset_format={"csv": {"header": True}},
            baseline_uri=f"s3://{BUCKET}/baseline",
            **common,
        )
        monitor = RunMonitoringOperator(
            task_id="monitor",
            endpoint_name=ENDPOINT,
            captured_data_uri=f"s3://{BUCKET}/traffic",
            baseline_uri=f"s3://{BUCKET}/baseline",
            output_uri=f"s3://{BUCKET}/executions",
            publish_cloudwatch_metrics=True,
            **common,
        )
        sensor = ViolationSensor(
            task_id="sense",
            endpoint_name=ENDPOINT,
            output_uri=f"s3://{BUCKET}/executions",
            check_types=["baseline_drift_check"],
            deferrable=True,
            poke_interval=0.2,
            timeout=60,
            **common,
        )
        baseline >> monitor >> sensor

    run = run_dag(dag, logical_date=RUN_AT)

    result = xcom(run, "monitor")
    layout = f"executions/{ENDPOINT}/{MONITOR}/{RUN_AT:%Y/%m/%d/%H}"
    violations = json.loads(s3.get_object(Bucket=BUCKET, Key=f"{layout}/constraint_violations.json")["Body"].read())
    metrics = {metric["MetricName"] for metric in aws("cloudwatch").list_metrics()["Metrics"]}
    assert {state for state, _ in states(run).values()} == {"success"}
    assert result["counts"] == {"baseline_drift_check": 1}
    assert result["execution_url"].startswith(f"s3://{BUCKET}/executions/")
    assert [violation["feature_name"] for violation in violations["violations"]] == ["dep_delay"]
    assert xcom(run, "sense")["features"] == ["dep_delay"]
    assert "feature_baseline_drift_dep_delay" in metrics


def test_labels_merge_and_model_quality(tmp_path: Path, aws: Callable[[str], Any], run_dag: Callable[..., Any]) -> None:
    s3 = bucket(aws)
    labelled.write_captures(tmp_path / "quality", HOUR)
    labelled.write_quality_dataset(tmp_path / "quality" / "training.csv")
    for path in tmp_path.rglob("*.*"):
        s3.upload_file(str(path), BUCKET, str(path.relative_to(tmp_path)))
    home = f"s3://{BUCKET}/quality"
    connection = {"aws_conn_id": "store"}
    labels = {"ground_truth_uri": f"{home}/labels"}
    captures = {"endpoint_name": ENDPOINT, "captured_data_uri": f"{home}/traffic"}
    monitor = {"monitoring_schedule_name": MONITOR, "output_uri": f"{home}/out"}
    quality = {"monitoring_type": "ModelQuality", "problem_type": "BinaryClassification"}
    rows = [{"id": labelled.event_id(HOUR, n), "label": labelled.truth(n)} for n in range(30)]
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG("quality-on-s3", schedule=timetable, start_date=HOUR, catchup=False) as dag:
        upload = UploadGroundTruthOperator(task_id="upload", rows=rows, **labels, **connection)
        wait = GroundTruthSensor(
            task_id="wait",
            minimum_coverage=0.75,
            deadline=timedelta(days=1),
            deferrable=True,
            poke_interval=0.2,
            **labels,
            **captures,
            **connection,
        )
        merge = MergeGroundTruthOperator(
            task_id="merge", publish_cloudwatch_metrics=True, **monitor, **labels, **captures, **connection
        )
        baseline = SuggestBaselineOperator(
            task_id="baseline",
            monitoring_schedule_name=MONITOR,
            dataset=f"{home}/training.csv",
            dataset_format={"csv": {"header": True}},
            baseline_uri=f"{home}/baseline",
            ground_truth_attribute="label",
            inference_attribute="prediction",
            **quality,
            **connection,
        )
        judge = RunMonitoringOperator(
            task_id="judge",
            baseline_uri=f"{home}/baseline",
            endpoint_name=ENDPOINT,
            inference_attribute="0",
            publish_cloudwatch_metrics=True,
            **monitor,
            **quality,
            **connection,
        )
        upload >> wait >> merge >> baseline >> judge

    run = run_dag(dag, logical_date=RUN_AT)

    assert {state for state, _ in states(run).values()} == {"success"}
    assert xcom(run, "wait")["reason"] == "coverage"
    assert xcom(run, "merge")["merge_url"].startswith(f"{home}/out/_merges/")
    assert xcom(run, "judge")["coverage"] == 0.75
    assert xcom(run, "judge")["metrics"]["accuracy"] == 0.9
    sent = aws("cloudwatch").list_metrics(Namespace="aws/sagemaker/Endpoints/model-metrics")["Metrics"]
    assert {"ground_truth_coverage", "accuracy"} <= {metric["MetricName"] for metric in sent}


def test_a_trigger_reads_with_the_connection(
    tmp_path: Path, aws: Callable[[str], Any], run_dag: Callable[..., Any]
) -> None:
    s3 = bucket(aws)
    root = f"s3://{BUCKET}/waited-for"
    options = {"key": "key", "secret": "secret", "endpoint_url": s3.meta.endpoint_url}
    later = threading.Timer(
        1, executions.publish, (root, executions.DRIFT), {"storage_options": options, "scratch": tmp_path}
    )
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG("wait-on-s3", schedule=timetable, start_date=executions.HOUR, catchup=False) as dag:
        ViolationSensor(
            task_id="sense",
            monitoring_schedule_name=MONITOR,
            endpoint_name=ENDPOINT,
            output_uri=root,
            aws_conn_id="store",
            deferrable=True,
            poke_interval=0.2,
        )
    later.start()

    run = run_dag(dag, logical_date=executions.RUN_AT)
    later.join()

    assert xcom(run, "sense")["matched"] == 1
