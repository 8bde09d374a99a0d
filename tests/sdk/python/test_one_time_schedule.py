"""A schedule that runs once, now, over a window of the past; and everything taken back at the end."""

from __future__ import annotations

from aws_sdk import (
    CronExpressionGenerator,
    DatasetFormat,
    DefaultModelMonitor,
    S3Uploader,
    Session,
)
from churn import FEATURES, csv, customers, score
from deployment import Deployment
from executions import ENDED, summaries
from local_service import eventually, move_to, next_hour

SCHEDULE = "churn-now"


def test_a_schedule_runs_once(session: Session, bucket: str, role: str, model_uri: str) -> None:
    endpoint = Deployment(
        session, "churn-now", role=role, model_uri=model_uri, capture_uri=f"s3://{bucket}/churn-now/capture"
    )
    rows = customers(100, seed=41)
    lines = [f"{score(row):.6f},{csv([row])}" for row in rows]
    data = S3Uploader.upload_string_as_file_body(
        "\n".join([",".join(("score", *FEATURES)), *lines]) + "\n",
        f"s3://{bucket}/churn-now/train.csv",
        sagemaker_session=session,
    )
    monitor = DefaultModelMonitor(role=role, sagemaker_session=session)
    monitor.suggest_baseline(
        baseline_dataset=data, dataset_format=DatasetFormat.csv(header=True), wait=True, logs=False
    )
    move_to(next_hour(10))
    for row in rows:
        endpoint.ask(csv([row]))
    move_to(next_hour(15))
    monitor.create_monitoring_schedule(
        monitor_schedule_name=SCHEDULE,
        endpoint_input=endpoint.name,
        statistics=monitor.baseline_statistics(),
        constraints=monitor.suggested_constraints(),
        schedule_cron_expression=CronExpressionGenerator.now(),
        data_analysis_start_time="-PT3H",
        data_analysis_end_time="-PT0H",
    )

    def ended() -> bool:
        found = summaries(session, SCHEDULE)
        return bool(found) and found[0]["MonitoringExecutionStatus"] in ENDED

    eventually(ended, "the end of the one execution")
    statistics = monitor.latest_monitoring_statistics()
    assert statistics.body_dict["dataset"]["item_count"] == len(rows)
    default = f"s3://{bucket}/model-monitor/monitoring/{SCHEDULE}/results/"
    assert statistics.file_s3_uri.startswith(default)
    move_to(next_hour(30))
    assert len(summaries(session, SCHEDULE)) == 1
    monitor.delete_monitoring_schedule()
    endpoint.delete()
    client = session.sagemaker_client
    assert client.list_endpoints(NameContains=endpoint.name)["Endpoints"] == []
    assert client.list_endpoint_configs(NameContains=endpoint.name)["EndpointConfigs"] == []
    assert client.list_models(NameContains=endpoint.name)["Models"] == []
