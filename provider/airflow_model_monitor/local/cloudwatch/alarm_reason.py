"""Why an alarm changed its state, in CloudWatch's words: people and programs read these sentences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from airflow_model_monitor.local.cloudwatch.alarm_evaluation import Criterion, Judgement, StateValue

_PHRASES: Final = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
UNCHECKED: Final = "Unchecked: Initial alarm creation"


def alarm_time(moment: datetime) -> str:
    """A moment as alarms write it: ``2026-11-22T18:05:00.000+0000``."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def reason(criterion: Criterion, judgement: Judgement, state: StateValue, *, m_of_n: bool) -> str:
    """The sentence for a metric alarm's new state.

    :param m_of_n: whether the alarm states its datapoints to alarm
    """
    missing = judgement.filled
    if state == "INSUFFICIENT_DATA":
        count = max(missing, 1)
        return f"Insufficient Data: {count} {_plural('datapoint', count)} {_were(count)} unknown."
    breaching = state == "ALARM"
    filled = ""
    if missing:
        kind = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(criterion.treat_missing_data, "Missing")
        filled = f"{missing} missing {_plural('datapoint', missing)} {_were(missing)} treated as [{kind}]"
    if not judgement.judged:
        return (
            f"Threshold Crossed: no datapoints were received for {missing} {_plural('period', missing)} and {filled}."
        )
    shown = [one for one in judgement.judged if criterion.breaches(one.value) == breaching] or list(judgement.judged)
    values = ", ".join(f"{point.value} ({point.start:%d/%m/%y %H:%M:%S})" for point in shown)
    count = len(shown)
    many = f"{count} out of the last {criterion.evaluation_periods} datapoints" if m_of_n else _counted(count)
    phrase = _PHRASES[criterion.comparison]
    verdict = f"{_were(count)} {'' if breaching else 'not '}{phrase} the threshold ({criterion.threshold})"
    sentence = f"Threshold Crossed: {many} [{values}] {verdict}"
    if filled:
        sentence += f" and {filled}"
    if m_of_n:
        needed = (
            criterion.datapoints_to_alarm
            if breaching
            else criterion.evaluation_periods - criterion.datapoints_to_alarm + 1
        )
        change = "OK -> ALARM" if breaching else "ALARM -> OK"
        sentence += f" (minimum {_counted(needed)} for {change} transition)"
    return f"{sentence}."


def reason_data(
    criterion: Criterion, judgement: Judgement, now: datetime, *, statistic: str | None, period: int, unit: str | None
) -> str:
    """The same for programs: JSON text."""
    points = sorted(judgement.judged, key=lambda point: point.start)
    document: dict[str, Any] = {"version": "1.0", "queryDate": alarm_time(now)}
    if points:
        document["startDate"] = alarm_time(points[0].start)
    if unit is not None:
        document["unit"] = unit
    if statistic is not None:
        document["statistic"] = statistic
    document["period"] = period
    document["recentDatapoints"] = [point.value for point in points]
    document["threshold"] = criterion.threshold
    document["evaluatedDatapoints"] = [
        {
            "timestamp": alarm_time(point.start),
            **({} if point.sample_count is None else {"sampleCount": point.sample_count}),
            "value": point.value,
        }
        for point in judgement.judged
    ]
    return json.dumps(document, separators=(",", ":"))


def composite_reason(child: str, state: str, moment: datetime) -> str:
    """The sentence for a composite alarm that followed another.

    :param child: ARN of the alarm it followed, which is in ``state`` since ``moment``
    """
    return f"{child} transitioned to {state} at {moment:%A %d %B, %Y %H:%M:%S} UTC"


def composite_put_reason(arn: str, state: str, verb: str) -> str:
    """The sentence for a composite alarm that was ``created`` or ``updated`` just now."""
    return f"{arn} was {verb} and its alarm rule evaluates to {state}"


def composite_reason_data(children: Sequence[tuple[str, str, datetime]]) -> str:
    """Which alarms a composite alarm followed: ARN, state and time of each, as JSON text."""
    triggers = [
        {"arn": arn, "state": {"value": value, "timestamp": alarm_time(moment)}} for arn, value, moment in children
    ]
    return json.dumps({"triggeringAlarms": triggers}, separators=(",", ":"))


def _counted(count: int) -> str:
    return f"{count} {_plural('datapoint', count)}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
