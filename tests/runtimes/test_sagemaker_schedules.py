"""A schedule's life at SageMaker, over HTTP and through faults: whatever happens, nothing half made stays behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.processing_job import ProcessingCluster
from airflow_model_monitor.runtimes.closed_account import ClosedAccountError
from airflow_model_monitor.runtimes.sagemaker_schedules import SageMakerSchedules
from airflow_model_monitor.runtimes.schedule_api import NotThereError
from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleLifecycle, WantedSchedule
from airflow_model_monitor.runtimes.settling import Settling
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MONITORING_TYPES, MonitoringType
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.schedule_config import HOURLY, ScheduleConfig
from tests.faulty_aws import Weather, bad_weather
from tests.local_aws import ROLE, Client, local_aws

NAME = "churn-monitor"
NEEDED: dict[MonitoringType, dict[str, Any]] = {
    "DataQuality": {},
    "ModelQuality": {"ground_truth_uri": "s3://monitored/labels", "problem_type": "Regression"},
    "ModelBias": {"ground_truth_uri": "s3://monitored/labels", "config_uri": "s3://monitored/analysis_config.json"},
    "ModelExplainability": {"config_uri": "s3://monitored/analysis_config.json"},
}
BATCH = BatchTransformInput(captured_data_uri="s3://monitored/captured", dataset_format=Csv())


def wanted(
    monitoring_type: MonitoringType = "DataQuality", timing: ScheduleConfig | None = HOURLY, **further: Any
) -> WantedSchedule:
    arguments = {
        "source": EndpointInput(endpoint="churn"),
        "output_uri": "s3://monitored/reports",
        "image_uri": "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-analyzer",
        "cluster": ProcessingCluster(),
        "role_arn": ROLE,
        **NEEDED[monitoring_type],
        **further,
    }
    return WantedSchedule(JobDefinition(monitoring_type=monitoring_type, **arguments), timing)


class Service(Client):
    """One boto3 client for all tests: reading the service's model takes longer than all that is asked."""

    @cached_property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")


@pytest.fixture(scope="module")
def service() -> Iterator[Client]:
    with local_aws() as client:
        client.make_bucket()
        client.make_endpoint()
        yield Service(client.url)


@pytest.fixture
def aws(service: Client) -> Iterator[Client]:
    """The service, with nothing in it."""
    yield service
    sagemaker = service.sagemaker
    for one in sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"]:
        life(sagemaker, one["MonitoringScheduleName"]).delete()
    for kind, name in definitions(service, kinds=True):
        SageMakerSchedules(sagemaker).delete_definition(kind, name)


@pytest.fixture
def weather(aws: Client) -> Iterator[Weather]:
    with bad_weather(aws.url) as weather:
        yield weather


def life(client: Any, name: str = NAME, log: Any = lambda _: None) -> ScheduleLifecycle:
    return ScheduleLifecycle(SageMakerSchedules(client), name, settling=Settling(0.05, 60), log=log)


def definitions(aws: Client, *, kinds: bool = False) -> list[Any]:
    """Names of all job definitions there are."""
    api = SageMakerSchedules(aws.sagemaker)
    found = [(kind, name) for kind in MONITORING_TYPES for name in api.definition_names(kind, "-")]
    return found if kinds else [name for _, name in found]


def described(aws: Client, name: str = NAME) -> dict[str, Any]:
    return aws.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)


@pytest.mark.parametrize("monitoring_type", MONITORING_TYPES)
@pytest.mark.parametrize("batch", [False, True])
def test_each_monitor_is_made_changed_and_deleted(aws: Client, monitoring_type: MonitoringType, batch: bool) -> None:
    further = {"source": BATCH} if batch else {}
    lived = life(aws.sagemaker)

    changes = [
        lived.create(wanted(monitoring_type, **further)),
        lived.create(wanted(monitoring_type, **further)),
        lived.create(wanted(monitoring_type, timing=None, output_uri="s3://monitored/elsewhere", **further)),
        lived.stop(),
        lived.start(),
    ]

    assert [one.change for one in changes] == ["created", "unchanged", "updated", "stopped", "started"]
    [name] = definitions(aws)
    config = described(aws)["MonitoringScheduleConfig"]
    assert config == {
        "MonitoringJobDefinitionName": name,
        "MonitoringType": monitoring_type,
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
    }
    assert (lived.delete().change, lived.delete().change, definitions(aws)) == ("deleted", "unchanged", [])


