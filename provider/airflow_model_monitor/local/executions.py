"""Monitoring executions as they are kept, and who waits for their end."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.schedules import REGION

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws
    from airflow_model_monitor.local.section import Section

TERMINAL: Final = ("Completed", "CompletedWithViolations", "Failed", "Stopped")


class Executions:
    """All executions of one local SageMaker, by number; their schedules may be gone."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._ended = threading.Condition()
        self.section: Section = aws.journal.section("monitoring-executions")
        # Start times of those that have not come to their end, and those whose end everybody was told.
        self._running = {key: self.get(key)["CreationTime"] for key in self.unfinished()}
        self._told: set[str] = set()
        numbers = [int(key) for key in self.section]
        self._next = max(numbers, default=0) + 1

    def add(self, schedule: Mapping[str, Any], scheduled: datetime, created: datetime, monitor: Any) -> str:
        """Keep a new one, ``Pending``.

        :param monitor: JSON that says what is run, however the schedule may be changed meanwhile
        :returns: its key
        """
        with self._aws.lock:
            key = str(self._next)
            self._next += 1
            self.section.put(
                key,
                {
                    "MonitoringScheduleName": schedule["MonitoringScheduleName"],
                    "ScheduledTime": epoch(scheduled),
                    "CreationTime": epoch(created),
                    "LastModifiedTime": epoch(created),
                    "MonitoringExecutionStatus": "Pending",
                    "EndpointName": schedule.get("EndpointName"),
                    "MonitoringJobDefinitionName": schedule.get("_definition"),
                    "MonitoringType": schedule["MonitoringType"],
                    "_number": int(key),
                    "_schedule_arn": schedule["MonitoringScheduleArn"],
                    "_schedule_created": schedule["CreationTime"],
                    "_monitor": monitor,
                    REGION: schedule[REGION],
                },
            )
            self._running[key] = epoch(created)
        return key

    def get(self, key: str) -> dict[str, Any]:
        """One execution."""
        found: dict[str, Any] = self.section.get(key)
        return found

    def change(self, key: str, moment: datetime, **members: Any) -> dict[str, Any]:
        """Change members of an execution, and tell who waits when that ends it."""
        with self._aws.lock:
            document = {**self.get(key), **members, "LastModifiedTime": epoch(moment)}
            if document["MonitoringExecutionStatus"] in TERMINAL:
                # What was run is needed no more, and is most of the document.
                document.pop("_monitor", None)
            self.section.put(key, document)
            if document["MonitoringExecutionStatus"] in TERMINAL:
                self._running.pop(key, None)
        if document["MonitoringExecutionStatus"] in TERMINAL:
            try:
                for call in self._aws.when_ended:
                    call(document)
            finally:
                with self._ended:
                    self._told.add(key)
                    self._ended.notify_all()
        return document

    def oldest_start(self) -> datetime | None:
        """When the oldest of those started that have not come to their end; None when all have."""
        with self._aws.lock:
            starts = list(self._running.values())
        return datetime.fromtimestamp(min(starts), UTC) if starts else None

    def all(self, region: str | None = None) -> list[dict[str, Any]]:
        """All, or those of a region."""
        return [one for one in self.section.values() if region is None or one[REGION] == region]

    def unfinished(self) -> list[str]:
        """Keys of those that have not come to their end, oldest first."""
        return [key for key, one in self.section.items() if one["MonitoringExecutionStatus"] not in TERMINAL]

    def of(self, schedule: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Those of a schedule, in the order they were due; not those of an earlier one of the same name."""
        found = [
            one
            for one in self.all(schedule[REGION])
            if one["_schedule_arn"] == schedule["MonitoringScheduleArn"]
            and one["_schedule_created"] == schedule["CreationTime"]
        ]
        return sorted(found, key=lambda one: (one["ScheduledTime"], one["_number"]))

    def last_of(self, schedule: Mapping[str, Any]) -> dict[str, Any] | None:
        """The latest of a schedule; None when it has not run yet."""
        found = self.of(schedule)
        return found[-1] if found else None

    def wait(self, keys: Collection[str], timeout: float) -> bool:
        """Wait until executions have come to their end and everybody was told (their alarms are evaluated).

        :param keys: of executions that were started by this process
        :returns: False when the time (seconds) was over before
        """
        deadline = time.monotonic() + timeout
        with self._ended:
            while not self._told.issuperset(keys):
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._ended.wait(min(left, 1.0))
        return True
