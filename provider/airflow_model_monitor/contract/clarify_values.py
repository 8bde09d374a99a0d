"""Values of an analysis_config.json: typed access that refuses unknown keys and says what would be right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from airflow_model_monitor.contract.json_reader import JsonNode

Scalar = str | int | float
"""A value of a column as JSON has it."""
Column = str | int
"""A column by name (or JMESPath, where the dataset is JSON) or by 0-based position."""
Choice = TypeVar("Choice", bound=str)


def refuse_unknown_keys(node: JsonNode, known: Collection[str]) -> None:
    """Raise at the first member that is none of ``known``: a misspelt key would otherwise be a setting left out."""
    for key in node.object():
        if key not in known:
            close = get_close_matches(key, known, n=1) or [name for name in known if name.startswith(key)]
            hint = f"Did you mean {close[0]!r}?" if close else f"Known keys: {', '.join(known)}."
            raise JsonNode(None, key, node.file, node).error("is no key of this object", hint)


def text(node: JsonNode, key: str) -> str | None:
    """The member ``key`` as a text with something in it."""
    found = node.optional(key)
    if found is None:
        return None
    if not found.text():
        raise found.expected("a text that is not empty", f"Leave {key!r} out where it does not apply.")
    return found.text()


def texts(node: JsonNode, key: str) -> tuple[str, ...]:
    """The member ``key`` as an array of texts; none when it is absent."""
    found = node.optional(key)
    return () if found is None else tuple(item.text() for item in _filled(found))


def flag(node: JsonNode, key: str) -> bool | None:
    found = node.optional(key)
    return None if found is None else found.boolean()


def number(node: JsonNode, key: str, *, minimum: float, maximum: float) -> int | float | None:
    """The member ``key`` as a number, an integer staying one, so that it is written back as it was."""
    found = node.optional(key)
    if found is None:
        return None
    found.number(minimum=minimum, maximum=maximum)
    return found.value  # type: ignore[no-any-return]


def count(node: JsonNode, key: str, *, minimum: int = 1) -> int | None:
    """The member ``key`` as a whole number of at least ``minimum``."""
    found = node.optional(key)
    if found is None:
        return None
    value = found.count()
    if value < minimum:
        raise found.expected(f"a whole number of at least {minimum}")
    return value


def choice(node: JsonNode, key: str, allowed: tuple[Choice, ...]) -> Choice | None:
    """The member ``key`` as one of the ``allowed`` texts."""
    found = node.optional(key)
    if found is None:
        return None
    value = found.text()
    for item in allowed:
        if value == item:
            return item
    close = get_close_matches(value, allowed, n=1)
    raise found.expected(f"one of {', '.join(allowed)}", f"Did you mean {close[0]!r}?" if close else None)


def column(node: JsonNode, key: str) -> Column | None:
    """The member ``key`` as the name or the 0-based position of a column."""
    found = node.optional(key)
    return None if found is None else column_of(found)


def columns(node: JsonNode, key: str) -> tuple[Column, ...]:
    """The member ``key`` as an array of columns; none when it is absent."""
    found = node.optional(key)
    return () if found is None else tuple(column_of(item) for item in _filled(found))


def column_of(node: JsonNode) -> Column:
    """The value as the name or the 0-based position of a column."""
    value = node.value
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise node.expected("a column's name or its position, counted from 0")


def scalars(node: JsonNode, key: str) -> tuple[Scalar, ...]:
    """The member ``key`` as an array of texts and finite numbers; none when it is absent."""
    found = node.optional(key)
    return () if found is None else tuple(scalar_of(item) for item in _filled(found))


def scalar_of(node: JsonNode) -> Scalar:
    """The value as a text or a finite number."""
    if isinstance(node.value, str):
        return node.value
    if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        raise node.expected("a text or a number")
    node.number()
    return node.value


def document(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that say something: None and empty tuples are keys left out."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in members.items()
        if value is not None and value != ()
    }


def _filled(node: JsonNode) -> list[JsonNode]:
    items = list(node.items())
    if not items:
        raise node.expected("an array with something in it", "Leave the key out where it does not apply.")
    return items
