"""What a check gets to see of one column of the current data."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_model_monitor.contract.java_number import double_to_string


@dataclass(frozen=True, slots=True)
class ObservedColumn:
    """Counts of one column, in rows.

    :param nulls: rows without a value; the five counts add up to the rows of the data
    :param fractional: values written as fractions
    :param integral: values written as whole numbers
    :param boolean: values written ``true`` or ``false``
    :param string: all other values
    :param minimum: smallest value of a numeric column, else None
    :param known_values: rows whose value (``NullValue`` for a null) is in the baseline's domain; None without a domain
    """

    nulls: int
    fractional: int = 0
    integral: int = 0
    boolean: int = 0
    string: int = 0
    minimum: float | None = None
    known_values: int | None = None

    @property
    def present(self) -> int:
        return self.fractional + self.integral + self.boolean + self.string

    @property
    def rows(self) -> int:
        return self.nulls + self.present


def percent(ratio: float) -> str:
    """A share as the violations print it: times a hundred in double arithmetic, in Java's number text, unrounded."""
    return f"{double_to_string(ratio * 100.0)}%"
