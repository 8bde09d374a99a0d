"""What the tests know of the local SageMaker besides AWS's own API: its clock, which stands still until it is moved."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.request import Request, urlopen

T = TypeVar("T")


def address() -> str:
    """Where the local SageMaker answers; AWS's clients read the same variable."""
    return os.environ["AWS_ENDPOINT_URL"]


def now() -> datetime:
    """Where its clock stands."""
    return _time(_ask("GET"))


def move_to(moment: datetime) -> None:
    """Move its clock, and start what is due by then."""
    _ask("POST", {"now": moment.astimezone(UTC).isoformat()})


def next_hour(minute: int = 0) -> datetime:
    """The next whole hour of its clock, and so many minutes."""
    return now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1, minutes=minute)


def eventually(found: Callable[[], T | None], what: str, seconds: float = 300) -> T:
    """The first thing found that is not None or empty.

    :param what: named where nothing was found in time
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        thing = found()
        if thing:
            return thing
        time.sleep(0.25)
    raise AssertionError(f"not within {seconds} seconds: {what}")


def _ask(method: str, document: Any = None) -> Any:
    body = None if document is None else json.dumps(document).encode()
    request = Request(
        f"{address()}/_model_monitor/clock", data=body, method=method, headers={"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)


def _time(document: Any) -> datetime:
    return datetime.fromisoformat(document["now"].replace("Z", "+00:00"))
