"""Checks of literals that operators share: they run while a DAG is parsed, so they read nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


def one_of(argument: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a literal that is not among the allowed.

    :raises ValueError: naming argument, value and what is allowed.
    """
    if value not in allowed:
        raise ValueError(f"{argument}={value!r}: expected one of {', '.join(map(repr, allowed))}")


def exactly_one(hint: str, **given: object) -> None:
    """Refuse none or several of arguments that stand for each other.

    :param hint: what each of them is.
    :raises ValueError: naming the arguments and their values.
    """
    if sum(value is not None for value in given.values()) != 1:
        values = ", ".join(f"{name}={value!r}" for name, value in given.items())
        raise ValueError(f"{values}: give exactly one of them, {hint}")


def whole_number(argument: str, value: object, *, minimum: int) -> None:
    """Refuse what is no whole number of at least ``minimum``.

    :raises ValueError: naming argument and value.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise ValueError(f"{argument}={value!r}: expected a whole number of at least {minimum}")


def share(argument: str, value: object) -> None:
    """Refuse what is no number from 0 to 1.

    :raises ValueError: naming argument and value.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{argument}={value!r}: expected a share, a number from 0 to 1")


def not_negative(argument: str, value: timedelta) -> None:
    """Refuse a length of time below none.

    :raises ValueError: naming argument and value.
    """
    if not isinstance(value, timedelta) or value < timedelta(0):
        raise ValueError(f"{argument}={value!r}: expected a timedelta of at least 0, such as timedelta(days=7)")
