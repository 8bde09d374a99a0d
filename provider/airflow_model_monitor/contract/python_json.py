"""The writer of Clarify's files: JSON in the layout of Python's pretty printer, as the container's Python writes it.

Four spaces of indent, ``"key": value``, one element to a line, ASCII with escapes, floats as Python prints them, a
newline at the end. Infinities, which JSON has no numbers for, are the strings "Infinity" and "-Infinity".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import inf
from typing import Any


def dumps(value: Any, *, sort_keys: bool = False) -> str:
    """``value`` as the text of a Clarify file.

    :param value: mappings with text keys, lists, tuples, text, bool, int, float, None
    :param sort_keys: as jobs of several instances (Spark) write it
    :raises ValueError: for NaN, which no reader could compare with
    """
    return json.dumps(_plain(value), indent=4, sort_keys=sort_keys, allow_nan=False) + "\n"


def number_text(value: float) -> str:
    """A number as it stands in Clarify's sentences: ``0.1``, ``0``, ``Infinity``."""
    if value in (inf, -inf):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return number_text(value) if value in (inf, -inf) else value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
