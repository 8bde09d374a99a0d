from __future__ import annotations

from datetime import timedelta

from tests.local.traffic import baseline_job, capture, captured, data_quality_definition, keys, read, schedule
from tests.local_aws import START, Client

ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(40))


def test_captured_traffic_is_judged_by_the_baseline_and_its_violations_are_found(world: Client) -> None:
    job = baseline_job(world, "baseline", ROWS)
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == (
        "Completed",
        "Completed: Job completed successfully with no violations.",
    )
    assert keys(world, "baseline/") == ["constraints.json", "statistics.json"]

    sagemaker = world.sagemaker
    sagemaker.create_data_quality_job_definition(**data_quality_definition())
    arn = schedule(world, "hourly")
    capture(world, START, captured([str(20 + i) for i in range(40)], ["1", "0"] * 20, START))
    later = START + timedelta(hours=1)
    capture(world, later, captured(["old"] * 40, ["1", "0"] * 20, later))
    moved = world.advance("PT3H")

    assert [one["MonitoringExecutionStatus"] for one in moved["executions"]] == [
        "Completed",
        "CompletedWithViolations",
        "Failed",
    ]
    _, second, third = world.executions("hourly")
    assert third["FailureReason"] == "Job inputs had no data"
    assert "ProcessingJobArn" not in third
    found = read(world, "results/churn/hourly/2026/01/01/02/constraint_violations.json")
    assert {(one["feature_name"], one["constraint_check_type"]) for one in found["violations"]} == {
        ("age", "data_type_check")
    }
    described = sagemaker.describe_processing_job(ProcessingJobName=second["ProcessingJobArn"].split("/")[-1])
    assert described["ExitMessage"] == "CompletedWithViolations: Job completed successfully with 1 violations."
    assert (described["ProcessingJobStatus"], described["MonitoringScheduleArn"]) == ("Completed", arn)
    last = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="hourly")["LastMonitoringExecutionSummary"]
    assert last["ScheduledTime"] == START + timedelta(hours=3)
    metrics = world.client("cloudwatch").list_metrics(Namespace="aws/sagemaker/Endpoints/data-metrics")["Metrics"]
    assert "feature_baseline_drift_age" in {one["MetricName"] for one in metrics}
