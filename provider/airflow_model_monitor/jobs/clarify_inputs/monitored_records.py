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
from typing import Any, Final

from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.captured_data import CapturedRecord, EventData, parse_captured_line
from airflow_model_monitor.contract.clarify_headers import record_headers, with_names
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.clarify_inputs.json_records import Search, feature_table, path
from airflow_model_monitor.jobs.clarify_inputs.model_rows import ModelRows, named
from airflow_model_monitor.jobs.clarify_inputs.value_columns import Column, typed_column
from airflow_model_monitor.tables.capture_flattening import record_lines
from airflow_model_monitor.tables.csv_dialect import rows_of_text
from airflow_model_monitor.tables.dataset import is_capture_file
from airflow_model_monitor.tables.payload import decoded_payload, json_documents
from airflow_model_monitor.tables.record_attribute import RecordAttribute, only_values
from airflow_model_monitor.tables.source_files import source_files

_OUTPUT_KEY: Final = "SageMakerOutput"


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
    reader = _Reader(layout)
    files = source_files(urls, storage_options=storage_options, accept=is_capture_file)
    for file in files:
        for line, text in record_lines(file):
            reader.add(parse_captured_line(text, file=file.name, line_number=line), file.name, line)
    if not reader.features:
        raise ContractError("Job inputs had no data", file=files[0].name, remedy="The files hold no record")
    rows, config = reader.rows(files[0].name), layout.config
    if reader.texts:
        # A model is asked in the format its requests were captured in, unless the configuration says another.
        config = replace(config, dataset_type=config.dataset_type or "text/csv")
        return rows, with_names(config, config.headers or rows.features.names)
    return rows, with_names(replace(config, dataset_type="application/json"), rows.features.names)


@dataclass(slots=True)
class _Reader:
    layout: RecordLayout
    features: list[list[Any]] = field(default_factory=list)
    labels: list[Any] = field(default_factory=list)
    inferences: list[Any] = field(default_factory=list)
    probabilities: list[Any] = field(default_factory=list)
    texts: bool = False
    _search: Search | None = field(init=False)
    _answers: dict[str, RecordAttribute] = field(init=False)
    _label: RecordAttribute | None = field(init=False)

    def __post_init__(self) -> None:
        layout, config = self.layout, self.layout.config
        self._search = None if layout.features is None else path(layout.features, "features_attribute")
        stated = {"inference": layout.inference, "probability": layout.probability}
        self._answers = {
            name: RecordAttribute(f"{name}_attribute", text) for name, text in stated.items() if text is not None
        }
        label = layout.label or (config.label if isinstance(config.label, str) else None)
        self._label = None if label is None else RecordAttribute("label", label)

    def add(self, record: CapturedRecord, file: str, line: int) -> None:
        """Append the rows of one record."""
        batch = record.batch_transform_output
        request = _payload(batch or record.endpoint_input, "endpointInput", file, line)
        rows = self._features(request, joined=batch is not None)
        parts: dict[str, list[Any]] = {"features": rows}
        if self.layout.labelled:
            answer = request.output() if batch else _payload(record.endpoint_output, "endpointOutput", file, line)
            truth = _payload(record.ground_truth_data, "groundTruthData", file, line)
            parts["label"] = self._labels(truth)
            for name, attribute in self._answers.items():
                values = answer.values(attribute)
                # Several scores beside a single row are that row's.
                parts[name] = [values] if name == "probability" and len(values) > len(rows) == 1 else values
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
            label_name = named(config.label, config.headers, "$.label") if config.headers else None
            cells = [list(column) for column in zip(*self.features)]
            table = feature_table(names, self.features, file)
            table = type(table)(table.names, tuple(typed_column(column) for column in cells))
        else:
            headers = record_headers(config.headers, width)
            names, label_name = headers.features, headers.label
            table = feature_table(names, self.features, file)
        excluded = [named(column, names, "$.excluded_columns") for column in config.excluded_columns]
        return ModelRows(
            table,
            excluded=tuple(name for name in excluded if name is not None),
            labels=typed_column(self.labels) if self.labels else None,
            label_name=label_name or "label",
            predicted_labels=typed_column(self.inferences) if self.inferences else None,
            probabilities=self._scores() if self.probabilities and not self.inferences else None,
        )

    def _features(self, request: _Payload, *, joined: bool) -> list[list[Any]]:
        if request.rows is not None:
            width = len(self._csv_names(None)) if self.layout.config.headers else None
            rows = [list(row) for row in request.rows]
            if joined and width is not None:
                rows = [row[:width] for row in rows]  # the answer follows
            for row in rows:
                if width is not None and len(row) != width:
                    raise request.error(f"a row of {len(row)} values, and the headers name {width} features", "headers")
            return rows
        found: list[list[Any]] = []
        for document in request.documents:
            value = document if self._search is None else self._search(document)
            if isinstance(value, dict):
                value = list(value.values())
            if not isinstance(value, list) or not value:
                raise request.error(
                    "no list of features there", "features_attribute", "Give the JMESPath of the features in a request"
                )
            found += value if all(isinstance(item, list) for item in value) else [value]
        return found

    def _labels(self, truth: _Payload) -> list[Any]:
        if truth.rows is not None:
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

    def _csv_names(self, width: int | None) -> tuple[str, ...]:
        """Names of the features: the headers without the label's."""
        config = self.layout.config
        if not config.headers:
            return tuple(f"column_{index}" for index in range(width or 0))
        label = named(config.label, config.headers, "$.label")
        return tuple(name for name in config.headers if name != label)

    def _scores(self) -> Column:
        rows = [value if isinstance(value, list) else [value] for value in self.probabilities]
        table = feature_table([f"score {index}" for index in range(len(rows[0]))], rows, "probability_attribute")
        return type(table)(table.names, tuple(typed_column(column.tolist()) for column in table.columns)).matrix()


@dataclass(frozen=True, slots=True)
class _Payload:
    """One side of a record taken apart: rows of CSV, or JSON documents."""

    name: str
    file: str
    line: int
    rows: Sequence[Sequence[str | None]] | None
    documents: Sequence[Any] = ()

    def output(self) -> _Payload:
        """The model's answer in a batch transform's joined record."""
        if self.rows is not None:
            return self
        answers = [one.get(_OUTPUT_KEY, one) if isinstance(one, dict) else one for one in self.documents]
        return _Payload(self.name, self.file, self.line, None, answers)

    def values(self, attribute: RecordAttribute) -> list[Any]:
        if self.rows is not None:
            return [value for row in self.rows for value in attribute.in_row(row)]
        return [value for document in self.documents for value in attribute.in_json(document)]

    def error(self, message: str, field: str, remedy: str | None = None) -> ContractError:
        return ContractError(f"{self.name}: {message}", file=self.file, line=self.line, field=field, remedy=remedy)


def _payload(side: EventData | None, name: str, file: str, line: int) -> _Payload:
    if side is None:
        raise ContractError(
            f"the record has no {name}",
            file=file,
            line=line,
            field=f"$.captureData.{name}",
            remedy="Capture requests and answers both"
            if name != "groundTruthData"
            else "Merge the captured data with its ground truth first",
        )
    text, encoding, place = side.data, side.encoding, f"captureData.{name}.data"
    if encoding == "BASE64":
        text = decoded_payload(side, place, file, line)
        encoding = "JSON" if "json" in (side.observed_content_type or "").lower() else "CSV"
    if encoding == "CSV":
        return _Payload(name, file, line, list(rows_of_text(text, "rfc4180", file=file, line=line)))
    return _Payload(name, file, line, None, json_documents(text, place, file, line))