def test_the_definition_a_person_named_goes_when_it_is_replaced(aws: Client) -> None:
    """A monitor that AWS's SDK made has a definition named by the time of day."""
    api = SageMakerSchedules(aws.sagemaker)
    old = dataclasses.replace(wanted().definition, name="data-quality-job-definition-2026-01-01")
    api.create_definition(old)
    aws.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=NAME,
        MonitoringScheduleConfig={"MonitoringJobDefinitionName": old.name, "MonitoringType": "DataQuality"},
    )

    unchanged = life(aws.sagemaker).create(wanted(timing=None))
    assert (unchanged.change, definitions(aws)) == ("unchanged", [old.name])

    assert life(aws.sagemaker).create(wanted(output_uri="s3://monitored/elsewhere")).change == "updated"
    assert len(definitions(aws)) == 1
    assert old.name not in definitions(aws)


def test_only_what_is_said_is_changed(aws: Client) -> None:
    life(aws.sagemaker).create(wanted("ModelQuality", environment={"A": "1"}, tags={"team": "risk"}))

    life(aws.sagemaker).update(
        lambda one: dataclasses.replace(one, max_runtime_in_seconds=900),
        lambda timing: ScheduleConfig("cron(0 5 ? * * *)"),
    )

    [(kind, name)] = definitions(aws, kinds=True)
    api = SageMakerSchedules(aws.sagemaker)
    expected = wanted("ModelQuality", environment={"A": "1"}, max_runtime_in_seconds=900).definition
    assert dataclasses.replace(api.describe_definition(kind, name) or expected, name=None) == expected
    assert api.definition_tags(kind, name) == {"team": "risk"}
    assert described(aws)["MonitoringScheduleConfig"]["ScheduleConfig"] == {"ScheduleExpression": "cron(0 5 ? * * *)"}


def test_an_inline_definition_keeps_its_cron_too(aws: Client) -> None:
    inline = wanted()._replace(inline=True)
    life(aws.sagemaker).create(inline)

    changed = wanted(timing=None, output_uri="s3://monitored/elsewhere")._replace(inline=True)
    assert life(aws.sagemaker).create(changed).change == "updated"

    config = described(aws)["MonitoringScheduleConfig"]
    assert config["ScheduleConfig"] == {"ScheduleExpression": "cron(0 * ? * * *)"}
    assert definitions(aws) == []


@pytest.mark.parametrize("kind", ["ResourceLimitExceeded", "AccessDeniedException", "ExpiredTokenException"])
def test_a_monitor_that_is_refused_half_way_is_taken_back(aws: Client, weather: Weather, kind: str) -> None:
    weather.fails("CreateMonitoringSchedule", kind, message="no more of them")

    with pytest.raises(ClientError, match="no more of them"):
        life(weather.client()).create(wanted())

    assert weather.calls.count("CreateDataQualityJobDefinition") == 1
    assert definitions(aws) == []


def test_what_cannot_be_taken_back_is_said_and_found_by_the_next_try(aws: Client, weather: Weather) -> None:
    weather.fails("CreateMonitoringSchedule", "ResourceLimitExceeded")
    weather.fails("DeleteDataQualityJobDefinition", "AccessDeniedException")

    with pytest.raises(ClientError, match="ResourceLimitExceeded") as caught:
        life(weather.client()).create(wanted())

    assert "could not be taken back" in caught.value.__notes__[-1]
    assert len(definitions(aws)) == 1
    life(weather.client()).create(wanted(output_uri="s3://monitored/elsewhere"))
    assert len(definitions(aws)) == 1


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("CreateDataQualityJobDefinition", "lost"),
        ("CreateDataQualityJobDefinition", "reset"),
        ("CreateMonitoringSchedule", "lost"),
        ("CreateMonitoringSchedule", "InternalFailure"),
        ("CreateMonitoringSchedule", "ThrottlingException"),
        ("DescribeMonitoringSchedule", "ServiceUnavailable"),
        ("DescribeMonitoringSchedule", "reset"),
    ],
)
def test_making_one_comes_through_what_passes(aws: Client, weather: Weather, operation: str, kind: str) -> None:
    weather.fails(operation, kind)

    life(weather.client()).create(wanted(), if_exists="fail")

    assert described(aws)["MonitoringScheduleStatus"] == "Scheduled"
    assert definitions(aws) == [described(aws)["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"]]


@pytest.mark.parametrize("operation", ["CreateMonitoringSchedule", "UpdateMonitoringSchedule"])
def test_what_took_effect_counts_though_every_answer_was_lost(aws: Client, weather: Weather, operation: str) -> None:
    if operation == "UpdateMonitoringSchedule":
        life(aws.sagemaker).create(wanted(output_uri="s3://monitored/before"))
    weather.fails(operation, "lost", times=1)

    life(weather.client(attempts=1)).create(wanted())

    assert weather.calls.count(operation) == 1
    assert definitions(aws) == [described(aws)["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"]]


