"""Schedules and job definitions kept by SageMaker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from airflow_model_monitor.runtimes.closed_account import closed_account_explained
from airflow_model_monitor.runtimes.schedule_api import AlreadyThereError, KeptSchedule, NotNowError, NotThereError
from airflow_model_monitor.service import job_definition_calls as definitions
from airflow_model_monitor.service import monitoring_schedule_calls as schedules
from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitor_kind import MonitoringType
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule

_NOT_FOUND: Final = ("ResourceNotFound", "ResourceNotFoundException")
_IN_USE: Final = ("ResourceInUse", "ResourceInUseException", "ConflictException")
# "…Monitoring schedule in status Pending", "Job definition is locked by schedule": no code of their own.
_NOT_NOW: Final = ("pending", "locked", "in use", "being used")
_ABSENT: Final = ("could not find", "does not exist", "not found")
#: A list that never ends is a fault of the service's; this many pages of 100 are not.
_MOST_PAGES: Final = 100


class SageMakerSchedules:
    """The calls, sent with a boto3 client.

    Requests are checked before they are sent. Throttling, resets and 5xx are the client's to retry: give it a
    ``Config(retries={"mode": "standard", "max_attempts": 10})``.

    :param client: boto3's ``sagemaker`` client
    :raises ClosedAccountError: the account is closed to Model Monitor
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def describe_schedule(self, name: str) -> KeptSchedule | None:
        """The schedule; None where there is none."""
        try:
            answer = self._send(schedules.describe_schedule(name))
        except NotThereError:
            return None
        return KeptSchedule(
            MonitoringSchedule.from_api(answer),
            answer["MonitoringScheduleStatus"],
            answer.get("FailureReason"),
            answer.get("MonitoringScheduleArn"),
            answer,
        )

    def create_schedule(self, schedule: MonitoringSchedule, definition: JobDefinition | None) -> None:
        """``CreateMonitoringSchedule``."""
        self._send(schedules.create_schedule(schedule, definition=definition))

    def update_schedule(self, schedule: MonitoringSchedule, definition: JobDefinition | None) -> None:
        """``UpdateMonitoringSchedule``."""
        self._send(schedules.update_schedule(schedule, definition=definition))

    def start_schedule(self, name: str) -> None:
        """``StartMonitoringSchedule``."""
        self._send(schedules.start_schedule(name))

    def stop_schedule(self, name: str) -> None:
        """``StopMonitoringSchedule``."""
        self._send(schedules.stop_schedule(name))

    def delete_schedule(self, name: str) -> None:
        """``DeleteMonitoringSchedule``."""
        self._send(schedules.delete_schedule(name))

    def schedules_with(self, definition_name: str) -> tuple[str, ...]:
        """Names of the schedules that use a definition."""
        pages = self._pages(lambda token: schedules.list_schedules(definition=definition_name, next_token=token))
        return tuple(
            one["MonitoringScheduleName"]
            for page in pages
            for one in page["MonitoringScheduleSummaries"]
            if one.get("MonitoringJobDefinitionName", definition_name) == definition_name
        )

    def describe_definition(self, monitoring_type: MonitoringType, name: str) -> JobDefinition | None:
        """The definition; None where there is none."""
        try:
            return JobDefinition.from_api(self._send(definitions.describe_definition(monitoring_type, name)))
        except NotThereError:
            return None

    def definition_tags(self, monitoring_type: MonitoringType, name: str) -> dict[str, str]:
        """Tags of a definition."""
        arn = self._send(definitions.describe_definition(monitoring_type, name))["JobDefinitionArn"]
        return {tag["Key"]: tag["Value"] for tag in self._send(schedules.list_tags(arn)).get("Tags", [])}

    def create_definition(self, definition: JobDefinition) -> None:
        """``Create{monitoring_type}JobDefinition``."""
        self._send(definitions.create_definition(definition))

    def delete_definition(self, monitoring_type: MonitoringType, name: str) -> None:
        """``Delete{monitoring_type}JobDefinition``."""
        self._send(definitions.delete_definition(monitoring_type, name))

    def definition_names(self, monitoring_type: MonitoringType, name_contains: str) -> tuple[str, ...]:
        """Names of the definitions of a monitor that contain a text."""
        pages = self._pages(
            lambda token: definitions.list_definitions(monitoring_type, name_contains=name_contains, next_token=token)
        )
        return tuple(one["MonitoringJobDefinitionName"] for page in pages for one in page["JobDefinitionSummaries"])

    def _pages(self, call: Callable[[str | None], ApiCall]) -> Iterator[dict[str, Any]]:
        token: str | None = None
        for _ in range(_MOST_PAGES):
            page = self._send(call(token))
            yield page
            # An empty page may well be followed by others.
            token = page.get("NextToken")
            if token is None:
                return
        raise RuntimeError(f"{call(None).operation}: no end after {_MOST_PAGES} pages of 100")

    def _send(self, call: ApiCall) -> dict[str, Any]:
        with closed_account_explained(), _understood(call):
            answer: dict[str, Any] = getattr(self._client, call.method)(**call.parameters)
        return answer


@contextmanager
def _understood(call: ApiCall) -> Iterator[None]:
    """Give the three refusals that are part of a schedule's life a type each."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        message = error.response.get("Error", {}).get("Message", "")
        words = message.lower()
        creates = call.operation.startswith("Create")
        if code in _NOT_FOUND and not creates:
            raise NotThereError(f"{call.operation}: {message}") from error
        if code in _IN_USE:
            raise (AlreadyThereError if creates else NotNowError)(f"{call.operation}: {message}") from error
        if code == "ValidationException" and not creates:
            # An update that finds no endpoint says so in the same words.
            if not call.operation.startswith("Update") and any(word in words for word in _ABSENT):
                raise NotThereError(f"{call.operation}: {message}") from error
            # All that can be wrong with deleting a definition by its name is that something holds it.
            holds = call.operation.startswith("Delete") and call.operation.endswith("JobDefinition")
            if holds or any(word in words for word in _NOT_NOW):
                raise NotNowError(f"{call.operation}: {message}") from error
        raise
