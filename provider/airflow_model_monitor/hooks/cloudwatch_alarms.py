"""Alarms of CloudWatch, read, made and deleted with a boto3 client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.service.composite_alarm import deletion_batches, is_child
from airflow_model_monitor.service.metric_check import listed_metrics
from airflow_model_monitor.service.monitor_metric import SCHEDULE

if TYPE_CHECKING:
    from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
    from airflow_model_monitor.service.api_call import ApiCall
    from airflow_model_monitor.service.monitor_metric import MonitorMetric

_BOTH = ["MetricAlarm", "CompositeAlarm"]  # without this, AWS answers with metric alarms alone
_NAMES_PER_CALL = 100
_MOST_PAGES = 40


@dataclass(frozen=True, slots=True)
class ExistingAlarm:
    """An alarm as ``DescribeAlarms`` tells it."""

    name: str
    composite: bool
    described: Mapping[str, Any]

    @property
    def arn(self) -> str:
        return str(self.described["AlarmArn"])


class CloudWatchAlarms:
    """What operators and sensors do with alarms.

    :param client: a boto3 client of ``cloudwatch``
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    @classmethod
    def of(cls, hook: ModelMonitorHook) -> CloudWatchAlarms:
        """With a client of the hook's that keeps to the rate AWS allows: three alarms made in a second, as a rule."""
        from botocore.config import Config

        patience = {} if "retries" in hook.botocore_config else {"retries": {"mode": "adaptive", "max_attempts": 10}}
        return cls(hook.client("cloudwatch", config=Config(**patience)))

    def named(self, names: Sequence[str]) -> dict[str, ExistingAlarm]:
        """Those of these alarms that there are, by name."""
        found: dict[str, ExistingAlarm] = {}
        for start in range(0, len(names), _NAMES_PER_CALL):
            wanted = list(names[start : start + _NAMES_PER_CALL])
            found |= {one.name: one for one in self._described(AlarmNames=wanted) if one.name in wanted}
        return found

    def below(self, parent: str) -> list[ExistingAlarm]:
        """The alarms that our operator made below this name."""
        return [one for one in self._described(AlarmNamePrefix=parent) if is_child(parent, one.name)]

    def put(self, calls: Sequence[ApiCall]) -> None:
        """Make the alarms, or change those of their names; tags of alarms that were there are renewed too."""
        before = self.named([call.parameters["AlarmName"] for call in calls])
        for call in calls:
            name = call.parameters["AlarmName"]
            old = before.get(name)
            if old is not None and old.composite != (call.operation == "PutCompositeAlarm"):
                # A name belongs to one alarm, and an alarm of one kind cannot become one of the other.
                self._client.delete_alarms(AlarmNames=[name])
                old = None
            getattr(self._client, call.method)(**call.parameters)
            if old is not None and call.parameters.get("Tags"):
                # AWS passes over the tags in a request that changes an alarm.
                self._client.tag_resource(ResourceARN=old.arn, Tags=call.parameters["Tags"])

    def delete(self, alarms: Iterable[ExistingAlarm]) -> list[str]:
        """Delete alarms, composite ones first and one at a time as AWS asks; their names."""
        found = sorted(alarms, key=lambda one: one.name)  # a parent's name begins its children's names
        composites = [one.name for one in found if one.composite]
        others = [one.name for one in found if not one.composite]
        for batch in deletion_batches(composites, others):
            self._client.delete_alarms(AlarmNames=batch)
        return [*composites, *others]

    def metrics(self, namespace: str, schedule: str) -> tuple[MonitorMetric, ...]:
        """The metrics of a schedule that CloudWatch lists; where it lists none, those of the others."""
        mine = [{"Name": SCHEDULE, "Value": schedule}]
        return self._listed(Namespace=namespace, Dimensions=mine) or self._listed(Namespace=namespace)

    def _listed(self, **filters: Any) -> tuple[MonitorMetric, ...]:
        pages = self._client.get_paginator("list_metrics").paginate(**filters)
        return tuple(metric for _, page in zip(range(_MOST_PAGES), pages) for metric in listed_metrics(page))

    def _described(self, **filters: Any) -> Iterator[ExistingAlarm]:
        for page in self._client.get_paginator("describe_alarms").paginate(AlarmTypes=_BOTH, **filters):
            for key, composite in (("MetricAlarms", False), ("CompositeAlarms", True)):
                for one in page.get(key, ()):
                    yield ExistingAlarm(one["AlarmName"], composite, one)
