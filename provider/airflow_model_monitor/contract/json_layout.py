"""The one writer of contract files: JSON in the layout of the original's pretty printer (Jackson's default).

Two spaces of indent, ``"key" : value``, arrays on one line as ``[ a, b ]``, ``[ ]`` and ``{ }`` when empty, no newline
at the end. Text is escaped as Jackson does: quote, backslash and control characters only (upper-case hexadecimal),
everything else stays UTF-8. Doubles are printed as Java prints them; infinities and NaN, which JSON has no numbers for,
become the strings "Infinity", "-Infinity" and "NaN", Jackson's default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from airflow_model_monitor.contract.java_number import double_to_string, doubles_to_strings

_RARE_CONTROL = re.compile(r"\\u00[01][0-9a-f]")
_LONG_ARRAY = 8


def dumps(value: Any) -> str:
    """``value`` as the text of a contract file.

    :param value: mappings with text keys, sequences, text, bool, int, float, None; NumPy arrays and scalars pass too
        (anything with ``tolist``). Integers print as integers and floats as Java doubles, so the caller decides between
        ``2048`` and ``2048.0``.
    :raises TypeError: for anything else, naming the type.
    """
    parts: list[str] = []
    _write(value, "\n", parts)
    return "".join(parts)


def dumps_line(value: Any) -> str:
    """``value`` on one line without spaces, as records are written: the same escaping, Python's number text."""
    return _as_jackson_escapes(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def quote(text: str) -> str:
    """``text`` as a JSON string in the original's escaping."""
    return _as_jackson_escapes(encode_basestring(text))


def number(value: float) -> str:
    """A double as a JSON value: a number, or a quoted name when JSON has no number for it."""
    text = double_to_string(value)
    return text if isfinite(value) else f'"{text}"'


def _as_jackson_escapes(quoted: str) -> str:
    if "\\u00" in quoted:
        # Python prints \u001f, Jackson \u001F. A literal backslash is doubled, so an odd run of them marks an escape.
        quoted = re.sub(r"\\\\|" + _RARE_CONTROL.pattern, _upper_hexadecimal, quoted)
    return quoted


def _upper_hexadecimal(match: re.Match[str]) -> str:
    escape = match.group()
    return escape if escape == "\\\\" else "\\u" + escape[2:].upper()


def _write(value: Any, newline: str, parts: list[str]) -> None:
    if isinstance(value, str):
        parts.append(quote(value))
    elif value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(str(int(value)))
    elif isinstance(value, float):
        parts.append(number(value))
    elif isinstance(value, Mapping):
        _write_object(value, newline, parts)
    elif hasattr(value, "tolist"):
        _write(value.tolist(), newline, parts)
    elif isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        _write_array(value, newline, parts)
    else:
        raise TypeError(f"cannot write a {type(value).__name__} into a contract file: {value!r:.80}")


def _write_object(value: Mapping[str, Any], newline: str, parts: list[str]) -> None:
    if not value:
        parts.append("{ }")
        return
    inner = newline + "  "
    separator = "{"
    for key, item in value.items():
        parts.append(f"{separator}{inner}{quote(key)} : ")
        _write(item, inner, parts)
        separator = ","
    parts.append(newline + "}")


def _write_array(value: Sequence[Any], newline: str, parts: list[str]) -> None:
    if not value:
        parts.append("[ ]")
        return
    # Sketches hold tens of thousands of doubles: those are joined at once instead of one call each.
    if len(value) > _LONG_ARRAY and set(map(type, value)) == {float}:
        texts: Iterator[str] = iter(doubles_to_strings(value))
        if not all(map(isfinite, value)):
            texts = (text if isfinite(item) else f'"{text}"' for text, item in zip(texts, value, strict=True))
        parts.append("[ " + ", ".join(texts) + " ]")
        return
    separator = "[ "
    for item in value:
        parts.append(separator)
        _write(item, newline, parts)
        separator = ", "
    parts.append(" ]")
