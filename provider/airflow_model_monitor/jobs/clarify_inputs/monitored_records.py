"""A monitor's records as rows: captured requests, or captures merged with their labels.

Where things stand is the original's: features in ``endpointInput``, what the model said in ``endpointOutput``, labels
in ``groundTruthData``. A batch transform's merged record has features and answer in one: a CSV row begins with the
features and positions count from its start; of a JSON object the answer is ``SageMakerOutput``, and paths to it start
there. A record may hold many rows, and then as many labels. Records are kept as often as they are there: a repeated
inference id counts as often as it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

import numpy as np

from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.captured_data import CapturedRecord, parse_captured_line
from airflow_model_monitor.contract.clarify_headers import record_headers, table_headers, with_names
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.clarify_inputs.json_records import Search, feature_table, path
from airflow_model_monitor.jobs.clarify_inputs.model_rows import ModelRows, named
from airflow_model_monitor.jobs.clarify_inputs.record_features import RecordFeatures
from airflow_model_monitor.jobs.clarify_inputs.record_payload import RecordPayload
from airflow_model_monitor.jobs.clarify_inputs.value_columns import refuse_odd_values, typed_column
from airflow_model_monitor.jobs.predictors.answer_values import listed
from airflow_model_monitor.tables.capture_flattening import record_lines
from airflow_model_monitor.tables.dataset import is_capture_file
from airflow_model_monitor.tables.record_attribute import RecordAttribute, only_values
from airflow_model_monitor.tables.source_files import source_files


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """Where the parts of a record stand.

    :param config: the monitor's configuration: ``headers`` and ``label``
    :param features: JMESPath of the features in a JSON request
    :param inference: position or JMESPath of the predicted label in the answer
    :param probability: position or JMESPath of the score
    :param label: position or JMESPath of the observed label in the ground truth, where the configuration has none
    :param labelled: whether the records are merged with their labels
    """

    config: AnalysisConfig
    features: str | None = None
    inference: str | None = None
    probability: str | None = None
    label: str | None = None
    labelled: bool = False


def monitored_rows(
    urls: Sequence[str], layout: RecordLayout, *, storage_options: Mapping[str, Any]
) -> tuple[ModelRows, AnalysisConfig]:
    """Read captured records, or merged ones.

    :return: the rows, and the configuration with facets and group variable named as the rows' columns are
    :raises ContractError: naming file and line of the record that is not as the layout says
    """
    reader, first = _read(urls, layout, storage_options)
    rows, config = reader.rows(first), layout.config
    if reader.texts:
        # A model is asked in the format its requests were captured in, unless the configuration says another.
        config = replace(config, dataset_type=config.dataset_type or "text/csv")
        return rows, with_names(config, reader.headers(len(rows.features.names)))
    return rows, with_names(replace(config, dataset_type="application/json"), rows.features.names)


def labelled_cells(
    urls: Sequence[str], layout: RecordLayout, *, storage_options: Mapping[str, Any]
) -> tuple[tuple[str, ...], list[list[Any]], list[Any]]:
    """Names of the features, their values and the labels of merged records, each as the record spells it.

    :raises ContractError: as :func:`monitored_rows`
    """
    reader, first = _read(urls, layout, storage_options)
    return reader.rows(first).features.names, reader.features, reader.labels


def _read(urls: Sequence[str], layout: RecordLayout, storage: Mapping[str, Any]) -> tuple[_Reader, str]:
    """All records, and the name of the first file."""
    reader = _Reader(layout)
    files = source_files(urls, storage_options=storage, accept=is_capture_file)
    for file in files:
        for line, text in record_lines(file):
            reader.add(parse_captured_line(text, file=file.name, line_number=line), file.name, line)
    if not reader.features:
        raise ContractError("Job inputs had no data", file=files[0].name, remedy="The files hold no record")
    return reader, files[0].name


@dataclass(slots=True)
class _Reader:
    layout: RecordLayout
    features: list[list[Any]] = field(default_factory=list)
    labels: list[Any] = field(default_factory=list)
    inferences: list[Any] = field(default_factory=list)
    probabilities: list[list[float]] = field(default_factory=list)
    texts: bool = False
    _search: Search | None = field(init=False)
    _members: RecordFeatures = field(init=False)
    _answers: dict[str, RecordAttribute] = field(init=False)
    _label: RecordAttribute | None = field(init=False)

    def __post_init__(self) -> None:
        layout, config = self.layout, self.layout.config
        self._search = None if layout.features is None else path(layout.features, "features_attribute")
        self._members = RecordFeatures(config.headers)
        # A predicted label outranks its score.
        name, text = ("inference", layout.inference) if layout.inference else ("probability", layout.probability)
        self._answers = {} if text is None else {name: RecordAttribute(f"{name}_attribute", text)}
        label = layout.label or (config.label if isinstance(config.label, str) else None)
        self._label = None if label is None else RecordAttribute("label", label)

    def add(self, record: CapturedRecord, file: str, line: int) -> None:
        """Append the rows of one record."""
        batch = record.batch_transform_output
        request = RecordPayload.of(batch or record.endpoint_input, "endpointInput", file, line)
        rows = self._features(request, joined=batch is not None)
        parts: dict[str, list[Any]] = {"features": rows}
        if self.layout.labelled:
            answer = (
                request.output() if batch else RecordPayload.of(record.endpoint_output, "endpointOutput", file, line)
            )
            parts["label"] = self._labels(RecordPayload.of(record.ground_truth_data, "groundTruthData", file, line))
            for name, attribute in self._answers.items():
                values = answer.values(attribute)
                if name == "probability":
                    # Several scores beside a single row are that row's.
                    values = [
                        self._scores(one, answer) for one in ([values] if len(values) > len(rows) == 1 else values)
                    ]
                parts[name] = values
        counts = {name: len(values) for name, values in parts.items()}
        if len(set(counts.values())) > 1 or not rows:
            shown = ", ".join(f"{count} of {name}" for name, count in counts.items())
            raise ContractError(f"the record holds unlike numbers of values: {shown}", file=file, line=line)
        self.texts = self.texts or request.rows is not None
        self.features += rows
        self.labels += parts.get("label", [])
        self.inferences += parts.get("inference", [])
        self.probabilities += parts.get("probability", [])

    def rows(self, file: str) -> ModelRows:
        """All rows as columns."""
        config = self.layout.config
        width = len(self.features[0])
        if self.texts:
            names = self._csv_names(width)
            label_name = named(config.label, self.headers(width), "$.label")
            cells = [list(column) for column in zip(*self.features)]
            table = feature_table(names, self.features, file)
            table = type(table)(table.names, tuple(typed_column(column) for column in cells))
        else:
            headers = record_headers(config.headers, width)
            names, label_name = headers.features, headers.label
            table = feature_table(names, self.features, file)
        refuse_odd_values(self.labels, file=file, field="label")
        refuse_odd_values(self.inferences, file=file, field="inference_attribute")
        excluded = [named(column, names, "$.excluded_columns") for column in config.excluded_columns]
        return ModelRows(
            table,
            excluded=tuple(name for name in excluded if name is not None),
            labels=typed_column(self.labels) if self.labels else None,
            label_name=label_name or "label",
            predicted_labels=typed_column(self.inferences) if self.inferences else None,
            probabilities=np.array(self.probabilities, dtype=np.float64) if self.probabilities else None,
        )

    def headers(self, width: int) -> tuple[str, ...]:
        """Names of the columns of CSV, label included; ``column_0`` and so on where the configuration has none.

        :param width: how many features there are
        """
        config = self.layout.config
        if config.headers or config.label is None:
            return config.headers or table_headers((), width)
        names = table_headers((), width + 1)
        return names if isinstance(config.label, int) or config.label in names else (*names[:-1], config.label)

    def _features(self, request: RecordPayload, *, joined: bool) -> list[list[Any]]:
        if request.rows is not None:
            if joined and not self.layout.config.headers:
                raise request.error(
                    "features and answer stand in one row", "headers", "Name the features, and the label"
                )
            width = len(self._csv_names(0)) if self.layout.config.headers else None
            rows = [list(row) for row in request.rows]
            if joined and width is not None:
                rows = [row[:width] for row in rows]  # the answer follows
            for row in rows:
                if width is not None and len(row) != width:
                    raise request.error(f"a row of {len(row)} values, and the headers name {width} features", "headers")
            return rows
        found: list[list[Any]] = []
        for document in request.documents:
            try:
                found += self._members.rows(document if self._search is None else self._search(document))
            except ValueError as error:
                remedy = "Give the JMESPath of the features in a request"
                raise request.error(str(error), "features_attribute", remedy) from None
        return found

    def _labels(self, truth: RecordPayload) -> list[Any]:
        if truth.rows is not None:
            if self.layout.label is None and any(len(row) > 1 for row in truth.rows):
                raise truth.error("several columns", "ground_truth_attribute", "Say which is the label, counted from 0")
            return truth.values(RecordAttribute("ground_truth_attribute", self.layout.label or "0"))
        found = [] if self._label is None else truth.values(self._label)
        if found:
            return found
        for document in truth.documents:
            alone = only_values(document)
            if alone is None:
                stated = self._label and self._label.text
                raise truth.error(f"no label at {stated!r}", "label", "Set label to its JMESPath in the ground truth")
            found += alone
        return found

    def _csv_names(self, width: int) -> tuple[str, ...]:
        """Names of the features: the headers without the label's."""
        headers = self.headers(width)
        label = named(self.layout.config.label, headers, "$.label")
        return tuple(name for name in headers if name != label)

    def _scores(self, value: Any, answer: RecordPayload) -> list[float]:
        value = listed(value)
        values = value if isinstance(value, list) else [value]
        try:
            found = [float(one) for one in values]
        except (TypeError, ValueError, OverflowError):
            found = []
        if not found or not all(map(isfinite, found)):
            raise answer.error(f"expected a score, got {value!r:.80}", "probability_attribute")
        expected = len(self.probabilities[0]) if self.probabilities else len(found)
        if len(found) != expected:
            message = f"{len(found)} scores for a row, {expected} in the first record"
            raise answer.error(message, "probability_attribute")
        return found
