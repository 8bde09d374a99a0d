"""A container of one's own: its baseline, and its schedule with the job written into it."""

from __future__ import annotations

from aws_sdk import (
    MAJOR,
    CronExpressionGenerator,
    ModelMonitor,
    MonitoringOutput,
    S3Uploader,
    Session,
)
from churn import FEATURES, csv, customers, score
from deployment import Deployment
from executions import run_until, settled
from local_service import eventually, move_to, next_hour

#: The local SageMaker takes this address for this package's own image, which keeps the analyzer's contract.
IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/model-monitor:1"
SCHEDULE = "churn-own-container"


def processing_input(source: str, destination: str, name: str) -> object:
    if MAJOR == 2:
        from sagemaker.processing import ProcessingInput

        return ProcessingInput(source=source, destination=destination, input_name=name)
    from sagemaker.core.shapes import ProcessingInput, ProcessingS3Input

    return ProcessingInput(
        input_name=name,
        s3_input=ProcessingS3Input(
            s3_uri=source, local_path=destination, s3_data_type="S3Prefix", s3_input_mode="File"
        ),
    )


def processing_output(source: str, destination: str) -> object:
    if MAJOR == 2:
        from sagemaker.processing import ProcessingOutput

        return ProcessingOutput(source=source, destination=destination, output_name="result")
    from sagemaker.core.shapes import ProcessingOutput, ProcessingS3Output

    return ProcessingOutput(
        output_name="result",
        s3_output=ProcessingS3Output(s3_uri=destination, local_path=source, s3_upload_mode="EndOfJob"),
    )


def test_a_container_of_ones_own_makes_a_baseline_and_keeps_a_schedule(
    session: Session, bucket: str, role: str, model_uri: str
) -> None:
    endpoint = Deployment(
        session, "churn-own", role=role, model_uri=model_uri, capture_uri=f"s3://{bucket}/churn-own/capture"
    )
    rows = customers(100, seed=51)
    lines = [f"{score(row):.6f},{csv([row])}" for row in rows]
    data = S3Uploader.upload_string_as_file_body(
        "\n".join([",".join(("score", *FEATURES)), *lines]) + "\n",
        f"s3://{bucket}/churn-own/train.csv",
        sagemaker_session=session,
    )
    results = f"s3://{bucket}/churn-own/baseline"
    byoc_monitor = ModelMonitor(
        role=role,
        image_uri=IMAGE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        env={
            "dataset_format": '{"csv":{"header":true,"output_columns_position":"START"}}',
            "dataset_source": "/opt/ml/processing/input/data",
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
        },
        sagemaker_session=session,
    )
    byoc_monitor.run_baseline(
        baseline_inputs=[processing_input(data, "/opt/ml/processing/input/data", "data")],
        output=processing_output("/opt/ml/processing/output", results),
        job_name="churn-own-baseline",
        wait=False,
        logs=False,
    )

    def ended() -> str | None:
        status = session.sagemaker_client.describe_processing_job(ProcessingJobName="churn-own-baseline")
        return None if status["ProcessingJobStatus"] == "InProgress" else status["ProcessingJobStatus"]

    assert eventually(ended, "the end of the baseline") == "Completed"
    statistics, constraints = byoc_monitor.baseline_statistics(), byoc_monitor.suggested_constraints()
    assert statistics.body_dict["dataset"]["item_count"] == len(rows)
    byoc_monitor.env = {"publish_cloudwatch_metrics": "Enabled"}
    move_to(next_hour(10))
    byoc_monitor.create_monitoring_schedule(
        monitor_schedule_name=SCHEDULE,
        endpoint_input=endpoint.name,
        output=MonitoringOutput(source="/opt/ml/processing/output", destination=f"s3://{bucket}/churn-own/reports"),
        statistics=statistics,
        constraints=constraints,
        schedule_cron_expression=CronExpressionGenerator.hourly(),
    )
    config = settled(byoc_monitor)["MonitoringScheduleConfig"]
    assert config["MonitoringJobDefinition"]["MonitoringAppSpecification"]["ImageUri"] == IMAGE
    for row in rows:
        endpoint.ask(csv([row]))
    execution = run_until(session, SCHEDULE, next_hour(30))
    assert execution["MonitoringExecutionStatus"] == "Completed"
    described = byoc_monitor.list_executions()[-1].describe()
    assert described["AppSpecification"]["ImageUri"] == IMAGE
    assert byoc_monitor.latest_monitoring_statistics().body_dict["dataset"]["item_count"] == len(rows)
    byoc_monitor.delete_monitoring_schedule()
