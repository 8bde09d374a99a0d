"""Monitoring schedules as they are kept: what ``DescribeMonitoringSchedule`` answers, and how they pass their states.

A change is taken at once and carried out a moment later: the schedule is ``Pending`` until then, as at AWS. What it
will be is durable too, so that a restarted server carries it out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.errors import not_found, validation_error
from airflow_model_monitor.local.tags import put_tags

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws
    from airflow_model_monitor.local.section import Section

ARN_KIND: Final = "monitoring-schedule"
DELETED: Final = "Deleted"
#: Members of our own beside those of the API: the state a pending schedule will have, and the time (epoch) from which
#: on executions are due.
BECOMES: Final = "_becomes"
DUE_FROM: Final = "_due_from"
REGION: Final = "_region"


class Schedules:
    """All schedules of one local SageMaker, by ``region/name``."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self.section: Section = aws.journal.section("monitoring-schedules")
        # When pending ones settle, on this process's own clock; those of an earlier process do at once.
        self._settle_at: dict[str, float] = {}

    def all(self, region: str | None = None) -> Iterator[dict[str, Any]]:
        """All, or those of a region, each in its present state."""
        self.settle()
        for one in self.section.values():
            if region is None or one[REGION] == region:
                yield one

    def get(self, region: str, name: str) -> dict[str, Any]:
        """One schedule.

        :raises ServiceError: there is none
        """
        self.settle()
        found: dict[str, Any] | None = self.section.get(f"{region}/{name}")
        if found is None:
            raise not_found(f"Monitoring Schedule {self._aws.arn(region, ARN_KIND, name)} not found")
        return found

    def settled(self, region: str, name: str) -> dict[str, Any]:
        """One schedule that can be changed.

        :raises ServiceError: there is none, or it is still ``Pending``
        """
        found = self.get(region, name)
        if found["MonitoringScheduleStatus"] == "Pending":
            raise validation_error(
                f"Cannot change or delete Monitoring schedule {name}: Monitoring schedule in status Pending. Wait "
                "until it is Scheduled or Stopped."
            )
        return found

    def put(self, document: dict[str, Any], becomes: str) -> None:
        """Keep a schedule as ``Pending``, to be carried into another state (or :data:`DELETED`) in a moment."""
        document |= {
            "MonitoringScheduleStatus": "Pending",
            "LastModifiedTime": self._aws.epoch(),
            BECOMES: becomes,
        }
        key = f"{document[REGION]}/{document['MonitoringScheduleName']}"
        self._settle_at[key] = time.monotonic() + self._aws.settings.pending
        self.section.put(key, document)
        self._tell(document)
        self._aws.scheduler.wake()

    def settle(self, *, at_once: bool = False) -> None:
        """Carry out what has been pending for long enough.

        :param at_once: all that is pending, however short
        """
        present = time.monotonic()
        with self._aws.lock, self._aws.journal.together():
            for key, one in self.section.items():
                if BECOMES in one and (at_once or self._settle_at.get(key, 0.0) <= present):
                    self._settle_at.pop(key, None)
                    self._carry_out(key, one)

    def next_settling(self) -> float | None:
        """Seconds until something pending settles; None when nothing is."""
        pending = list(self._settle_at.values())
        return max(0.0, min(pending) - time.monotonic()) if pending else None

    def _carry_out(self, key: str, document: dict[str, Any]) -> None:
        becomes = document.pop(BECOMES)
        if becomes == DELETED:
            self.section.delete(key)
            put_tags(self._aws, document["MonitoringScheduleArn"], None)
            return
        document["MonitoringScheduleStatus"] = becomes
        self.section.put(key, document)
        self._tell(document)

    def _tell(self, document: dict[str, Any]) -> None:
        for call in self._aws.when_changed:
            call(ARN_KIND, document)
