"""An ONNX file behind the formats of SageMaker's built-in containers: CSV, JSON and JSON Lines, in and out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.local.serving.container import Answer, ContainerError

if TYPE_CHECKING:
    from airflow_model_monitor.jobs.predictors.predictor import Predictions

CSV: Final = "text/csv"
JSON: Final = "application/json"
JSON_LINES: Final = ("application/jsonlines", "application/x-jsonlines", "application/jsonl")
LABEL: Final = "predicted_label"
PROBABILITY: Final = "probability"
PROBABILITIES: Final = "probabilities"


class OnnxContainer:
    """Runs a model and answers in the type that is asked for, or in the request's.

    A model with labels and scores answers both: in CSV ``label,probability`` a row, in JSON
    ``{"predictions": [{"predicted_label": …, "score": …}]}``. The probability is that of the last class of two, of the
    label's own among more; a single score is a number alone.

    :param content: of the file
    :param name: how messages call it
    :param output: SageMaker's ``SAGEMAKER_INFERENCE_OUTPUT``: which of ``predicted_label``, ``probability`` and
        ``probabilities`` CSV answers have, in this order, commas between
    :raises ContainerError: it is no model onnxruntime can run
    """

    def __init__(self, content: bytes, name: str, output: str | None = None) -> None:
        from airflow_model_monitor.jobs.predictors.onnx_model import OnnxModel

        self._wanted = [one.strip() for one in output.split(",")] if output else None
        unknown = set(self._wanted or ()) - {LABEL, PROBABILITY, PROBABILITIES}
        if unknown:
            raise ContainerError(
                f"SAGEMAKER_INFERENCE_OUTPUT: {min(unknown)!r} is none of predicted_label, probability"
            )
        try:
            self._model = OnnxModel(content, name=name)
        except ContractError as error:
            raise ContainerError(str(error)) from error

    def answer(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Answer one request; see :class:`.Container`."""
        from airflow_model_monitor.analysis.feature_table import FeatureTable

        content_type = _base(headers.get("Content-Type")) or CSV
        accepted = _base(headers.get("Accept"))
        wanted = content_type if accepted in ("", "*/*") else accepted
        try:
            rows = _rows(body, content_type)
            table = FeatureTable.from_rows(self._names(max(len(row) for row in rows)), rows)
            predictions = self._model.predictions(table)
            return Answer(200, *self._formatted(predictions, wanted))
        except (ContractError, ValueError) as error:
            return Answer(400, JSON, json.dumps({"error": str(error)}).encode())

    def _names(self, width: int) -> list[str]:
        """What the features are called, which requests do not say: as the inputs are, where each feature has one."""
        inputs = list(self._model.inputs)
        if len(inputs) == 1:
            return [f"_c{index}" for index in range(width)]
        if len(inputs) != width:
            raise ValueError(f"{width} values a record, and the model takes {len(inputs)}: {', '.join(inputs)}")
        return inputs

    def _formatted(self, predictions: Predictions, content_type: str) -> tuple[str, bytes]:
        records = _records(predictions)
        if content_type == CSV:
            text = "\n".join(",".join(self._cells(record)) for record in records) + "\n"
            return f"{CSV}; charset=utf-8", text.encode()
        shown = [{LABEL: one[LABEL], "score": one[PROBABILITY]} if LABEL in one else {"score": one[PROBABILITY]}
                 for one in records]  # fmt: skip
        if content_type in JSON_LINES:
            return content_type, "".join(f"{json.dumps(one)}\n" for one in shown).encode()
        if content_type == JSON:
            return JSON, json.dumps({"predictions": shown}).encode()
        raise ValueError(f"Accept {content_type!r} is none of {CSV}, {JSON}, {JSON_LINES[0]}")

    def _cells(self, record: Mapping[str, Any]) -> list[str]:
        wanted = self._wanted or [name for name in (LABEL, PROBABILITY) if record.get(name) is not None]
        cells: list[str] = []
        for name in wanted:
            value = record.get(name)
            if value is None:
                raise ValueError(f"SAGEMAKER_INFERENCE_OUTPUT asks for {name}, which the model does not answer")
            cells.append(json.dumps(json.dumps(value)) if name == PROBABILITIES else str(value))
        return cells


def _records(predictions: Predictions) -> list[dict[str, Any]]:
    labels = [None] * len(predictions) if predictions.labels is None else predictions.labels.tolist()
    if predictions.scores is None:
        return [{LABEL: label, PROBABILITY: None, PROBABILITIES: None} for label in labels]
    records: list[dict[str, Any]] = []
    for label, scores in zip(labels, predictions.scores.tolist()):
        probability = scores[-1] if len(scores) <= 2 else max(scores)
        record = {PROBABILITY: probability, PROBABILITIES: scores}
        records.append(record if predictions.labels is None else {LABEL: label, **record})
    return records


def _rows(body: bytes, content_type: str) -> list[list[Any]]:
    text = body.decode("utf-8")
    if content_type == CSV:
        rows = [[_number(cell) for cell in row] for row in csv.reader(io.StringIO(text)) if row]
    elif content_type in JSON_LINES:
        rows = [_features(json.loads(line)) for line in text.splitlines() if line.strip()]
    elif content_type == JSON:
        document = json.loads(text)
        instances = document.get("instances", document) if isinstance(document, dict) else document
        if isinstance(instances, dict) or (instances and not isinstance(instances[0], dict | list)):
            instances = [instances]
        rows = [_features(one) for one in instances]
    else:
        raise ValueError(f"ContentType {content_type!r} is none of {CSV}, {JSON}, {JSON_LINES[0]}")
    if not rows:
        raise ValueError("the request holds no record")
    return rows


def _features(record: Any) -> list[Any]:
    if isinstance(record, dict):
        features = record.get("features", record.get("data"))
        return list(features) if isinstance(features, Sequence) else list(record.values())
    if isinstance(record, list):
        return record
    raise ValueError(f"{record!r:.80} is no record: give a list of values, or an object with features")


def _number(cell: str) -> Any:
    text = cell.strip()
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return cell


def _base(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()
