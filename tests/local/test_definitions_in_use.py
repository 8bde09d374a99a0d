"""Settings of definitions and schedules that decide what an execution looks at, and how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.local.traffic import (
    baseline_job,
    capture,
    captured,
    data_quality_definition,
    put,
    read,
    schedule,
)
from tests.local_aws import START, Client, local_aws

ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(40))
PREPROCESSOR = """
def preprocess_handler(record):
    return {"0": record.endpoint_output.data, "1": "old"}
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[Client]:
    with local_aws(enable_scripts=True) as client:
        client.make_bucket()
        client.make_endpoint()
        assert baseline_job(client, "baseline", ROWS)["ProcessingJobStatus"] == "Completed"
        for hour in range(6):
            moment = START + timedelta(hours=hour)
            capture(client, moment, captured([str(20 + i) for i in range(10 * (hour + 1))], ["1"] * 60, moment))
        yield client


def judged(aws: Client, name: str, until: datetime) -> dict[str, Any]:
    """The statistics of the schedule's last execution, the clock being moved there."""
    present = datetime.fromisoformat(aws.get("/_model_monitor/clock")["now"])
    aws.advance(f"PT{int((until - present).total_seconds())}S")
    execution = aws.executions(name)[-1]
    status = execution["MonitoringExecutionStatus"]
    assert status in ("Completed", "CompletedWithViolations"), (execution, status)
    return read(aws, f"results/churn/{name}/{execution['ScheduledTime']:%Y/%m/%d/%H}/statistics.json")


def test_an_inline_definition_runs(aws: Client) -> None:
    named = data_quality_definition()
    inline = {
        "BaselineConfig": {"BaseliningJobName": "baseline"},
        "MonitoringInputs": [named["DataQualityJobInput"]],
        "MonitoringOutputConfig": named["DataQualityJobOutputConfig"],
        "MonitoringResources": named["JobResources"],
        "MonitoringAppSpecification": {"ImageUri": named["DataQualityAppSpecification"]["ImageUri"]},
        "RoleArn": named["RoleArn"],
    }
    aws.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName="inline",
        MonitoringScheduleConfig={
            "MonitoringJobDefinition": inline,
            "ScheduleConfig": {"ScheduleExpression": "cron(0 1 ? * * *)", **window("-PT1H", "-PT0H")},
        },
    )
    statistics = judged(aws, "inline", START + timedelta(hours=1))
    assert statistics["dataset"]["item_count"] == 10
    # It is judged by what the baselining job wrote.
    assert read(aws, "results/churn/inline/2026/01/01/01/constraint_violations.json")["violations"] is not None


def window(start: str, end: str) -> dict[str, str]:
    return {"DataAnalysisStartTime": start, "DataAnalysisEndTime": end}


def test_a_schedules_own_window_counts_from_the_scheduled_time(aws: Client) -> None:
    aws.sagemaker.create_data_quality_job_definition(**data_quality_definition("plain"))
    schedule(aws, "window", "plain", cron="cron(0 4 ? * * *)", **window("-PT3H", "-PT1H"))
    assert judged(aws, "window", START + timedelta(hours=4))["dataset"]["item_count"] == 20 + 30


def test_a_definitions_offsets_count_from_the_scheduled_time(aws: Client) -> None:
    definition = data_quality_definition("offsets")
    definition["DataQualityJobInput"]["EndpointInput"] |= {"StartTimeOffset": "-PT4H", "EndTimeOffset": "-PT3H"}
    aws.sagemaker.create_data_quality_job_definition(**definition)
    schedule(aws, "offsets", "offsets", cron="cron(0 5 ? * * *)")
    assert judged(aws, "offsets", START + timedelta(hours=5))["dataset"]["item_count"] == 20


def test_a_preprocessor_runs_where_scripts_are_enabled(aws: Client) -> None:
    definition = data_quality_definition("script")
    address = put(aws, "scripts/preprocessor.py", PREPROCESSOR)
    definition["DataQualityAppSpecification"]["RecordPreprocessorSourceUri"] = address
    aws.sagemaker.create_data_quality_job_definition(**definition)
    schedule(aws, "script", "script", cron="cron(0 6 ? * * *)", **window("-PT1H", "-PT0H"))
    statistics = judged(aws, "script", START + timedelta(hours=6))
    features = {one["name"]: one["inferred_type"] for one in statistics["features"]}
    assert (statistics["dataset"]["item_count"], features["age"]) == (60, "String")
