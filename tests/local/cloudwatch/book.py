"""A book of alarms that keeps what happens, for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_model_monitor.local.cloudwatch.alarm import Alarm, Transition
from airflow_model_monitor.local.cloudwatch.alarm_book import AlarmBook
from airflow_model_monitor.local.cloudwatch.datum import Datum
from airflow_model_monitor.local.cloudwatch.metric_store import Metric, MetricStore

START = datetime(2026, 3, 1, tzinfo=UTC)
METRIC = Metric("aws/sagemaker/Endpoints/data-metrics", "drift", (("Endpoint", "e"), ("MonitoringSchedule", "s")))
TOPIC = "arn:aws:sns:us-west-2:123456789012:drift"


class Kept:
    """Keeps alarms in memory, and every action and announcement."""

    def __init__(self) -> None:
        self.alarms: dict[str, Alarm] = {}
        self.items: list[Mapping[str, Any]] = []
        self.acted: list[tuple[str, str, str]] = []
        self.announced: list[Transition] = []
        self.store = MetricStore()
        self.book = AlarmBook(
            self.store,
            arn=lambda name: f"arn:aws:cloudwatch:us-west-2:123456789012:alarm:{name}",
            keeper=self,
            act=self._act,
            announce=self.announced.append,
        )

    @contextmanager
    def together(self) -> Iterator[None]:
        yield

    def alarm(self, alarm: Alarm, *, gone: bool = False) -> None:
        if gone:
            del self.alarms[alarm.name]
        else:
            self.alarms[alarm.name] = alarm

    def history(self, alarm: Alarm, item: Mapping[str, Any]) -> None:
        self.items.append(item)

    def _act(self, transition: Transition, action: str) -> str | None:
        self.acted.append((transition.alarm.name, transition.alarm.state.value, action))
        return None

    def put(self, name: str = "drifts", now: datetime = START, **given: Any) -> Alarm:
        """An alarm on METRIC above 0.1 for an hour."""
        return self.book.put_metric_alarm(
            {
                "AlarmName": name,
                "Namespace": METRIC.namespace,
                "MetricName": METRIC.name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in METRIC.dimensions],
                "Statistic": "Maximum",
                "Period": 3600,
                "EvaluationPeriods": 1,
                "Threshold": 0.1,
                "ComparisonOperator": "GreaterThanThreshold",
                "AlarmActions": [TOPIC],
                **given,
            },
            now,
        )

    def publish(self, value: float, stamped: datetime, arrived: datetime | None = None) -> None:
        moment = arrived or stamped
        self.store.put(METRIC, Datum(stamped, 1, value, value, value, ((value, 1.0),), arrived=moment))
        self.book.touched([METRIC])
        self.book.evaluate(moment)

    def state(self, name: str = "drifts") -> str:
        return self.book.get(name).state.value

    def changes(self) -> list[tuple[str, str, str]]:
        """Name, state and time of each change of state."""
        return [
            (one.alarm.name, one.alarm.state.value, f"{one.alarm.state.updated:%d %H:%M}") for one in self.announced
        ]


def hours(count: float) -> datetime:
    return START + timedelta(hours=count)
