"""Who starts executions when they are due, and moves a simulated clock from one due time to the next."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.clock import SimulatedClock
from airflow_model_monitor.local.endpoints import data_capture
from airflow_model_monitor.local.schedules import DUE_FROM, REGION
from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.monitor_kind import KINDS
from airflow_model_monitor.service.windows import DAY, Window

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

DAILY: Final = CronExpression.daily(0)
"""When a schedule without a schedule expression runs; SageMaker picks some hour of the day, here it is midnight UTC."""
_LOOK: Final = 1.0


class Scheduler:
    """A thread that settles pending schedules and, by a real clock, starts what is due."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._stopped = False
        self._wake = threading.Condition()
        self._moving = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin; what was due while a server by a real clock was off is made up for, of the last day."""
        if not self._aws.clock.simulated:
            self._forget_before(self._aws.clock.now() - DAY)
        self._thread.start()

    def wake(self) -> None:
        """Something has changed: look at once."""
        with self._wake:
            self._wake.notify_all()

    def stop(self) -> None:
        """End the thread."""
        self._stopped = True
        self.wake()
        if self._thread.is_alive():
            self._thread.join()

    def move(self, to: datetime) -> list[str]:
        """Move a simulated clock, stopping at each due time in between, in order; returns the executions started.

        :raises ServiceError: backwards, or no simulated clock
        """
        clock = self._aws.clock
        assert isinstance(clock, SimulatedClock)
        delay = timedelta(seconds=self._aws.settings.start_delay)
        started: list[str] = []
        with self._moving:
            for call in self._aws.before_move:
                call()
            # Who moves the clock has waited long enough.
            self._aws.schedules.settle(at_once=True)
            while True:
                times = [due + delay for due in self._next_due() if due + delay <= to]
                if not times:
                    break
                clock.move(max(min(times), clock.now()))
                started += self.start_due()
                self._tell(clock.now())
            clock.move(to)
            self._tell(to)
        return started

    def start_due(self) -> list[str]:
        """Start all executions that are due by now; returns their keys."""
        present = self._aws.clock.now() - timedelta(seconds=self._aws.settings.start_delay)
        started: list[tuple[datetime, str]] = []
        with self._aws.lock, self._aws.journal.together():
            for schedule in list(self._aws.schedules.all()):
                started += [(due, self._start(schedule, due)) for due in _due_until(schedule, present)]
        started.sort(key=lambda one: one[0])
        for _, key in started:
            self._aws.queue.add_execution(key)
        return [key for _, key in started]

    def _start(self, schedule: dict[str, Any], due: datetime) -> str:
        schedule[DUE_FROM] = due.timestamp()
        if _is_now(schedule):
            schedule["_ran"] = True
        self._aws.schedules.section.put(f"{schedule[REGION]}/{schedule['MonitoringScheduleName']}", schedule)
        created = due + timedelta(seconds=self._aws.settings.start_delay)
        if not self._aws.clock.simulated:
            created = self._aws.clock.now()
        return self._aws.executions.add(schedule, due, created, self._stored_monitor(schedule))

    def _stored_monitor(self, schedule: Mapping[str, Any]) -> dict[str, Any]:
        """What an execution runs, as JSON: its schedule may be changed while it waits."""
        region, name = schedule[REGION], schedule.get("_definition")
        definition = None
        if name is not None:
            section = f"{KINDS[schedule['MonitoringType']].definition_prefix}s"
            definition = self._aws.journal.section(section).get(f"{region}/{name}")
        endpoint = schedule.get("EndpointName")
        capture = None if endpoint is None else data_capture(self._aws, region, endpoint)
        return {
            "schedule": {
                "MonitoringScheduleName": schedule["MonitoringScheduleName"],
                "MonitoringScheduleConfig": schedule["MonitoringScheduleConfig"],
            },
            "definition": definition,
            "captured_data_uri": None if capture is None else capture.uri,
            "variant": "AllTraffic" if capture is None else capture.variant,
            "baselining_output_uri": self._baselining_output(region, schedule, definition),
        }

    def _baselining_output(
        self, region: str, schedule: Mapping[str, Any], definition: Mapping[str, Any] | None
    ) -> str | None:
        inline = schedule["MonitoringScheduleConfig"].get("MonitoringJobDefinition") or {}
        member = f"{schedule['MonitoringType']}BaselineConfig"
        baseline = (definition or {}).get(member) or inline.get("BaselineConfig") or {}
        job = self._aws.processing_jobs.section.get(f"{region}/{baseline.get('BaseliningJobName')}")
        outputs = ((job or {}).get("ProcessingOutputConfig") or {}).get("Outputs") or []
        return outputs[0]["S3Output"]["S3Uri"] if outputs else None

    def _next_due(self) -> list[datetime]:
        found = []
        for schedule in self._aws.schedules.all():
            if schedule["MonitoringScheduleStatus"] != "Scheduled":
                continue
            since = datetime.fromtimestamp(schedule[DUE_FROM], UTC)
            if _is_now(schedule):
                if not schedule.get("_ran"):
                    found.append(since)
            else:
                found.append(_cron(schedule).next_after(since))
        return found

    def _forget_before(self, moment: datetime) -> None:
        with self._aws.lock, self._aws.journal.together():
            for key, schedule in self._aws.schedules.section.items():
                if schedule[DUE_FROM] < moment.timestamp() and not _is_now(schedule):
                    schedule[DUE_FROM] = moment.timestamp()
                    self._aws.schedules.section.put(key, schedule)

    def _tell(self, moment: datetime) -> None:
        for call in self._aws.when_moved:
            call(moment)

    def _loop(self) -> None:
        while not self._stopped:
            try:
                self._aws.schedules.settle()
                self._look()
            except Exception:  # noqa: BLE001 - a thread of a server says what happened and goes on
                traceback.print_exc(file=sys.stderr)
            soon = self._aws.schedules.next_settling()
            with self._wake:
                if not self._stopped:
                    self._wake.wait(_LOOK if soon is None else min(_LOOK, soon + 0.01))

    def _look(self) -> None:
        """Start what is due; by a simulated clock only ``NOW`` can be, and what was restored."""
        with self._moving:
            self.start_due()
        if not self._aws.clock.simulated:
            self._tell(self._aws.clock.now())


def _due_until(schedule: Mapping[str, Any], present: datetime) -> list[datetime]:
    """Due times of a schedule that have come and were not started."""
    if schedule["MonitoringScheduleStatus"] != "Scheduled":
        return []
    since = datetime.fromtimestamp(schedule[DUE_FROM], UTC)
    if _is_now(schedule):
        return [] if schedule.get("_ran") or since > present else [since]
    return list(_cron(schedule).due_in(Window(since, present))) if since < present else []


def _cron(schedule: Mapping[str, Any]) -> CronExpression:
    config = schedule["MonitoringScheduleConfig"].get("ScheduleConfig")
    return DAILY if config is None else CronExpression(config["ScheduleExpression"])


def _is_now(schedule: Mapping[str, Any]) -> bool:
    return _cron(schedule).is_now
