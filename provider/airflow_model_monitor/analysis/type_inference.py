"""Types of values and of columns, by the original's regular expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from airflow_model_monitor.contract.generation import NEWEST, Generation

ColumnType = Literal["Unknown", "Integral", "Fractional", "Boolean", "String"]


class ValueType(IntEnum):
    """Type of one value; nulls have none."""

    FRACTIONAL = 0
    INTEGRAL = 1
    BOOLEAN = 2
    STRING = 3


class TypePatterns(NamedTuple):
    """Expressions a whole value has to match, in this order; one that matches neither and is no Boolean is a String.

    They are written for RE2 and Python's ``re`` alike: ``[0-9]`` is what Java's ``\\d`` means.
    """

    fractional: str
    integral: str


DEEQU_1_0: Final = TypePatterns(r"(-|\+)? ?[0-9]*\.[0-9]*", r"(-|\+)? ?[0-9]*")
"""Deequ 1.0.3, in images up to 2022: ``5.``, ``.5`` and a lone ``.`` are Fractional, a lone sign Integral."""

DEEQU_1_1: Final = TypePatterns(r"(-|\+)? ?[0-9]+((\.[0-9]+)|((\.[0-9]+)?[Ee][-+]?[0-9]+))", r"(-|\+)? ?[0-9]+")
"""Deequ 1.1 and later: scientific notation is Fractional, ``5.`` and ``.5`` are Strings."""

BOOLEANS: Final = ("true", "false")


def patterns_of(generation: Generation = NEWEST) -> TypePatterns:
    """The expressions of the images that write files of that generation."""
    return DEEQU_1_0 if generation < Generation.G2023 else DEEQU_1_1


@lru_cache(maxsize=65_536)
def type_of(text: str, patterns: TypePatterns = DEEQU_1_1) -> ValueType:
    """The type of one value."""
    if re.fullmatch(patterns.fractional, text):
        return ValueType.FRACTIONAL
    if re.fullmatch(patterns.integral, text):
        return ValueType.INTEGRAL
    return ValueType.BOOLEAN if text in BOOLEANS else ValueType.STRING


def number_of(text: str) -> float | None:
    """The number Spark's cast reads in a value typed as one, None where it reads none.

    A few texts pass the expressions but not the cast: ``- 5``, a lone sign or point. They count as present and by
    their type, and take no part in sums, extremes and sketch. Magnitudes beyond the doubles become infinite.
    """
    try:
        return float(text)
    except ValueError:
        return None


@dataclass(slots=True)
class TypeCounts:
    """How many rows of a column are null, and how many hold a value of each type."""

    null: int = 0
    fractional: int = 0
    integral: int = 0
    boolean: int = 0
    string: int = 0

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.fractional + self.integral + self.boolean + self.string

    @property
    def rows(self) -> int:
        return self.null + self.present

    def __add__(self, other: TypeCounts) -> TypeCounts:
        return TypeCounts(
            self.null + other.null,
            self.fractional + other.fractional,
            self.integral + other.integral,
            self.boolean + other.boolean,
            self.string + other.string,
        )

    @property
    def column_type(self) -> ColumnType:
        """One String makes the column String, and so does a Boolean among numbers; one fraction makes it Fractional."""
        if not self.present:
            return "Unknown"
        if self.string or (self.boolean and (self.fractional or self.integral)):
            return "String"
        if self.boolean:
            return "Boolean"
        return "Fractional" if self.fractional else "Integral"
