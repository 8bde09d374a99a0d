"""Values of a model's answer: numbers and lists of them, also where CSV has to write them as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_SNIPPET: Final = 120


class AnswerError(ValueError):
    """An answer that is not what was asked for.

    :param message: what is wrong with it
    :param record: index of the record it shows at, ``None`` for the answer as a whole
    :param snippet: the text it shows in
    """

    def __init__(self, message: str, record: int | None = None, snippet: str = "") -> None:
        super().__init__(message)
        self.message, self.record, self.snippet = message, record, snippet


def loaded(text: str, record: int | None) -> Any:
    """The JSON value of a text.

    :raises AnswerError: there is none
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerError(f"is not JSON ({error})", record, text) from None


def matrix(scores: list[Any]) -> NDArray[np.float64]:
    """Numbers, lists of numbers, or text that is one of these, as (n, outputs).

    :raises AnswerError: something else, or unlike numbers of them
    """
    rows = [_numbers(value, index) for index, value in enumerate(scores)]
    width = len(rows[0])
    for index, row in enumerate(rows):
        if len(row) != width:
            raise AnswerError(f"holds {len(row)} scores for this record and {width} for the first", index, str(row))
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _numbers(value: Any, index: int) -> list[float]:
    value = listed(value)
    items = value if isinstance(value, list) else [value]
    if len(items) == 1 and isinstance(items[0], list | str):  # [[0.1, 0.9]], or a CSV line whose one cell is a list
        inner = listed(items[0])
        items = inner if isinstance(inner, list) else [inner]
    try:
        numbers = [_number(item) for item in items]
    except (TypeError, ValueError) as error:
        raise AnswerError(f"holds {error}, which is no score", index, ",".join(map(str, items))) from None
    if not numbers:
        raise AnswerError("holds an empty list of scores", index, str(value))
    return numbers


def _number(item: Any) -> float:
    if item is None or isinstance(item, list | dict):
        raise TypeError(json.dumps(item)[:_SNIPPET])
    try:
        number = float(item)
    except ValueError:
        raise ValueError(f"the text {item[:_SNIPPET]!r}") from None
    except OverflowError:
        raise ValueError("an integer beyond the doubles") from None
    if not isfinite(number):
        raise ValueError(str(number))
    return number


def listed(value: Any) -> Any:
    """A list written as text, as CSV must have it, is read as a list; single quotes are taken for JSON's."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return value
    for text in (value, value.replace("'", '"')):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            continue
        return found
    return value


def all_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether every cell is a finite number or a list of them."""

    def numbers() -> Iterator[float]:
        for index, row in enumerate(rows):
            yield from _numbers(row, index)

    try:
        return all(map(isfinite, numbers()))
    except AnswerError:
        return False
