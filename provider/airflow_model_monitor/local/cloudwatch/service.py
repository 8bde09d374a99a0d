"""The local CloudWatch as a part of the local SageMaker: metrics and alarms per account and region, durable."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace as with_changes
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.cloudwatch import alarm_message
from airflow_model_monitor.local.cloudwatch.alarm import Alarm, Transition
from airflow_model_monitor.local.cloudwatch.alarm_book import AlarmBook
from airflow_model_monitor.local.cloudwatch.datum import Datum
from airflow_model_monitor.local.cloudwatch.metric_store import Metric, MetricStore
from airflow_model_monitor.local.event_bridge import send_event

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

_PAST: Final = timedelta(days=14)
_FUTURE: Final = timedelta(hours=2)
_FIRST_LOOK: Final = 2.0
"""Seconds after an alarm is put until it is evaluated, should nothing else do so; CloudWatch takes up to a minute."""


class Place:
    """Metrics and alarms of one account and region.

    :param service: whose they are
    """

    def __init__(self, service: CloudWatch, account: str, region: str) -> None:
        self.account, self.region = account, region
        self.store = MetricStore()
        partition = service.aws.arn(region, "x", "x").split(":")[1]
        self.book = AlarmBook(
            self.store,
            arn=lambda name: f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}",
            keeper=service,
            act=service.act,
            announce=service.announce,
        )


class CloudWatch:
    """Metrics, alarms, and what follows.

    :param aws: the local SageMaker this belongs to
    """

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self._metrics = aws.journal.section("cloudwatch-metrics")
        self._alarms = aws.journal.section("cloudwatch-alarms")
        self._tags = aws.journal.section("cloudwatch-tags")
        self._history = aws.journal.section("cloudwatch-history")
        kept = [int(key) for section in (self._metrics, self._history) for key, _ in section.items()]
        self._numbers = itertools.count(max(kept, default=0) + 1)
        self._places: dict[tuple[str, str], Place] = {}
        self._timer: threading.Timer | None = None
        self._look_at = 0.0
        self._stopped = False
        self._lock = threading.RLock()
        self._replaced: Any = None
        aws.when_moved.append(lambda now: self.evaluate())
        aws.when_ended.append(lambda execution: self.evaluate())
        aws.publish = self.publish
        aws.before_moto.append(self._take_over)

    def start(self) -> None:
        """Restore what was kept."""
        now = self.aws.clock.now()
        for kept in (document for _, document in self._metrics.items()):
            metric = Metric(kept["namespace"], kept["name"], tuple((name, value) for name, value in kept["dimensions"]))
            self.place(kept["account"], kept["region"]).store.put(metric, Datum.from_document(kept["datum"]))
        for kept in (document for _, document in self._alarms.items()):
            alarm = Alarm.from_document(kept)
            self.place(alarm.account, alarm.region).book.restore(alarm, now)

    def stop(self) -> None:
        """Give moto its actions back; what is kept is kept."""
        with self._lock:
            self._stopped, timer = True, self._timer
        if timer is not None:
            timer.cancel()
            timer.join()
        if self._replaced is not None:
            self._replaced.restore()
            self._replaced = None

    def _take_over(self, application: Any) -> Any:
        """Answer in moto's place, from when moto is first needed: importing it takes its time."""
        from airflow_model_monitor.local.cloudwatch.actions import replace_actions

        self._replaced = replace_actions(self)
        return application

    def place(self, account: str, region: str) -> Place:
        """Metrics and alarms of an account and region."""
        with self._lock:
            key = (account, region)
            if key not in self._places:
                self._places[key] = Place(self, account, region)
            return self._places[key]

    def publish(
        self, region: str, namespace: str, records: Sequence[Mapping[str, Any]], arrived: datetime | None = None
    ) -> None:
        """Take the metric records of a job. Each keeps its own time, however long ago: executions catch up.

        :param arrived: when the job sent them, by its own time; None is the clock's
        """
        timed = [{**record, "Timestamp": datetime.fromisoformat(record["Timestamp"])} for record in records]
        self._put(self.place(self.aws.account, region), namespace, timed, arrived)

    def put_metric_data(self, place: Place, namespace: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Take what a user publishes.

        :raises ValueError: what CloudWatch refuses, in its words: the whole request counts for nothing
        """
        if not namespace:
            raise ValueError("The parameter Namespace is required.")
        if namespace.startswith("AWS/"):
            raise ValueError("The value AWS/ for parameter Namespace is invalid.")
        if len(entries) > 1000:
            raise ValueError("The collection MetricData must not have a size greater than 1000.")
        presents = (self.aws.clock.now(), datetime.now(UTC))
        for number, entry in enumerate(entries, start=1):
            stated = entry.get("Timestamp")
            # By the local clock or by this machine's: clients stamp with theirs.
            if stated is not None and not any(now - _PAST <= stated <= now + _FUTURE for now in presents):
                raise ValueError(
                    f"The parameter MetricData.member.{number}.Timestamp must specify a time within the past two "
                    "weeks and no more than two hours in the future of the local clock, which says "
                    f"{presents[0].isoformat()}."
                )
        self._put(place, namespace, entries)

    def _put(
        self,
        place: Place,
        namespace: str,
        entries: Sequence[Mapping[str, Any]],
        arrived: datetime | None = None,
    ) -> None:
        now = arrived or self.aws.clock.now()
        data: list[tuple[Metric, Datum]] = []
        for number, entry in enumerate(entries, start=1):
            where = f"MetricData.member.{number}"
            if not entry.get("MetricName"):
                raise ValueError(f"The parameter {where}.MetricName is required.")
            if len(entry.get("Dimensions") or ()) > 30:
                raise ValueError(f"The collection {where}.Dimensions must not have a size greater than 30.")
            moment = (entry.get("Timestamp") or now).astimezone(UTC)
            datum = with_changes(Datum.from_api(entry, moment, where), arrived=now)
            data.append((Metric.from_api(entry, namespace), datum))
        with place.book.lock:
            with self.aws.journal.together():
                for metric, datum in data:
                    self._metrics.put(str(next(self._numbers)), _kept(place, metric, datum))
                    place.store.put(metric, datum)
            place.book.touched(metric for metric, _ in data)
        self.evaluate()

    def evaluate(self) -> None:
        """Bring all alarms to the present, through all that changed on the way.

        A simulated clock may have been moved over hours whose executions still run: alarms then wait for them at the
        time they were due, and see all data in the order they would have come in.
        """
        present = self.aws.clock.now()
        if self.aws.clock.simulated:
            present = min(present, self.aws.executions.oldest_start() or present)
        for place in list(self._places.values()):
            place.book.evaluate(present)

    def look_soon(self) -> None:
        """Evaluate in a moment: an alarm was put, and nothing may come that would have it looked at."""
        with self._lock:
            self._look_at = time.monotonic() + _FIRST_LOOK
            if self._timer is None:
                self._look_in(_FIRST_LOOK)

    def _look_in(self, seconds: float) -> None:
        self._timer = None
        if not self._stopped:
            self._timer = threading.Timer(seconds, self._look)
            self._timer.daemon = True
            self._timer.start()

    def _look(self) -> None:
        if time.monotonic() >= self._look_at:
            self.evaluate()
        with self._lock:
            self._timer = None
            left = self._look_at - time.monotonic()
            if left > 0:  # alarms that were put since
                self._look_in(left)

    def together(self) -> AbstractContextManager[None]:
        """See :class:`.AlarmKeeper`."""
        return self.aws.journal.together()

    def alarm(self, alarm: Alarm, *, gone: bool = False) -> None:
        """See :class:`.AlarmKeeper`."""
        if gone:
            self._alarms.delete(alarm.arn)
        else:
            self._alarms.put(alarm.arn, alarm.to_document())

    def history(self, alarm: Alarm, item: Mapping[str, Any]) -> None:
        """See :class:`.AlarmKeeper`."""
        self._history.put(str(next(self._numbers)), {**item, "account": alarm.account, "region": alarm.region})

    def history_of(self, account: str, region: str) -> list[dict[str, Any]]:
        """All items of history of an account and region, oldest first."""
        return [
            {name: value for name, value in item.items() if name not in ("account", "region")}
            for _, item in self._history.items()
            if (item["account"], item["region"]) == (account, region)
        ]

    def put_tags(self, arn: str, tags: Sequence[Mapping[str, str]] | None, *, replace: bool = False) -> None:
        """Add tags to an alarm's, or put them in their place."""
        kept = {} if replace else self._tags.get(arn) or {}
        kept |= {tag["Key"]: tag["Value"] for tag in tags or ()}
        if kept:
            self._tags.put(arn, kept)
        else:
            self._tags.delete(arn)

    def drop_tags(self, arn: str, keys: Sequence[str]) -> None:
        """Take tags from an alarm."""
        left = {key: value for key, value in (self._tags.get(arn) or {}).items() if key not in keys}
        self.put_tags(arn, [{"Key": key, "Value": value} for key, value in left.items()], replace=True)

    def tags_of(self, arn: str) -> list[dict[str, str]]:
        """An alarm's tags."""
        return [{"Key": key, "Value": value} for key, value in (self._tags.get(arn) or {}).items()]

    def act(self, transition: Transition, action: str) -> str | None:
        """Do one action of an alarm: publish to a topic. See :class:`.AlarmBook`."""
        from moto.sns.models import sns_backends

        self.aws.moto_ready()
        _, _, service, region, account, *_ = action.split(":")
        if service != "sns":
            return f"The local CloudWatch publishes to SNS topics alone, not to {service}"
        try:
            sns_backends[account][region].publish(
                json.dumps(alarm_message.sns_message(transition)), action, subject=alarm_message.subject(transition)
            )
        except Exception as error:  # noqa: BLE001 - CloudWatch notes what an action failed of and goes on
            return str(error) or repr(error)
        self.aws.sync()
        return None

    def announce(self, transition: Transition) -> None:
        """Tell EventBridge. See :class:`.AlarmBook`."""
        alarm = transition.alarm
        self.aws.moto_ready()
        delivered = send_event(
            account=alarm.account,
            region=alarm.region,
            source=alarm_message.EVENT_SOURCE,
            kind=alarm_message.EVENT_TYPE,
            resources=[alarm.arn],
            detail=alarm_message.event_detail(transition),
            now=alarm.state.updated,
        )
        if delivered:
            self.aws.sync()


def _kept(place: Place, metric: Metric, datum: Datum) -> dict[str, Any]:
    return {
        "account": place.account,
        "region": place.region,
        "namespace": metric.namespace,
        "name": metric.name,
        "dimensions": [list(pair) for pair in metric.dimensions],
        "datum": datum.to_document(),
    }
