"""A few lines for people about violations, or an alarm: what drifted, since when, how much, and where to look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from airflow_model_monitor.contract.clarify_violations import BiasViolation, ClarifyViolations
from airflow_model_monitor.contract.execution import Execution, Window
from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations
from airflow_model_monitor.contract.timestamps import parse_utc
from airflow_model_monitor.contract.violations import ConstraintViolations

MOST_LINES: Final = 5
MAX_SUBJECT: Final = 99  # SNS takes fewer than a hundred characters
_NAMES: Final[Mapping[str, str]] = {
    "DataQuality": "data quality",
    "ModelQuality": "model quality",
    "ModelBias": "model bias",
    "ModelExplainability": "model explainability",
}
_NUMBER: Final = r"(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
# The sentences of the contract, whose numbers have up to seventeen digits.
_SENTENCES: Final[Sequence[tuple[re.Pattern[str], str]]] = (
    (re.compile(rf"Baseline drift distance: {_NUMBER} exceeds threshold: {_NUMBER}"), "drift {}, threshold {}"),
    (re.compile(rf"Metric value {_NUMBER} doesn't meet .* requirement {_NUMBER}"), "{}, baseline {}"),
    (re.compile(rf"Feature attribution drift {_NUMBER} exceeds threshold {_NUMBER}"), "NDCG {}, threshold {}"),
    (re.compile(rf"Metric \S+ with {_NUMBER} .*?was (?:Less|Greater)ThanThreshold '{_NUMBER}'"), "{}, threshold {}"),
)


@dataclass(frozen=True, slots=True)
class DriftMessage:
    """A subject of fewer than a hundred characters, and a text of a few lines."""

    subject: str
    text: str


def drift_message(
    execution: Execution,
    violations: bytes | str | None,
    *,
    since: Window | None = None,
    windows: int = 1,
    report: str | None = None,
    files: str | None = None,
) -> DriftMessage:
    """The message about one execution.

    :param violations: its constraint_violations.json; None where there is none
    :param since: the first window of an unbroken row of windows in violation that this one ends
    :param windows: how many windows that row has
    :param report: address of the report
    :param files: address of the published files
    """
    lines = list(_lines(execution, violations))
    kind = _NAMES.get(execution.monitor_type, execution.monitor_type)
    head = f"{execution.violations} violation{'s' if execution.violations != 1 else ''} of {kind}"
    where = f", endpoint {execution.endpoint}" if execution.endpoint else ""
    text = [f"Monitor {execution.monitor}{where}: {head}"]
    if execution.window is not None:
        row = f", the {_ordinal(windows)} window in a row" if windows > 1 else ""
        begun = since or execution.window
        text.append(f"Window {_span(execution.window)}, {execution.rows or 0} rows")
        text.append(f"In violation since {_minute(begun.start)}{row}")
    text += ["", *(f"* {line}" for line in lines[:MOST_LINES])]
    if len(lines) > MOST_LINES:
        text.append(f"* and {len(lines) - MOST_LINES} more")
    links = {"Report": report, "Files": files}
    text += ["", *(f"{name}: {address}" for name, address in links.items() if address)]
    first = f": {lines[0]}" if lines else ""
    return DriftMessage(_subject(f"{execution.monitor}: {head}{first}"), "\n".join(text).strip())


def alarm_message(alarm: Mapping[str, Any], *, report: str | None = None) -> DriftMessage:
    """The message about an alarm.

    :param alarm: as :meth:`AlarmMessage.to_document <airflow_model_monitor.contract.alarm_message.AlarmMessage.
        to_document>` tells it
    """
    name, state = alarm["alarm_name"], alarm["state"]
    about = [
        f"{title} {alarm[key]}"
        for title, key in (("monitor", "monitoring_schedule"), ("endpoint", "endpoint"))
        if alarm.get(key)
    ]
    text = [
        f"Alarm {name} is {state}{': ' if about else ''}{', '.join(about)}",
        f"Since {_minute(parse_utc(alarm['state_changed'], field='state_changed'))}",
    ]
    watched = ", ".join(one["name"] for one in alarm.get("metrics", [])[:MOST_LINES])
    children = [str(one).rsplit(":alarm:", 1)[-1] for one in alarm.get("children", [])[:MOST_LINES]]
    if watched:
        beyond = "" if alarm.get("threshold") is None else f", threshold {_short(str(alarm['threshold']))}"
        text.append(f"Metric {watched}{beyond}")
    text += [f"* {child}" for child in children]
    if alarm.get("reason"):
        text.append(str(alarm["reason"]))
    if report:
        text += ["", f"Report: {report}"]
    return DriftMessage(_subject(f"{state}: {name}"), "\n".join(text))


def _lines(execution: Execution, violations: bytes | str | None) -> Iterator[str]:
    if violations is None:
        yield from (f"{count} {check}" for check, count in execution.violations_by_check.items())
    elif execution.monitor_type == "DataQuality":
        for data in ConstraintViolations.from_json(violations).violations:
            yield f"{data.feature_name}: {_said(data.description)}"
    elif execution.monitor_type == "ModelQuality":
        for metric in ModelQualityViolations.from_json(violations).violations:
            yield f"{metric.metric_name}: {_said(metric.description)}"
    else:
        for one in ClarifyViolations.from_json(violations).violations:
            if isinstance(one, BiasViolation):
                yield f"{one.metric_name} of {one.facet}={one.facet_value}: {_said(one.description)}"
            else:
                yield f"attribution for {one.label}: {_said(one.description)}"


def _said(description: str) -> str:
    for pattern, form in _SENTENCES:
        if (found := pattern.search(description)) is not None:
            return form.format(*map(_short, found.groups()))
    return description


def _short(number: str) -> str:
    return f"{float(number):.4g}"


def _span(window: Window) -> str:
    start, end = window.start.astimezone(UTC), window.end.astimezone(UTC)
    last = end.strftime("%H:%M" if start.date() == end.date() else "%Y-%m-%d %H:%M")
    return f"{start:%Y-%m-%d %H:%M} to {last} UTC"


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _subject(text: str) -> str:
    """One line of printable ASCII, as SNS takes it."""
    plain = re.sub(r"[^\x20-\x7e]", "?", " ".join(text.split()))
    return plain if len(plain) <= MAX_SUBJECT else f"{plain[: MAX_SUBJECT - 3]}..."
