"""Answers of a model: scores and labels found in CSV, JSON Lines or JSON by index or JMESPath."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.answer_values import AnswerError, all_numbers, listed, loaded, matrix
from airflow_model_monitor.jobs.predictors.predictor import Predictions
from airflow_model_monitor.jobs.predictors.request_format import CONTENT_TYPES, CSV, JSON_LINES

_Find = Callable[[Any], Any]
_NO_LABELS: Final = ("", "none", "nan", "inf", "-inf")


class ResponseFormat:
    """Where predictions stand in a model's answer.

    CSV: ``label`` and ``probability`` are column indices; without ``probability`` the whole line is the scores, and
    several predictions may stand on one line. JSON Lines: JMESPath into each line. JSON: JMESPath into the document, a
    list with one element per record. A list of scores may be written as text. Where ``label`` gives a list per record,
    the one with the highest score is the label; ``label_headers`` name the scores. Source: "Endpoint response for
    tabular data" of SageMaker's developer guide.

    :param accept_type: ``text/csv``, ``application/jsonlines`` or ``application/json``
    :param label: index or JMESPath of the predicted label
    :param probability: index or JMESPath of the scores
    :param label_headers: the label each score belongs to
    :raises ContractError: naming the setting that is missing or wrong
    """

    def __init__(
        self,
        accept_type: str,
        *,
        label: str | int | None = None,
        probability: str | int | None = None,
        label_headers: Sequence[Any] = (),
    ) -> None:
        if accept_type not in CONTENT_TYPES:
            raise ContractError(
                f"{accept_type!r} is none of {', '.join(CONTENT_TYPES)}",
                field="predictor.accept_type",
                remedy="A model of tabular data answers in one of these",
            )
        self.accept_type = accept_type
        self._headers = list(label_headers)
        if accept_type != CSV and label is None and probability is None:
            raise ContractError(
                f"says not where scores or labels stand in the {accept_type} of the model's answer",
                field="predictor",
                remedy='Set predictor.probability or predictor.label, a JMESPath such as "predictions[*].score"',
            )
        locate = _column if accept_type == CSV else _path
        self._label = None if label is None else locate("predictor.label", label)
        self._probability = None if probability is None else locate("predictor.probability", probability)

    def predictions(self, body: bytes, count: int) -> Predictions:
        """Return what ``body`` says of the ``count`` records asked about.

        :raises AnswerError: it is something else
        """
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise AnswerError(f"is not UTF-8 ({error.reason} at byte {error.start})", snippet=repr(body[:40])) from None
        labels: list[Any] | None = None
        scores: list[Any] | None = None
        if self.accept_type == CSV:
            rows = self._csv_rows(text, count)
            labels = None if self._label is None else [_cell(row, self._label) for row in enumerate(rows)]
            scores = rows if self._probability is None else [_cell(row, self._probability) for row in enumerate(rows)]
            if labels is not None and self._probability is None and not all_numbers(rows):
                scores = None  # labels of text, and nothing else was asked for
        else:
            find = self._lines if self.accept_type == JSON_LINES else self._document
            labels, scores = find(text, count)
        found = None if scores is None else matrix(scores)
        return Predictions(found, self._labels(labels, found))

    def _csv_rows(self, text: str, count: int) -> list[list[str]]:
        try:
            rows = [row for row in csv.reader(io.StringIO(text)) if row]
        except csv.Error as error:  # a cell of more than 128 KiB
            raise AnswerError(f"is not CSV of predictions ({error})", snippet=text[:200]) from None
        if len(rows) == 1 < count == len(rows[0]):
            rows = [[cell] for cell in rows[0]]  # all predictions on one line
        if len(rows) != count:
            raise AnswerError(f"holds {len(rows)} predictions for {count} records", snippet=text)
        return rows

    def _lines(self, text: str, count: int) -> tuple[list[Any] | None, list[Any] | None]:
        lines = [line for line in text.split("\n") if line.strip()]  # JSON may hold other line ends as they are
        if len(lines) != count:
            raise AnswerError(f"holds {len(lines)} lines for {count} records", snippet=text)
        values = [loaded(line, index) for index, line in enumerate(lines)]

        def found(find: _Find | None, name: str) -> list[Any] | None:
            if find is None:
                return None
            one_by_one = [find(value) for value in values]
            for index, one in enumerate(one_by_one):
                if one is None:
                    raise AnswerError(f"has nothing at {name}", index, lines[index])
            return one_by_one

        return found(self._label, "predictor.label"), found(self._probability, "predictor.probability")

    def _document(self, text: str, count: int) -> tuple[list[Any] | None, list[Any] | None]:
        document = loaded(text, None)

        def found(find: _Find | None, name: str) -> list[Any] | None:
            if find is None:
                return None
            value = find(document)
            if value is None or value == []:
                raise AnswerError(f"has nothing at {name}", snippet=text)
            if count == 1 and not (isinstance(value, list) and len(value) == 1):
                return [value]  # an answer about one record need not wrap it in a list
            if not isinstance(value, list):
                raise AnswerError(f"has no list at {name}, but one value for {count} records", snippet=text)
            if len(value) != count:
                raise AnswerError(f"holds {len(value)} predictions for {count} records", snippet=text)
            return value

        return found(self._label, "predictor.label"), found(self._probability, "predictor.probability")

    def _labels(self, labels: list[Any] | None, scores: NDArray[np.float64] | None) -> NDArray[np.object_] | None:
        if labels is None:
            return self._named(scores) if self._headers and scores is not None and scores.shape[1] > 1 else None
        result = np.empty(len(labels), dtype=object)
        for index, label in enumerate(labels):
            label = listed(label)
            if isinstance(label, list):
                label = self._highest(label, index, scores)
            if isinstance(label, dict) or str(label).strip().lower() in _NO_LABELS:
                raise AnswerError(f"holds {label!r}, which is no label", index, str(label))
            result[index] = label
        return result

    def _named(self, scores: NDArray[np.float64]) -> NDArray[np.object_]:
        if scores.shape[1] != len(self._headers):
            raise AnswerError(f"holds {scores.shape[1]} scores a record for {len(self._headers)} label_headers", 0)
        headers = np.empty(len(self._headers), dtype=object)
        headers[:] = self._headers
        named: NDArray[np.object_] = headers[scores.argmax(axis=1)]
        return named

    def _highest(self, labels: list[Any], index: int, scores: NDArray[np.float64] | None) -> Any:
        if len(labels) == 1:
            return labels[0]
        if scores is None or self._probability is None:
            message = "holds several labels for one record; predictor.probability must say which is the highest"
            raise AnswerError(message, index, str(labels))
        if scores.shape[1] != len(labels):
            raise AnswerError(f"holds {len(labels)} labels, but {scores.shape[1]} scores", index, str(labels))
        return labels[int(scores[index].argmax())]


def _column(field: str, value: str | int) -> _Find:
    try:
        column = int(value)
    except ValueError:
        column = -1
    if column < 0:
        raise ContractError(
            f"{value!r} is no column index, and the model answers in {CSV}",
            field=field,
            remedy="Give a zero-based index, or another accept_type",
        )

    def cell(row: Any) -> Any:
        if column >= len(row):
            raise LookupError(f"has {len(row)} columns, and {field} asks for column {column}, counted from 0")
        return row[column]

    return cell


def _path(field: str, value: str | int) -> _Find:
    import jmespath

    try:
        compiled = jmespath.compile(str(value))
    except jmespath.exceptions.JMESPathError as error:
        raise ContractError(f"{value!r} is no JMESPath ({str(error).splitlines()[0]})", field=field) from None

    def search(document: Any) -> Any:
        try:
            return compiled.search(document)
        except jmespath.exceptions.JMESPathError as error:
            raise AnswerError(f"is not what {field} expects ({str(error).splitlines()[0]})") from None

    return search


def _cell(numbered: tuple[int, list[str]], find: _Find) -> Any:
    index, row = numbered
    try:
        return find(row)
    except LookupError as error:
        raise AnswerError(str(error.args[0]), index, ",".join(row)) from None
