"""What an alarm of CloudWatch says when its state changes, in every envelope in which a queue may hand it over.

Four routes lead from an alarm to a queue: SNS (the message is a text inside SNS's envelope), SNS with raw delivery
(it stands alone), EventBridge (an event of its own shape), and EventBridge through SNS. All end in an
:class:`AlarmMessage`. Other things that come along the same routes, such as the state changes of processing jobs, are
:class:`OtherMessage`; what is neither raises.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final, Literal

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.timestamps import format_utc, parse_utc

AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
ALARM_STATES: Final[tuple[AlarmState, ...]] = ("OK", "ALARM", "INSUFFICIENT_DATA")
Route = Literal["sns", "raw", "eventbridge"]

_STATE_CHANGE: Final = "CloudWatch Alarm State Change"
_ENVELOPES: Final = 3
_LONGEST_TEXT: Final = 4096
_MOST_CHILDREN: Final = 100  # what a composite alarm may have
_REMEDY: Final = "Send only alarms' notifications to this queue: an SNS subscription or an EventBridge rule."


@dataclass(frozen=True, slots=True)
class AlarmMetric:
    """One metric that an alarm looks at; ``dimensions`` by name."""

    name: str
    namespace: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlarmMessage:
    """One change of an alarm's state.

    :param changed: when the state changed
    :param arn: None where the message names no alarm by its ARN
    :param metrics: none for a composite alarm, several for one on metric math
    :param rule: of a composite alarm
    :param children: ARNs of the alarms that changed a composite one
    :param threshold: None for a composite alarm, or where it is computed (anomaly detection)
    :param route: how the message came
    """

    alarm_name: str
    state: AlarmState
    changed: datetime
    previous_state: str | None = None
    reason: str | None = None
    arn: str | None = None
    account: str | None = None
    region: str | None = None
    metrics: tuple[AlarmMetric, ...] = ()
    rule: str | None = None
    children: tuple[str, ...] = ()
    threshold: float | None = None
    route: Route = "raw"

    @property
    def dedup(self) -> str:
        """The same for every delivery of one change of state, on whatever route, and for nothing else."""
        alarm = self.arn or ":".join(filter(None, (self.account, self.region, self.alarm_name)))
        return f"{alarm}|{self.state}|{format_utc(self.changed)}"

    def dimension(self, name: str) -> str | None:
        """The value of a dimension where the alarm's metrics have one and the same."""
        values = {metric.dimensions[name] for metric in self.metrics if name in metric.dimensions}
        return values.pop() if len(values) == 1 else None

    def to_document(self) -> dict[str, Any]:
        """All of it as JSON; ``endpoint`` and ``monitoring_schedule`` are None where no dimension says."""
        return {
            "alarm_name": self.alarm_name,
            "state": self.state,
            "previous_state": self.previous_state,
            "state_changed": format_utc(self.changed),
            "reason": self.reason,
            "alarm_arn": self.arn,
            "account": self.account,
            "region": self.region,
            "endpoint": self.dimension("Endpoint"),
            "monitoring_schedule": self.dimension("MonitoringSchedule"),
            "metrics": [
                {"name": one.name, "namespace": one.namespace, "dimensions": dict(one.dimensions)}
                for one in self.metrics
            ],
            "threshold": self.threshold,
            "rule": self.rule,
            "children": list(self.children),
            "route": self.route,
            "dedup": self.dedup,
        }


@dataclass(frozen=True, slots=True)
class OtherMessage:
    """Something that is known and is no change of an alarm's state: ``kind`` says what."""

    kind: str


def parse_alarm_message(body: str) -> AlarmMessage | OtherMessage:
    """The message in the body of a queue's message.

    :raises ContractError: it is nothing that SNS, CloudWatch or EventBridge sends, or lacks what an alarm's message has
    """
    document = _object(body, "the message")
    route: Route = "raw"
    sent: str | None = None
    for _ in range(_ENVELOPES):
        if "detail-type" in document:
            return _from_event(document, sent)
        if "Message" not in document or "AlarmName" in document:
            break
        kind = str(document.get("Type", "Notification"))
        if kind != "Notification":
            return OtherMessage(f"SNS {_clean(kind)}")
        route, sent = "sns", _text(document, "Timestamp")
        document = _object(document["Message"], "the Message in SNS's envelope")
    return _from_notification(document, route, sent)


def _from_notification(document: Mapping[str, Any], route: Route, sent: str | None) -> AlarmMessage:
    trigger = document.get("Trigger")
    trigger = trigger if isinstance(trigger, dict) else {}
    arn = _text(document, "AlarmArn")
    return AlarmMessage(
        alarm_name=_needed(document, "AlarmName"),
        state=_state(_needed(document, "NewStateValue"), "NewStateValue"),
        changed=_moment(_text(document, "StateChangeTime") or sent, "StateChangeTime"),
        previous_state=_text(document, "OldStateValue"),
        reason=_text(document, "NewStateReason"),
        arn=arn,
        account=_text(document, "AWSAccountId") or _part(arn, 4),
        region=_part(arn, 3) or _text(document, "Region"),
        metrics=tuple(_of_trigger(trigger)),
        rule=_text(document, "AlarmRule"),
        children=_children(document.get("TriggeringChildren")),
        threshold=_number(trigger.get("Threshold")),
        route=route,
    )


