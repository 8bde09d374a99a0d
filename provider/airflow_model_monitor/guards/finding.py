"""What may be a reason to retrain: a window in violation, an alarm, or a person who asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from airflow_model_monitor.contract.timestamps import format_utc, parse_utc
from airflow_model_monitor.service.windows import Window

Kind = Literal["violations", "alarm", "event", "request"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason.

    :param kind: ``violations`` of a window, an ``alarm``, an ``event`` of another asset, or the ``request`` of a run
        that nothing triggered
    :param subject: the monitor, the alarm or the asset it is about
    :param at: its instant: the end of the window, or when the alarm changed; never the clock of whoever looks
    :param key: the same for every telling of it: a window that is revised, or an alarm told twice, is one finding
    :param run_type: of the DAG run that found it; None for alarms
    """

    kind: Kind
    subject: str
    at: datetime
    key: str
    run_type: str | None = None
    window: Window | None = None

    def to_document(self) -> dict[str, Any]:
        """What is kept of it."""
        window = self.window
        return {
            "kind": self.kind,
            "subject": self.subject,
            "at": format_utc(self.at),
            "key": self.key,
            "run_type": self.run_type,
            "window": None if window is None else {"start": format_utc(window.start), "end": format_utc(window.end)},
        }

    def __str__(self) -> str:
        when = f"window {self.window.folder}" if self.window else format_utc(self.at)
        return f"{self.kind} of {self.subject}, {when}"


def finding_of(extra: Mapping[str, Any], *, asset: str, at: datetime) -> Finding:
    """The finding in an asset event.

    :param extra: of the event: as our operators emit it, or an alarm's payload below ``payload``
    :param asset: name of the asset
    :param at: when the event was emitted: the instant of what tells no other
    """
    payload = extra.get("payload")
    if isinstance(payload, Mapping) and "alarm_name" in payload:
        changed = parse_utc(str(payload["state_changed"]), field="state_changed")
        return Finding("alarm", str(payload["alarm_name"]), changed, f"alarm|{payload['dedup']}")
    run_type = extra.get("run_type")
    told = extra.get("window")
    if "monitor" in extra and isinstance(told, Mapping):
        window = Window(parse_utc(told["start"], field="window"), parse_utc(told["end"], field="window"))
        monitor = str(extra["monitor"])
        return Finding("violations", monitor, window.end, f"window|{monitor}|{window.folder}", run_type, window)
    moment = at.astimezone(UTC)
    return Finding("event", asset, moment, f"event|{asset}|{format_utc(moment)}", run_type)


def newest(findings: Iterable[Finding]) -> Finding | None:
    """The latest of them."""
    return max(findings, key=lambda one: (one.at, one.key), default=None)
