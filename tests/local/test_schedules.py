"""The life of monitoring schedules and job definitions, as AWS's clients see it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.traffic import data_quality_definition, monitoring_definition, schedule
from tests.local_aws import START, Client, local_aws


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    # Nothing settles by itself here.
    with local_aws(pending=3600.0) as client:
        client.make_bucket()
        client.make_endpoint()
        client.make_endpoint("blind", capture=None)
        yield client


@pytest.fixture
def sagemaker(server: Client) -> Iterator[Any]:
    client = server.sagemaker
    client.create_data_quality_job_definition(**data_quality_definition())
    yield client
    for one in client.list_monitoring_schedules()["MonitoringScheduleSummaries"]:
        name = one["MonitoringScheduleName"]
        settled(server, name)
        client.delete_monitoring_schedule(MonitoringScheduleName=name)
        assert gone(server, name)
    for one in client.list_data_quality_job_definitions()["JobDefinitionSummaries"]:
        client.delete_data_quality_job_definition(JobDefinitionName=one["MonitoringJobDefinitionName"])


def status(sagemaker: Any, name: str) -> str:
    return sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)["MonitoringScheduleStatus"]


def settled(server: Client, name: str) -> str:
    """The status a pending schedule comes to, which whoever moves the clock need not wait for."""
    server.advance("PT0H")
    return status(server.sagemaker, name)


def gone(server: Client, name: str) -> bool:
    """Whether a deleted schedule is pending, and then is not found."""
    assert status(server.sagemaker, name) == "Pending"
    server.advance("PT0H")
    with pytest.raises(ClientError) as error:
        status(server.sagemaker, name)
    return code(error.value) == "ResourceNotFound"


def code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Code and message of a call that is refused."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return code(error.value), error.value.response["Error"]["Message"]


def test_a_schedule_is_pending_before_it_is_scheduled_stopped_started_and_gone(server: Client, sagemaker: Any) -> None:
    schedule(server, "hourly")
    assert status(sagemaker, "hourly") == "Pending"
    kind, message = refused(sagemaker.delete_monitoring_schedule, MonitoringScheduleName="hourly")
    assert (kind, "Monitoring schedule in status Pending" in message) == ("ValidationException", True)
    assert settled(server, "hourly") == "Scheduled"
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName="hourly")
    assert (status(sagemaker, "hourly"), settled(server, "hourly")) == ("Pending", "Stopped")
    sagemaker.start_monitoring_schedule(MonitoringScheduleName="hourly")
    assert settled(server, "hourly") == "Scheduled"
    sagemaker.delete_monitoring_schedule(MonitoringScheduleName="hourly")
    assert gone(server, "hourly")


def test_a_stopped_schedule_stays_stopped_when_it_is_changed_and_runs_nothing(server: Client, sagemaker: Any) -> None:
    schedule(server, "stopped")
    settled(server, "stopped")
    sagemaker.stop_monitoring_schedule(MonitoringScheduleName="stopped")
    settled(server, "stopped")
    config = {
        "MonitoringJobDefinitionName": "dq",
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": "cron(0 5 ? * * *)"},
    }
    sagemaker.update_monitoring_schedule(MonitoringScheduleName="stopped", MonitoringScheduleConfig=config)
    assert settled(server, "stopped") == "Stopped"
    assert server.advance("P1D")["executions"] == []
    found = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="stopped")
    assert found["MonitoringScheduleConfig"] == config
    assert "LastMonitoringExecutionSummary" not in found


def test_a_definition_is_locked_by_its_schedule(server: Client, sagemaker: Any) -> None:
    schedule(server, "locking")
    delete = {"JobDefinitionName": "dq"}
    kind, message = refused(sagemaker.delete_data_quality_job_definition, **delete)
    assert (kind, "locked by monitoring schedule locking" in message) == ("ValidationException", True)
    settled(server, "locking")
    sagemaker.delete_monitoring_schedule(MonitoringScheduleName="locking")
    assert gone(server, "locking")
    sagemaker.delete_data_quality_job_definition(**delete)
    assert refused(sagemaker.delete_data_quality_job_definition, **delete)[0] == "ResourceNotFound"


def test_names_are_taken_once(server: Client, sagemaker: Any) -> None:
    schedule(server, "twice")
    with pytest.raises(ClientError) as error:
        schedule(server, "twice")
    assert code(error.value) == "ResourceInUse"
    definition = data_quality_definition()
    assert refused(sagemaker.create_data_quality_job_definition, **definition)[0] == "ResourceInUse"


def test_now_runs_once_over_the_window_it_is_given(server: Client, sagemaker: Any) -> None:
    window = {"DataAnalysisStartTime": "-PT2H", "DataAnalysisEndTime": "-PT0H"}
    schedule(server, "once", cron="NOW", **window)
    settled(server, "once")
    deadline = time.monotonic() + 20
    while [one["MonitoringExecutionStatus"] for one in server.executions("once")] != ["Failed"]:
        assert time.monotonic() < deadline, server.executions("once")
        time.sleep(0.05)
    server.advance("PT5H")
    (execution,) = server.executions("once")
    assert execution["FailureReason"] == "Job inputs had no data"
    assert status(sagemaker, "once") == "Scheduled"


def test_without_an_expression_it_runs_once_a_day(server: Client, sagemaker: Any) -> None:
    schedule(server, "daily", cron=None)
    settled(server, "daily")
    server.advance("P3D")
    times = [one["ScheduledTime"] for one in server.executions("daily")]
    assert len(times) == 3
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {timedelta(days=1)}


def test_executions_survive_their_schedule_and_a_new_one_of_the_name_begins_anew(
    server: Client, sagemaker: Any
) -> None:
    schedule(server, "again")
    server.advance("PT2H")
    sagemaker.delete_monitoring_schedule(MonitoringScheduleName="again")
    assert gone(server, "again")
    assert len(server.executions("again")) == 2
    schedule(server, "again")
    settled(server, "again")
    assert "LastMonitoringExecutionSummary" not in sagemaker.describe_monitoring_schedule(
        MonitoringScheduleName="again"
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ScheduleConfig": {"ScheduleExpression": "cron(30 * ? * * *)"}}, "the first field is 0"),
        ({"ScheduleConfig": {"ScheduleExpression": "NOW"}}, "needs both ends"),
        ({"MonitoringJobDefinitionName": "nobody"}, "Could not find DataQuality job definition 'nobody'"),
        ({"MonitoringType": "ModelBias"}, "Could not find ModelBias job definition 'dq'"),
        ({"MonitoringType": None}, "MonitoringType: is missing"),
        (
            {"MonitoringJobDefinitionName": "a_b"},
            "'monitoringScheduleConfig.monitoringJobDefinitionName' failed to satisfy constraint: Member must satisfy",
        ),
        (
            {"MonitoringType": "Weather"},
            "Member must satisfy enum value set: [DataQuality, ModelQuality, ModelBias, ModelExplainability]",
        ),
        (
            {"ScheduleConfig": {"ScheduleExpression": "x" * 257}},
            "Member must have length less than or equal to 256",
        ),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(sagemaker: Any, change: dict[str, Any], expected: str) -> None:
    config = {"MonitoringJobDefinitionName": "dq", "MonitoringType": "DataQuality", **change}
    kind, message = refused(
        sagemaker.create_monitoring_schedule,
        MonitoringScheduleName="wrong",
        MonitoringScheduleConfig={member: value for member, value in config.items() if value is not None},
    )
    assert kind == "ValidationException"
    assert expected in message


def test_several_faults_are_told_at_once(sagemaker: Any) -> None:
    definition = data_quality_definition("not_a_name", RoleArn="arn:aws:iam::1:role/too-short-an-account")
    kind, message = refused(sagemaker.create_data_quality_job_definition, **definition)
    assert (kind, message.split(":")[0]) == ("ValidationException", "2 validation errors detected")


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [("nobody", "Could not find endpoint"), ("blind", "does not have data capture enabled")],
)
def test_the_endpoint_must_be_there_and_capture(sagemaker: Any, endpoint: str, expected: str) -> None:
    definition = data_quality_definition("other")
    definition["DataQualityJobInput"]["EndpointInput"]["EndpointName"] = endpoint
    kind, message = refused(sagemaker.create_data_quality_job_definition, **definition)
    assert kind == "ValidationException"
    assert expected in message


def test_the_run_time_must_fit_between_two_executions(server: Client, sagemaker: Any) -> None:
    definition = data_quality_definition("slow", StoppingCondition={"MaxRuntimeInSeconds": 3601})
    sagemaker.create_data_quality_job_definition(**definition)
    with pytest.raises(ClientError, match="allowed are 1 to 3600"):
        schedule(server, "too-slow", "slow")
    schedule(server, "slow-enough", "slow", cron="cron(0 0 ? * * *)")


def test_batch_transform_needs_no_endpoint(sagemaker: Any) -> None:
    definition = monitoring_definition("ModelExplainability", {"ImageUri": "image", "ConfigUri": "s3://monitored/c"})
    definition["JobDefinitionName"] = "batch"
    batch = {
        "DataCapturedDestinationS3Uri": "s3://monitored/batch",
        "DatasetFormat": {"Csv": {"Header": True}},
        "LocalPath": "/opt/ml/processing/input",
    }
    definition["ModelExplainabilityJobInput"] = {"BatchTransformInput": batch}
    sagemaker.create_model_explainability_job_definition(**definition)
    found = sagemaker.describe_model_explainability_job_definition(JobDefinitionName="batch")
    assert found["ModelExplainabilityJobInput"] == {"BatchTransformInput": batch}
    (summary,) = sagemaker.list_model_explainability_job_definitions()["JobDefinitionSummaries"]
    assert (summary["MonitoringJobDefinitionName"], summary["EndpointName"]) == ("batch", "")
    sagemaker.delete_model_explainability_job_definition(JobDefinitionName="batch")


def test_lists_are_filtered_sorted_and_cut_into_pages(server: Client, sagemaker: Any) -> None:
    for number in range(7):
        schedule(server, f"page-{number}", cron="cron(0 0 ? * * *)")
    for number in range(7):
        settled(server, f"page-{number}")
    pages = list(
        sagemaker.get_paginator("list_monitoring_schedules").paginate(
            NameContains="page", SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 3}
        )
    )
    names = [[one["MonitoringScheduleName"] for one in page["MonitoringScheduleSummaries"]] for page in pages]
    assert names == [["page-0", "page-1", "page-2"], ["page-3", "page-4", "page-5"], ["page-6"]]
    found = sagemaker.list_monitoring_schedules
    assert len(found(StatusEquals="Scheduled")["MonitoringScheduleSummaries"]) == 7
    assert found(StatusEquals="Stopped")["MonitoringScheduleSummaries"] == []
    assert found(EndpointName="other")["MonitoringScheduleSummaries"] == []
    assert found(MonitoringTypeEquals="ModelBias")["MonitoringScheduleSummaries"] == []
    assert found(CreationTimeBefore=START)["MonitoringScheduleSummaries"] == []
    newest = found(MaxResults=1)["MonitoringScheduleSummaries"][0]
    assert newest["MonitoringScheduleName"] == "page-6"
    assert refused(found, NextToken="bm9uZQ==")[0] == "ValidationException"
    assert refused(found, MaxResults=101)[0] == "ValidationException"


def test_a_page_goes_on_where_it_was_although_something_new_has_come(server: Client, sagemaker: Any) -> None:
    for number in range(4):
        schedule(server, f"old-{number}")
    first = sagemaker.list_monitoring_schedules(NameContains="-", MaxResults=2)
    schedule(server, "new-9")
    second = sagemaker.list_monitoring_schedules(NameContains="-", MaxResults=2, NextToken=first["NextToken"])
    names = [one["MonitoringScheduleName"] for page in (first, second) for one in page["MonitoringScheduleSummaries"]]
    assert names == ["old-3", "old-2", "old-1", "old-0"]


def test_tags_are_kept_with_their_resource(server: Client, sagemaker: Any) -> None:
    arn = sagemaker.create_monitoring_schedule(
        MonitoringScheduleName="tagged",
        MonitoringScheduleConfig={"MonitoringJobDefinitionName": "dq", "MonitoringType": "DataQuality"},
        Tags=[{"Key": "team", "Value": "churn"}],
    )["MonitoringScheduleArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
    endpoint = sagemaker.describe_endpoint(EndpointName="churn")["EndpointArn"]
    sagemaker.add_tags(ResourceArn=endpoint, Tags=[{"Key": "owner", "Value": "moto"}])
    assert sagemaker.list_tags(ResourceArn=endpoint)["Tags"] == [{"Key": "owner", "Value": "moto"}]


def test_alerts_are_listed_and_changed(server: Client, sagemaker: Any) -> None:
    schedule(server, "watched")
    (alert,) = sagemaker.list_monitoring_alerts(MonitoringScheduleName="watched")["MonitoringAlertSummaries"]
    assert (alert["AlertStatus"], alert["DatapointsToAlert"], alert["EvaluationPeriod"]) == ("OK", 1, 1)
    server.advance("PT1H")
    (alert,) = sagemaker.list_monitoring_alerts(MonitoringScheduleName="watched")["MonitoringAlertSummaries"]
    assert alert["AlertStatus"] == "InAlert"
    name = {"MonitoringScheduleName": "watched", "MonitoringAlertName": alert["MonitoringAlertName"]}
    sagemaker.update_monitoring_alert(**name, DatapointsToAlert=2, EvaluationPeriod=3)
    history = sagemaker.list_monitoring_alert_history(MonitoringScheduleName="watched")["MonitoringAlertHistory"]
    assert [one["AlertStatus"] for one in history] == ["OK", "InAlert"]
    assert refused(sagemaker.update_monitoring_alert, **name, DatapointsToAlert=4, EvaluationPeriod=3)[0] == (
        "ValidationException"
    )
