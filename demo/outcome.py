"""How a run of a DAG's tasks ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """Its state, those of its tasks, and what the tasks asked about returned."""

    dag_id: str
    state: str
    tasks: dict[str, str]
    results: dict[str, Any] = field(default_factory=dict)
