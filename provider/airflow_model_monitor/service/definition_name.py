"""Names of job definitions that belong to one schedule: they say whose they are, and what they say.

A definition cannot be changed, so every change of a monitor makes another one, and the one before it has to go. A name
made of the schedule and of the definition's content does both: the same definition is never made twice, and what a
killed task left behind is found again.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from airflow_model_monitor.service.job_name import MAX_LENGTH, checked_name

_OWNER_DIGITS: Final = 8
_CONTENT_DIGITS: Final = 16
_READABLE: Final = MAX_LENGTH - _OWNER_DIGITS - _CONTENT_DIGITS - 2
_CONTENT: Final = re.compile(rf"[0-9a-f]{{{_CONTENT_DIGITS}}}")


def owner_mark(schedule: str) -> str:
    """What the names of a schedule's definitions begin with: as much of its own name as there is room for, and a
    digest of all of it.
    """
    readable = checked_name("monitoring_schedule_name", schedule)[:_READABLE].rstrip("-")
    return f"{readable}-{_digest(schedule, _OWNER_DIGITS)}"


def owned_name(schedule: str, content: str) -> str:
    """The name of a schedule's definition with this content."""
    return f"{owner_mark(schedule)}-{_digest(content, _CONTENT_DIGITS)}"


def is_owned_by(name: str, schedule: str) -> bool:
    """Whether :func:`owned_name` gave a definition its name, for this schedule."""
    head, _, tail = name.rpartition("-")
    return head == owner_mark(schedule) and _CONTENT.fullmatch(tail) is not None


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
