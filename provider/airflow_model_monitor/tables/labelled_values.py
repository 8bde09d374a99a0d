"""Labels, predictions and probabilities as they are collected, and the arrays they become."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.record_attribute import RecordAttribute

Place = tuple[str | None, int | None]
"""File and line of a row, each as far as known."""

_MISSING: Final = (None, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAttributes:
    """Where the three values of a row stand.

    :param inference: the prediction; None: there is none
    :param probability: the probability of the positive class; None: there is none
    :param ground_truth: the label; None: the only value of ``groundTruthData`` (merged records alone)
    :param numeric: labels and predictions are numbers (regression), not names of classes
    """

    inference: RecordAttribute | None = None
    probability: RecordAttribute | None = None
    ground_truth: RecordAttribute | None = None
    numeric: bool = False

    @classmethod
    def of(
        cls,
        *,
        inference: str | None = None,
        probability: str | None = None,
        ground_truth: str | None = None,
        numeric: bool = False,
    ) -> LabelAttributes:
        """The attributes from the texts of the environment."""

        def attribute(variable: str, text: str | None) -> RecordAttribute | None:
            return None if text is None else RecordAttribute(variable, text.strip())

        return cls(
            inference=attribute("inference_attribute", inference),
            probability=attribute("probability_attribute", probability),
            ground_truth=attribute("ground_truth_attribute", ground_truth),
            numeric=numeric,
        )


@dataclass(frozen=True, slots=True)
class LabelledColumns:
    """Labels beside what the model said, one element a row, in the order of the records.

    :param labels: texts, whole numbers and floats as they stand (object array); float64 for regression
    :param predictions: like ``labels``, or None when none were asked for
    :param probabilities: float64, or None
    :param place_of: file and line of a row, counted from 1
    :param alike: whether the other behaviour would have read the same rows
    """

    labels: NDArray[Any]
    predictions: NDArray[Any] | None
    probabilities: NDArray[np.float64] | None
    place_of: Callable[[int], Place]
    alike: bool = True

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.labels)


@dataclass(slots=True)
class LabelledValues:
    """Collects rows one record at a time, each value checked where its place is still known.

    :param attributes: what is collected
    """

    attributes: LabelAttributes
    alike: bool = True
    _labels: list[Any] = field(default_factory=list)
    _predictions: list[Any] = field(default_factory=list)
    _probabilities: array[float] = field(default_factory=lambda: array("d"))
    _files: list[str] = field(default_factory=list)
    _file: array[int] = field(default_factory=lambda: array("I"))
    _line: array[int] = field(default_factory=lambda: array("Q"))

    @property
    def rows(self) -> int:
        """How many rows there are so far."""
        return len(self._labels)

    def add(
        self, labels: Sequence[Any], predictions: Sequence[Any], probabilities: Sequence[Any], *, file: str, line: int
    ) -> None:
        """Append the rows of one record; each sequence that was asked for holds one value a row.

        :raises ContractError: they cannot be paired, or a value is missing or of a wrong type
        """
        attributes = self.attributes
        self._require_pairs(labels, predictions, probabilities, file, line)
        convert = _number if attributes.numeric else _class_name
        self._labels += [convert(value, _variable(attributes.ground_truth), file, line) for value in labels]
        if attributes.inference is not None:
            variable = attributes.inference.variable
            self._predictions += [convert(value, variable, file, line) for value in predictions]
        if attributes.probability is not None:
            variable = attributes.probability.variable
            self._probabilities.extend(_number(value, variable, file, line) for value in probabilities)
        if not self._files or self._files[-1] != file:
            self._files.append(file)
        self._file.extend([len(self._files) - 1] * len(labels))
        self._line.extend([line] * len(labels))

    def _require_pairs(
        self, labels: Sequence[Any], predictions: Sequence[Any], probabilities: Sequence[Any], file: str, line: int
    ) -> None:
        sides = [("labels", labels, self.attributes.ground_truth)]
        for what, values, attribute in (
            ("predictions", predictions, self.attributes.inference),
            ("probabilities", probabilities, self.attributes.probability),
        ):
            if attribute is not None:
                sides.append((what, values, attribute))
        for what, values, attribute in sides:
            if not values:
                told = f" at {attribute.text!r}" if attribute else ""
                raise ContractError(
                    f"the record has no {what}{told}",
                    file=file,
                    line=line,
                    field=_variable(attribute),
                    remedy="Point the attribute at a value every record has",
                )
        if len({len(values) for _, values, _ in sides}) > 1:
            told = ", ".join(f"{len(values)} {what}" for what, values, _ in sides)
            raise ContractError(
                f"the record holds {told}, which cannot be paired row by row",
                file=file,
                line=line,
                remedy="Point each attribute at one value a row, such as scores[0]",
            )

    def columns(self) -> LabelledColumns:
        """The arrays of all rows so far."""
        files, file, line = self._files, self._file, self._line

        def place_of(row: int) -> Place:
            return files[file[row - 1]], line[row - 1]

        attributes = self.attributes
        return LabelledColumns(
            labels=_array(self._labels, attributes.numeric),
            predictions=None if attributes.inference is None else _array(self._predictions, attributes.numeric),
            probabilities=None if attributes.probability is None else np.array(self._probabilities, np.float64),
            place_of=place_of,
            alike=self.alike,
        )


def _array(values: list[Any], numeric: bool) -> NDArray[Any]:
    if numeric:
        return np.array(values, np.float64)
    result = np.empty(len(values), object)
    result[:] = values
    return result


def _variable(attribute: RecordAttribute | None) -> str:
    return "groundTruthData.data" if attribute is None else attribute.variable


def _class_name(value: Any, variable: str, file: str, line: int) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)) and value != "":
        return value
    raise wrong_value(value, "the name of a class: text, a number or a boolean", variable, file, line)


def _number(value: Any, variable: str, file: str, line: int) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str) and "_" not in value:  # which Python takes as part of a number
        try:
            return float(value)
        except ValueError:
            pass
    raise wrong_value(value, "a number", variable, file, line)


def wrong_value(value: Any, expected: str, variable: str, file: str | None, line: int | None) -> ContractError:
    """The error for a value that is missing or of another type."""
    if value in _MISSING:
        message, remedy = "the value is missing", "Give every record a value, or leave the record out"
    else:
        message = f"expected {expected}, got {json.dumps(value, default=str)[:60]}"
        remedy = "Check the attribute and problem_type, and that the data holds one value a row there"
    return ContractError(message, file=file, line=line, field=variable, remedy=remedy)
