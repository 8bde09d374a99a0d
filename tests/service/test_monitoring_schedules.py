"""Monitoring schedules, their executions and alerts: what is sent, and what SageMaker would refuse."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.processing_job import ProcessingCluster
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor import Monitor
from airflow_model_monitor.service.monitoring_alert_calls import list_alert_history, update_alert
from airflow_model_monitor.service.monitoring_execution_calls import list_executions, stop_job
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.monitoring_schedule_calls import (
    create_schedule,
    list_schedules,
    update_schedule,
)
from airflow_model_monitor.service.schedule_config import HOURLY, ScheduleConfig

DEFINITION = JobDefinition(
    monitoring_type="ModelQuality",
    name="churn-1",
    source=EndpointInput(endpoint="churn"),
    output_uri="s3://b/reports",
    ground_truth_uri="s3://b/labels",
    image_uri="111122223333.dkr.ecr.us-west-2.amazonaws.com/monitor",
    role_arn="arn:aws:iam::111122223333:role/Monitor",
    cluster=ProcessingCluster(),
    max_runtime_in_seconds=1800,
)
SCHEDULE = MonitoringSchedule(
    name="hourly", timing=HOURLY, definition_name="churn-1", monitoring_type="ModelQuality", tags={"team": "risk"}
)
INLINE = dataclasses.replace(
    DEFINITION, monitoring_type="DataQuality", ground_truth_uri=None, name=None, max_runtime_in_seconds=3600
)
MOMENT = datetime(2026, 1, 2, 3, tzinfo=UTC)


def test_an_update_says_all_there_is() -> None:
    """What ``DescribeMonitoringSchedule`` answers holds the type twice, and no tags."""
    answer = {
        **create_schedule(SCHEDULE).parameters,
        "MonitoringType": "ModelQuality",
        "MonitoringScheduleStatus": "Scheduled",
        "CreationTime": MOMENT,
    }
    del answer["Tags"]
    found = MonitoringSchedule.from_api(answer)
    assert found == dataclasses.replace(SCHEDULE, tags={})
    update = update_schedule(dataclasses.replace(found, definition_name="churn-2")).parameters
    assert update == {
        "MonitoringScheduleName": "hourly",
        "MonitoringScheduleConfig": {
            "MonitoringJobDefinitionName": "churn-2",
            "MonitoringType": "ModelQuality",
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        },
    }


@pytest.mark.parametrize("place", ["inside", "outside"])
def test_the_type_stands_inside_or_outside(place: str) -> None:
    answer = create_schedule(SCHEDULE).parameters
    if place == "outside":
        answer["MonitoringType"] = answer["MonitoringScheduleConfig"].pop("MonitoringType")
    assert MonitoringSchedule.from_api(answer) == SCHEDULE


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"definition_name": None}, "definition_name: None, inline_definition: None; give exactly one of them"),
        ({"inline_definition": INLINE}, "definition_name: 'churn-1', inline_definition: a definition; give exactly"),
        ({"monitoring_type": None}, "monitoring_type: None; it goes with definition_name"),
        ({"definition_name": None, "inline_definition": INLINE}, "monitoring_type: 'ModelQuality'; it goes with"),
    ],
)
def test_a_schedule_runs_one_definition(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(SCHEDULE, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a_b"}, "name: 'a_b'"),
        ({"definition_name": "a.b"}, r"definition_name: 'a\.b'"),
        ({"monitoring_type": "DataDrift"}, "monitoring_type: 'DataDrift'"),
        ({"tags": {"k": "v" * 257}}, r"tags\['k'\]"),
        ({"timing": ScheduleConfig("@hourly")}, "schedule_expression: '@hourly'"),
        ({"timing": ScheduleConfig("NOW")}, "data_analysis_start_time: None"),
    ],
)
def test_what_sagemaker_would_refuse(changes: dict[str, Any], message: str) -> None:
    changed = dataclasses.replace(SCHEDULE, **changes)
    for call in (create_schedule, update_schedule):
        with pytest.raises(ValueError, match=message):
            call(changed)


def test_a_time_limit_goes_with_the_schedule() -> None:
    create_schedule(SCHEDULE, definition=DEFINITION)
    longer = dataclasses.replace(DEFINITION, max_runtime_in_seconds=1801)
    with pytest.raises(ValueError, match=r"max_runtime_in_seconds: 1801; .*which merge and analysis share"):
        create_schedule(SCHEDULE, definition=longer)
    daily = dataclasses.replace(SCHEDULE, timing=ScheduleConfig("cron(0 3 ? * * *)"))
    assert create_schedule(daily, definition=longer).operation == "CreateMonitoringSchedule"
    with pytest.raises(ValueError, match=r"definition_name: 'churn-1' .* but the definition given is 'other'"):
        create_schedule(SCHEDULE, definition=dataclasses.replace(DEFINITION, name="other"))


def test_an_inline_definition_is_checked_too() -> None:
    whole = MonitoringSchedule(name="own", timing=HOURLY, inline_definition=INLINE)
    assert "MonitoringType" not in create_schedule(whole).parameters["MonitoringScheduleConfig"]
    for changes, message in (
        ({"max_runtime_in_seconds": 3601}, "max_runtime_in_seconds: 3601; allowed are 1 to 3600"),
        ({"role_arn": None}, "role_arn: ''"),
    ):
        broken = dataclasses.replace(whole, inline_definition=dataclasses.replace(INLINE, **changes))
        with pytest.raises(ValueError, match=message):
            create_schedule(broken)


def test_lists_are_filtered() -> None:
    call = list_schedules(endpoint="churn", monitoring_type="ModelBias", status="Scheduled", created_after=MOMENT)
    assert call.parameters == {
        "EndpointName": "churn",
        "MonitoringTypeEquals": "ModelBias",
        "StatusEquals": "Scheduled",
        "CreationTimeAfter": MOMENT,
        "MaxResults": 100,
    }
    assert list_executions("hourly", scheduled_after=MOMENT, next_token="t").parameters == {
        "MonitoringScheduleName": "hourly",
        "ScheduledTimeAfter": MOMENT,
        "SortBy": "ScheduledTime",
        "SortOrder": "Descending",
        "MaxResults": 100,
        "NextToken": "t",
    }


@pytest.mark.parametrize(
    ("call", "filters", "message"),
    [
        (list_schedules, {"status": "InProgress"}, "status: 'InProgress'; allowed are 'Pending', 'Failed'"),
        (list_executions, {"status": "Scheduled"}, "status: 'Scheduled'; allowed are .*'CompletedWithViolations'"),
        (list_alert_history, {"status": "Failed"}, "status: 'Failed'; allowed are 'InAlert', 'OK'"),
        (list_schedules, {"sort_by": "ScheduledTime"}, "sort_by: 'ScheduledTime'; allowed are 'Name'"),
        (list_executions, {"sort_order": "Up"}, "sort_order: 'Up'; allowed are 'Ascending', 'Descending'"),
        (list_executions, {"max_results": 101}, "max_results: 101; allowed are 1 to 100; follow next_token"),
        (list_executions, {"monitoring_type": "Drift"}, "monitoring_type: 'Drift'"),
        (list_executions, {"schedule": "a_b"}, "schedule: 'a_b'"),
        (list_schedules, {"name_contains": "a_b"}, "name_contains: 'a_b'"),
        (list_schedules, {"created_after": datetime(2026, 1, 2)}, "created_after: .* has no time zone"),  # noqa: DTZ001
    ],
)
def test_filters_are_checked(call: Any, filters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(**filters)


def test_an_execution_is_stopped_by_its_job() -> None:
    arn = "arn:aws:sagemaker:us-west-2:111122223333:processing-job/model-monitoring-1"
    assert stop_job(arn).parameters == stop_job("model-monitoring-1").parameters
    with pytest.raises(ValueError, match="job: 'arn:aws:s3:::b'"):
        stop_job("arn:aws:s3:::b")


@pytest.mark.parametrize(
    ("datapoints", "period", "message"),
    [
        (0, 1, "datapoints_to_alert: 0"),
        (1, 101, "evaluation_period: 101"),
        (3, 2, "datapoints_to_alert: 3; allowed are 1 to evaluation_period"),
    ],
)
def test_an_alert_that_could_never_be_raised(datapoints: int, period: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        update_alert("hourly", "a1", datapoints_to_alert=datapoints, evaluation_period=period)


def test_a_monitor_is_made_of_a_schedule() -> None:
    found = Monitor.of(SCHEDULE, DEFINITION, captured_data_uri="s3://b/c")
    assert (found.name, found.definition, found.timing) == ("hourly", DEFINITION, HOURLY)
    own = MonitoringSchedule(name="own", inline_definition=INLINE)
    assert Monitor.of(own, captured_data_uri="s3://b/c").definition == INLINE
    with pytest.raises(ValueError, match="definition: None, but the schedule runs 'churn-1'"):
        Monitor.of(SCHEDULE, captured_data_uri="s3://b/c")
    with pytest.raises(ValueError, match="captured_data_uri: None; give the endpoint's DestinationS3Uri"):
        Monitor.of(SCHEDULE, DEFINITION)
    batch = BatchTransformInput(captured_data_uri="s3://b/c", dataset_format=Csv())
    with pytest.raises(ValueError, match="of batch transform the definition says it"):
        Monitor.of(SCHEDULE, dataclasses.replace(DEFINITION, source=batch), captured_data_uri="s3://b/d")