def _from_event(document: Mapping[str, Any], sent: str | None) -> AlarmMessage | OtherMessage:
    kind = _clean(str(document["detail-type"]))
    detail = document.get("detail")
    if document.get("source") != "aws.cloudwatch" or kind != _STATE_CHANGE:
        return OtherMessage(f"{kind}{_subject(detail)}")
    if not isinstance(detail, dict):
        raise _missing("detail")
    state, previous = _part_of(detail, "state"), _part_of(detail, "previousState")
    settings = _part_of(detail, "configuration")
    resources = document.get("resources")
    arns = [str(one) for one in resources if ":alarm:" in str(one)] if isinstance(resources, list) else []
    arn = _clean(arns[0]) if arns else None
    return AlarmMessage(
        alarm_name=_needed(detail, "alarmName", "detail."),
        state=_state(_needed(state, "value", "detail.state."), "detail.state.value"),
        changed=_moment(_text(state, "timestamp") or _text(document, "time") or sent, "detail.state.timestamp"),
        previous_state=_text(previous, "value"),
        reason=_text(state, "reason"),
        arn=arn,
        account=_text(document, "account") or _part(arn, 4),
        region=_text(document, "region") or _part(arn, 3),
        metrics=tuple(_of_queries(settings.get("metrics"), "metricStat", "metric", "name", "namespace", "dimensions")),
        rule=_text(settings, "alarmRule"),
        threshold=_number(settings.get("threshold")),
        route="eventbridge",
    )


def _of_trigger(trigger: Mapping[str, Any]) -> Iterator[AlarmMetric]:
    if _text(trigger, "MetricName"):
        yield _metric(trigger, "MetricName", "Namespace", "Dimensions")
    yield from _of_queries(trigger.get("Metrics"), "MetricStat", "Metric", "MetricName", "Namespace", "Dimensions")


def _of_queries(queries: Any, stat: str, metric: str, *keys: str) -> Iterator[AlarmMetric]:
    """The metrics that metric math is made of; expressions are none themselves."""
    for query in queries if isinstance(queries, list) else ():
        if isinstance(query, dict) and (found := _part_of(_part_of(query, stat), metric)):
            yield _metric(found, *keys)


def _metric(found: Mapping[str, Any], name: str, namespace: str, dimensions: str) -> AlarmMetric:
    return AlarmMetric(
        _text(found, name) or "", _text(found, namespace) or "", dict(_dimensions(found.get(dimensions)))
    )


def _dimensions(given: Any) -> Iterator[tuple[str, str]]:
    # SNS spells the members of a dimension in lower case, the API in upper case, and EventBridge sends a mapping.
    if isinstance(given, dict):
        yield from ((_clean(str(name)), _clean(str(value))) for name, value in given.items())
    for one in given if isinstance(given, list) else ():
        if isinstance(one, dict):
            name, value = one.get("name", one.get("Name")), one.get("value", one.get("Value"))
            if name is not None and value is not None:
                yield _clean(str(name)), _clean(str(value))


def _children(given: Any) -> tuple[str, ...]:
    found = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    arns = (_text(one, "Arn") for one in found[:_MOST_CHILDREN])
    return tuple(arn for arn in arns if arn)


def _subject(detail: Any) -> str:
    found = detail if isinstance(detail, dict) else {}
    keys = ("ProcessingJobName", "ProcessingJobStatus", "MonitoringScheduleName", "alarmName")
    named = [text for key in keys if (text := _text(found, key))]
    return f" ({' '.join(named)})" if named else ""


def _object(text: Any, what: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise ContractError(f"{what} is no text but {type(text).__name__}", remedy=_REMEDY)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"{what} is no JSON ({error}): {_clean(text[:80])!r}", remedy=_REMEDY) from None
    if not isinstance(found, dict):
        raise ContractError(f"{what} is no JSON object but {type(found).__name__}", remedy=_REMEDY)
    return found


def _needed(found: Mapping[str, Any], key: str, place: str = "") -> str:
    text = _text(found, key)
    if not text:
        raise _missing(f"{place}{key}")
    return text


def _missing(field: str) -> ContractError:
    return ContractError("the message of an alarm has this, and this one has not", field=field, remedy=_REMEDY)


def _state(value: str, field: str) -> AlarmState:
    for state in ALARM_STATES:
        if value == state:
            return state
    raise ContractError(f"{value!r} is no state of an alarm ({', '.join(ALARM_STATES)})", field=field, remedy=_REMEDY)


def _moment(text: str | None, field: str) -> datetime:
    if text is None:
        raise _missing(field)
    # CloudWatch counts milliseconds; a route that counts further must not make another change of it.
    moment = parse_utc(text, field=field)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000).astimezone(UTC)


def _part_of(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = found.get(key)
    return part if isinstance(part, dict) else {}


def _part(arn: str | None, place: int) -> str | None:
    parts: Sequence[str] = (arn or "").split(":")
    return parts[place] or None if len(parts) > place else None


def _text(found: Mapping[str, Any], key: str) -> str | None:
    value = found.get(key)
    return _clean(value) if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    # JSON knows no NaN and no infinity, Python's reader does, and a database would refuse the event.
    usable = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if usable else None


def _clean(text: str) -> str:
    """The text as a database takes it: no NUL, no half of a surrogate pair, no endless length."""
    return text[:_LONGEST_TEXT].replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