@pytest.mark.parametrize("kind", ["ResourceLimitExceeded", "reset"])
def test_a_change_that_fails_leaves_the_monitor_as_it_was(aws: Client, weather: Weather, kind: str) -> None:
    life(aws.sagemaker).create(wanted())
    before, config = definitions(aws), described(aws)["MonitoringScheduleConfig"]
    weather.fails("UpdateMonitoringSchedule", kind)

    with pytest.raises(Exception, match=r"ResourceLimitExceeded|Connection"):
        life(weather.client(attempts=1)).create(wanted(output_uri="s3://monitored/elsewhere"))

    assert (definitions(aws), described(aws)["MonitoringScheduleConfig"]) == (before, config)


@pytest.mark.parametrize("operation", ["DeleteMonitoringSchedule", "DeleteDataQualityJobDefinition"])
@pytest.mark.parametrize("kind", ["lost", "ThrottlingException"])
def test_deleting_comes_through_what_passes(aws: Client, weather: Weather, operation: str, kind: str) -> None:
    life(aws.sagemaker).create(wanted())
    weather.fails(operation, kind)

    assert life(weather.client()).delete().change == "deleted"

    assert definitions(aws) == []
    assert SageMakerSchedules(aws.sagemaker).describe_schedule(NAME) is None


def test_a_locked_definition_is_waited_for(aws: Client, weather: Weather) -> None:
    life(aws.sagemaker).create(wanted())
    weather.fails(
        "DeleteDataQualityJobDefinition",
        "ValidationException",
        times=3,
        message=f"Job definition is locked by schedule {NAME}",
    )

    life(weather.client()).create(wanted(output_uri="s3://monitored/elsewhere"))

    assert weather.calls.count("DeleteDataQualityJobDefinition") == 4
    assert len(definitions(aws)) == 1


def test_what_is_pending_is_waited_for(aws: Client, weather: Weather) -> None:
    """Another client stops the schedule right before the change is sent, and before the delete."""
    life(aws.sagemaker).create(wanted())
    weather.before(
        "UpdateMonitoringSchedule", lambda: aws.sagemaker.stop_monitoring_schedule(MonitoringScheduleName=NAME)
    )
    weather.before(
        "DeleteMonitoringSchedule", lambda: aws.sagemaker.start_monitoring_schedule(MonitoringScheduleName=NAME)
    )

    changed = life(weather.client()).create(wanted(output_uri="s3://monitored/elsewhere"))
    deleted = life(weather.client()).delete()

    assert (changed.change, deleted.change, definitions(aws)) == ("updated", "deleted", [])
    assert weather.calls.count("UpdateMonitoringSchedule") > 1
    assert weather.calls.count("DeleteMonitoringSchedule") > 1


def test_one_that_somebody_else_makes_at_the_same_moment_is_updated(aws: Client, weather: Weather) -> None:
    weather.before(
        "CreateMonitoringSchedule", lambda: life(aws.sagemaker).create(wanted(output_uri="s3://monitored/theirs"))
    )

    assert life(weather.client()).create(wanted()).change == "updated"

    assert definitions(aws) == [described(aws)["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"]]


def test_an_endpoint_that_is_not_there_is_the_services_answer_and_leaves_nothing(aws: Client) -> None:
    with pytest.raises(ClientError, match="nowhere"):
        life(aws.sagemaker).create(wanted(source=EndpointInput(endpoint="nowhere")))
    assert definitions(aws) == []


def test_an_unknown_schedule_cannot_be_started(aws: Client) -> None:
    with pytest.raises(NotThereError, match="there is no monitoring schedule churn-monitor"):
        life(aws.sagemaker).start()


@pytest.mark.parametrize("operation", ["CreateDataQualityJobDefinition", "CreateMonitoringSchedule"])
def test_a_closed_account_is_told_the_way_that_works(aws: Client, weather: Weather, operation: str) -> None:
    words = "This operation is in maintenance mode and is not available to new customers."
    weather.fails(operation, "ValidationException", message=words)

    with pytest.raises(ClosedAccountError, match="runtime='worker'"):
        life(weather.client()).create(wanted())
    assert definitions(aws) == []


def test_it_gives_up_with_the_state_it_saw(aws: Client) -> None:
    lived = ScheduleLifecycle(SageMakerSchedules(aws.sagemaker), NAME, settling=Settling(0, 1), log=lambda _: None)

    with pytest.raises(TimeoutError, match=r"still Pending .* waiter_max_attempts"):
        lived.create(wanted())
    assert life(aws.sagemaker).create(wanted()).change == "unchanged"
