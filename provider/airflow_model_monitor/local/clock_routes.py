"""``/_model_monitor/clock`` and ``/_model_monitor/health``: what AWS has no operation for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.local.clock import SimulatedClock
from airflow_model_monitor.local.errors import ServiceError, validation_error
from airflow_model_monitor.service.offsets import parse_offset

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

CLOCK: Final = "/_model_monitor/clock"
HEALTH: Final = "/_model_monitor/health"
_PATIENCE: Final = 600.0
_ALLOWED: Final = 'give {"now": "2026-01-02T03:00:00Z"} or {"advance": "PT1H"}, and "wait": true to wait for executions'


def add_routes(aws: LocalAws) -> None:
    """Answer both addresses."""
    aws.routes[CLOCK] = lambda environ, method, body: _clock(aws, method, body)
    aws.routes[HEALTH] = lambda environ, method, body: _health(aws)


def _health(aws: LocalAws) -> tuple[int, Any]:
    status = (200, "ready") if aws.ready else (503, "starting")
    return status[0], {"status": status[1], **_state(aws)}


def _clock(aws: LocalAws, method: str, body: bytes) -> tuple[int, Any]:
    if method == "GET":
        return 200, _state(aws)
    if method != "POST":
        raise ServiceError("MethodNotAllowed", f"{method} {CLOCK}: GET tells the time, POST moves the clock", 405)
    if not isinstance(aws.clock, SimulatedClock):
        raise validation_error(
            "This local SageMaker runs by this machine's clock, which cannot be moved; start it with --clock TIME."
        )
    document = _document(body)
    to = _target(document, aws.clock.now())
    started = aws.scheduler.move(to)
    done = True
    if document.get("wait"):
        done = aws.executions.wait(started, float(document.get("timeout", _PATIENCE)))
    executions = [aws.executions.get(key) for key in started]
    return 200, {
        **_state(aws),
        "executions": [
            {
                "MonitoringScheduleName": one["MonitoringScheduleName"],
                "ScheduledTime": format_utc(datetime.fromtimestamp(one["ScheduledTime"], UTC)),
                "MonitoringExecutionStatus": one["MonitoringExecutionStatus"],
            }
            for one in executions
        ],
        "finished": done and bool(document.get("wait")),
    }


def _state(aws: LocalAws) -> dict[str, Any]:
    return {"now": format_utc(aws.clock.now()), "simulated": aws.clock.simulated}


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body or b"null")
    except ValueError as error:
        raise validation_error(f"The body is not JSON ({error}); {_ALLOWED}") from error
    if not isinstance(document, dict) or ("now" in document) == ("advance" in document):
        raise validation_error(f"The body says neither or both of now and advance; {_ALLOWED}")
    unknown = set(document) - {"now", "advance", "wait", "timeout"}
    if unknown:
        raise validation_error(f"{', '.join(sorted(unknown))}: nothing the clock knows; {_ALLOWED}")
    return document


def _target(document: Mapping[str, Any], present: datetime) -> datetime:
    try:
        if "advance" in document:
            return present + parse_offset(str(document["advance"]), argument="advance")
        to = datetime.fromisoformat(str(document["now"]))
    except (ValueError, OverflowError) as error:
        raise validation_error(f"{error}; {_ALLOWED}") from error
    if to.tzinfo is None:
        raise validation_error(f"now: {document['now']!r} has no time zone; {_ALLOWED}")
    return to.astimezone(UTC)
