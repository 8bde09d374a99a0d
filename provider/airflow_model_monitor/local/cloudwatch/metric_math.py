"""Metric math: expressions over time series, as far as alarms on drift need them.

Numbers, series by their ids, ``+ - * / ^``, comparisons and ``&& ||``, ``IF``, ``FILL``, ``MIN MAX SUM AVG`` over
arrays (element by element, by time) or one series (a number), ``ABS``, ``CEIL``, ``FLOOR``, and ``METRICS()``. Anything
else is refused by name: a wrong number would be worse than none.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

Series = dict[datetime, float]
"""Values by the start of their period."""
Value = float | Series | list[Series]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<sign>&&|\|\||<=|>=|==|!=|[-+*/^(),<>\[\]]))"
)
_BINARY: Final[dict[str, tuple[int, Callable[[float, float], float]]]] = {
    "||": (1, lambda a, b: float(bool(a) or bool(b))),
    "&&": (2, lambda a, b: float(bool(a) and bool(b))),
    "==": (3, lambda a, b: float(a == b)),
    "!=": (3, lambda a, b: float(a != b)),
    "<": (4, lambda a, b: float(a < b)),
    ">": (4, lambda a, b: float(a > b)),
    "<=": (4, lambda a, b: float(a <= b)),
    ">=": (4, lambda a, b: float(a >= b)),
    "+": (5, operator.add),
    "-": (5, operator.sub),
    "*": (6, operator.mul),
    "/": (6, operator.truediv),
    "^": (8, operator.pow),
}
_WORDS: Final = {"AND": "&&", "OR": "||"}
_ONE: Final[dict[str, Callable[[float], float]]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_MANY: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "MIN": min,
    "MAX": max,
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
}


def evaluate(
    expression: str, series: Mapping[str, Series], metrics: Sequence[str], times: Sequence[datetime]
) -> Series:
    """The series an expression makes.

    :param series: by id, those of metrics and of expressions made before
    :param metrics: ids of the series that are metrics, what ``METRICS()`` stands for
    :param times: starts of the periods looked at, for constants and ``FILL``
    :raises ValueError: the expression cannot be read, names what is not there, or uses what is not known here
    """
    parser = _Parser(expression, series, metrics, times)
    value = parser.whole()
    if isinstance(value, list):
        raise ValueError(f"Error in expression: {expression!r} makes several time series, and one is needed")
    return value if isinstance(value, dict) else dict.fromkeys(times, value)


def ids_in(expression: str) -> set[str]:
    """Ids of the series an expression names (they begin with a lower-case letter).

    :raises ValueError: it cannot be read
    """
    return {text for kind, text in _tokens(expression) if kind == "name" and text[0].islower()}


class _Parser:
    def __init__(
        self, text: str, series: Mapping[str, Series], metrics: Sequence[str], times: Sequence[datetime]
    ) -> None:
        self._text, self._series, self._metrics, self._times = text, series, metrics, times
        self._tokens = _tokens(text)
        self._at = 0

    def whole(self) -> Value:
        value = self._expression(0)
        if self._at < len(self._tokens):
            raise self._error(f"{self._tokens[self._at][1]!r} was not expected")
        return value

    def _error(self, message: str) -> ValueError:
        return ValueError(f"Error in expression {self._text!r}: {message}")

    def _peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def _take(self, wanted: str | None = None) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise self._error("it ends too early")
        token = self._tokens[self._at]
        if wanted is not None and token[1] != wanted:
            raise self._error(f"{wanted!r} was expected where {token[1]!r} stands")
        self._at += 1
        return token

    def _expression(self, floor: int) -> Value:
        left = self._operand()
        while (sign := _WORDS.get(self._peek() or "", self._peek())) in _BINARY:
            level, apply = _BINARY[str(sign)]
            if level < floor:
                break
            self._take()
            right = self._expression(level if sign == "^" else level + 1)
            left = self._joined(left, right, apply)
        return left

    def _operand(self) -> Value:
        kind, text = self._take()
        if text == "-":
            return self._joined(0.0, self._expression(7), operator.sub)
        if text == "(":
            value = self._expression(0)
            self._take(")")
            return value
        if text == "[":
            return [one for value in self._arguments("]") for one in self._array(value)]
        if kind == "number":
            return float(text)
        if kind != "name":
            raise self._error(f"{text!r} was not expected")
        if self._peek() == "(":
            self._take("(")
            return self._call(text)
        if text not in self._series:
            raise self._error(f"there is no time series with the id {text!r}")
        return self._series[text]

    def _arguments(self, end: str) -> list[Value]:
        values: list[Value] = []
        while self._peek() != end:
            values.append(self._expression(0))
            if self._peek() != end:
                self._take(",")
        self._take(end)
        return values

    def _call(self, name: str) -> Value:
        if name == "FILL":
            return self._fill()
        arguments = self._arguments(")")
        count = len(arguments)
        if name == "METRICS" and not arguments:
            return [self._series[one] for one in self._metrics]
        if name == "IF" and count in (2, 3):
            return self._choice(arguments)
        if name in _ONE and count == 1:
            return self._joined(arguments[0], 0.0, lambda value, _: _ONE[name](value))
        if name in _MANY and arguments:
            return self._reduced(_MANY[name], arguments)
        raise self._error(f"the function {name} with {count} argument(s) is not known to the local CloudWatch")

    def _fill(self) -> Value:
        series = self._expression(0)
        self._take(",")
        if self._peek() in ("REPEAT", "LINEAR"):
            raise self._error(f"FILL with {self._peek()} is not known to the local CloudWatch; give a number")
        other = self._expression(0)
        self._take(")")
        if not isinstance(series, dict) or isinstance(other, list):
            raise self._error("FILL needs one time series, and a number or a time series")
        filled = {time: value for time in self._times if (value := _at(other, time)) is not None}
        return {**filled, **series}

    def _choice(self, arguments: list[Value]) -> Value:
        condition, then, *rest = arguments
        other: Value = rest[0] if rest else {}
        if isinstance(condition, list) or isinstance(then, list) or isinstance(other, list):
            raise self._error("IF takes numbers and single time series")
        if isinstance(condition, float):
            return then if condition else other
        chosen: Series = {}
        for time, truth in condition.items():
            value = _at(then if truth else other, time)
            if value is not None:
                chosen[time] = value
        return chosen

    def _reduced(self, reduce: Callable[[Sequence[float]], float], arguments: list[Value]) -> Value:
        """Over an array of series: by time. Over one series: one number."""
        if len(arguments) == 1 and isinstance(arguments[0], dict):
            return reduce(list(arguments[0].values())) if arguments[0] else {}
        rows = [one for value in arguments for one in self._array(value)]
        times = sorted({time for row in rows for time in row})
        return {time: reduce([row[time] for row in rows if time in row]) for time in times}

    def _array(self, value: Value) -> list[Series]:
        if isinstance(value, list):
            return value
        return [value if isinstance(value, dict) else dict.fromkeys(self._times, value)]

    def _joined(self, left: Value, right: Value, apply: Callable[[float, float], float]) -> Value:
        if isinstance(left, list) or isinstance(right, list):
            raise self._error(
                "an array of time series cannot be calculated with here; reduce it with MAX, MIN, SUM, AVG"
            )
        if isinstance(left, float) and isinstance(right, float):
            value = _number(apply, left, right)
            return {} if value is None else value
        times = left if isinstance(left, dict) else right
        assert isinstance(times, dict)
        result: Series = {}
        for time in times:
            a, b = _at(left, time), _at(right, time)
            if a is not None and b is not None and (value := _number(apply, a, b)) is not None:
                result[time] = value
        return result


def _at(value: Value, time: datetime) -> float | None:
    if isinstance(value, dict):
        return value.get(time)
    assert isinstance(value, float | int)
    return float(value)


def _number(apply: Callable[[float, float], float], left: float, right: float) -> float | None:
    """None where there is no such number: a division by zero leaves a gap, as in CloudWatch."""
    try:
        value = apply(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"Error in expression {text!r}: {text[at:].strip()[:20]!r} cannot be read")
        assert token.lastgroup is not None
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found
