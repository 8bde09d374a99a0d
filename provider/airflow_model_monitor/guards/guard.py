"""What a guard is: a rule that keeps a drift from becoming a storm of retrainings."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_model_monitor.guards.finding import Finding
from airflow_model_monitor.guards.situation import Situation
from airflow_model_monitor.service.windows import Window


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guard says.

    :param passes: whether the retraining may go on
    :param reason: a sentence for people, in either case
    :param findings: the findings that are left as reasons
    :param window: the newest window it looked at, None if it looked at none
    """

    passes: bool
    reason: str
    findings: tuple[Finding, ...]
    window: Window | None = None


class Guard(ABC):
    """A rule. Its settings are plain values, so that it travels with a DAG and may hold templates."""

    kinds: ClassVar[dict[str, type[Guard]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Guard.kinds[cls.__name__] = cls

    @abstractmethod
    def judge(self, situation: Situation) -> Verdict:
        """Whether a retraining may begin in this situation."""

    def to_dict(self) -> dict[str, Any]:
        """The guard as plain values; :func:`guard_of` makes it again."""
        return {"guard": type(self).__name__, **dataclasses.asdict(self)}  # type: ignore[call-overload]


def guard_of(described: Mapping[str, Any]) -> Guard:
    """The guard that :meth:`Guard.to_dict` described.

    :raises ValueError: there is no such guard, or it has no such settings
    """
    settings = dict(described)
    name = settings.pop("guard", None)
    kind = Guard.kinds.get(str(name))
    if kind is None:
        raise ValueError(f"guard: {name!r}; allowed are {', '.join(map(repr, sorted(Guard.kinds)))}")
    try:
        return kind(**settings)
    except TypeError as error:
        raise ValueError(f"guard {name}: {error}") from None


def number(guard: str, argument: str, value: Any, least: float) -> float:
    """A setting as a number; rendered templates are text.

    :raises ValueError: it is none, or less than ``least``
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = float("nan")
    if isinstance(value, bool) or not found >= least:
        raise ValueError(f"{guard}({argument}={value!r}): expected a number of at least {least:g}")
    return found


def is_template(value: Any) -> bool:
    """Whether a setting is known only when the task runs."""
    return isinstance(value, str) and "{{" in value
