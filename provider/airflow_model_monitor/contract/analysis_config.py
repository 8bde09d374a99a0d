"""analysis_config.json: what a bias or explainability analysis is about.

A *job* file (a processing job's, a baselining job's) names its dataset and its methods. A *monitor* file is a subset of
one: a bias monitor's has no methods and computes every metric, an explainability monitor's has ``methods.shap`` and the
predictor; how the monitored traffic is laid out stands in the monitor's own settings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from airflow_model_monitor.contract import clarify_values as values
from airflow_model_monitor.contract.bias_config import BiasMethods, BiasStage, FacetConfig, read_facets
from airflow_model_monitor.contract.clarify_methods import Methods, read_methods
from airflow_model_monitor.contract.clarify_values import Column, Scalar
from airflow_model_monitor.contract.json_reader import JsonNode, load
from airflow_model_monitor.contract.predictor_config import PredictorConfig, read_predictor
from airflow_model_monitor.contract.time_series_config import (
    SegmentConfig,
    TimeSeriesDataConfig,
    read_segments,
    read_time_series,
)

FILE_NAME: Final = "analysis_config.json"
DEFAULT_PROBABILITY_THRESHOLD: Final = 0.5
ConfigRole = Literal["job", "monitor"]
DatasetType = Literal[
    "text/csv",
    "application/jsonlines",
    "application/json",
    "application/sagemakercapturejson",
    "application/x-parquet",
    "application/x-image",
]
DATASET_TYPES: Final[tuple[DatasetType, ...]] = (
    "text/csv",
    "application/jsonlines",
    "application/json",
    "application/sagemakercapturejson",
    "application/x-parquet",
    "application/x-image",
)
JSON_TYPES: Final = ("application/jsonlines", "application/json")


@dataclass(frozen=True, slots=True)
class AnalysisConfig:
    """A whole analysis_config.json. None and empty tuples are keys left out.

    ``label``, ``predicted_label`` and ``features`` are JMESPaths where the dataset is JSON; otherwise the first two are
    column names or 0-based positions and the last is not used.
    """

    version: str | None = None
    dataset_type: DatasetType | None = None
    dataset_uri: str | None = None
    features: str | None = None
    headers: tuple[str, ...] = ()
    label: Column | None = None
    predicted_label: Column | None = None
    label_values_or_threshold: tuple[Scalar, ...] = ()
    probability_threshold: float | None = None
    facet: tuple[FacetConfig, ...] = ()
    group_variable: Column | None = None
    excluded_columns: tuple[Column, ...] = ()
    joinsource_name_or_index: Column | None = None
    facet_dataset_uri: str | None = None
    facet_headers: tuple[str, ...] = ()
    predicted_label_dataset_uri: str | None = None
    predicted_label_headers: tuple[str, ...] = ()
    segment_config: tuple[SegmentConfig, ...] = ()
    time_series_data_config: TimeSeriesDataConfig | None = None
    methods: Methods | None = None
    predictor: PredictorConfig | None = None

    @property
    def threshold(self) -> float:
        """The probability above which a score means the positive label."""
        stated = self.probability_threshold
        return DEFAULT_PROBABILITY_THRESHOLD if stated is None else float(stated)

    @property
    def is_json(self) -> bool:
        """Whether label, features and predicted label are found by JMESPath."""
        return self.dataset_type in JSON_TYPES

    def bias(self, stage: BiasStage) -> BiasMethods | None:
        """The bias metrics to compute in a stage; a file without methods (a bias monitor's) asks for all."""
        return BiasMethods() if self.methods is None else self.methods.bias(stage)

    def monitor_subset(self) -> AnalysisConfig:
        """The monitor file that goes with this job file, with the keys AWS's SDK keeps.

        An explainability monitor sees requests, so its headers are those of the features: without the label's.
        """
        if self.methods is not None and self.methods.shap is not None:
            headers = tuple(name for name in self.headers if name != self._label_header)
            return AnalysisConfig(headers=headers, methods=Methods(shap=self.methods.shap), predictor=self.predictor)
        return AnalysisConfig(
            label_values_or_threshold=self.label_values_or_threshold,
            facet=self.facet,
            group_variable=self.group_variable,
            headers=self.headers,
            label=self.label,
        )

    @property
    def _label_header(self) -> str | None:
        if isinstance(self.label, int):
            return self.headers[self.label] if self.label < len(self.headers) else None
        if self.is_json and self.headers and self.label is not None:
            return self.headers[-1]
        return self.label

    def to_document(self) -> dict[str, Any]:
        """The members stated, as JSON has them, in the order AWS's SDK writes a job's file."""
        return values.document(
            {
                "version": self.version,
                "dataset_type": self.dataset_type,
                "dataset_uri": self.dataset_uri,
                "features": self.features,
                "headers": self.headers,
                "label": self.label,
                "predicted_label": self.predicted_label,
                "label_values_or_threshold": self.label_values_or_threshold,
                "facet": tuple(facet.to_document() for facet in self.facet),
                "group_variable": self.group_variable,
                "excluded_columns": self.excluded_columns,
                "joinsource_name_or_index": self.joinsource_name_or_index,
                "facet_dataset_uri": self.facet_dataset_uri,
                "facet_headers": self.facet_headers,
                "predicted_label_dataset_uri": self.predicted_label_dataset_uri,
                "predicted_label_headers": self.predicted_label_headers,
                "segment_config": tuple(segment.to_document() for segment in self.segment_config),
                "time_series_data_config": self.time_series_data_config and self.time_series_data_config.to_document(),
                "methods": self.methods and self.methods.to_document(),
                "predictor": self.predictor and self.predictor.to_document(),
                "probability_threshold": self.probability_threshold,
            }
        )

    def to_json(self) -> str:
        """The file's text on one line, as AWS's SDK writes it."""
        return json.dumps(self.to_document())

    def with_predictor(self, predictor: PredictorConfig | None) -> AnalysisConfig:
        """The same analysis of another model."""
        return replace(self, predictor=predictor)

    @classmethod
    def from_json(
        cls,
        text: str | bytes,
        file: str = FILE_NAME,
        *,
        role: ConfigRole = "job",
        predictor_named_elsewhere: bool = False,
    ) -> AnalysisConfig:
        """The configuration in ``text``.

        :param role: what the file is for: a ``job`` must name dataset type and methods, a ``monitor`` need not
        :param predictor_named_elsewhere: the model is given by other means, so ``predictor`` need not name one
        :raises ContractError: naming ``file``, the JSON path, what is allowed there and what to do.
        """
        root = load(text, file)
        values.refuse_unknown_keys(root, cls.__slots__)
        methods, predictor = root.optional("methods"), root.optional("predictor")
        config = cls(
            version=values.text(root, "version"),
            dataset_type=values.choice(root, "dataset_type", DATASET_TYPES),
            dataset_uri=values.text(root, "dataset_uri"),
            features=values.text(root, "features"),
            headers=_read_headers(root, "headers"),
            label=values.column(root, "label"),
            predicted_label=values.column(root, "predicted_label"),
            label_values_or_threshold=values.scalars(root, "label_values_or_threshold"),
            probability_threshold=values.number(root, "probability_threshold", minimum=0.0, maximum=1.0),
            facet=read_facets(root),
            group_variable=values.column(root, "group_variable"),
            excluded_columns=values.columns(root, "excluded_columns"),
            joinsource_name_or_index=values.column(root, "joinsource_name_or_index"),
            facet_dataset_uri=values.text(root, "facet_dataset_uri"),
            facet_headers=_read_headers(root, "facet_headers"),
            predicted_label_dataset_uri=values.text(root, "predicted_label_dataset_uri"),
            predicted_label_headers=_read_headers(root, "predicted_label_headers"),
            segment_config=read_segments(root.optional("segment_config")),
            time_series_data_config=read_time_series(root.optional("time_series_data_config")),
            methods=None if methods is None else read_methods(methods),
            predictor=None
            if predictor is None
            else read_predictor(predictor, named_elsewhere=predictor_named_elsewhere),
        )
        _check_required(root, config, role, predictor_named_elsewhere)
        return config


def _read_headers(root: JsonNode, key: str) -> tuple[str, ...]:
    found = root.optional(key)
    if found is None:
        return ()
    names = values.texts(root, key)
    for index, item in enumerate(found.items()):
        if names.index(item.text()) != index:
            raise item.error(f"the name {item.text()!r} stands twice", "Give every column a name of its own.")
    return names


def _check_required(root: JsonNode, config: AnalysisConfig, role: ConfigRole, predictor_elsewhere: bool) -> None:
    if role == "job":
        _require(root, "dataset_type", f"Say one of {', '.join(DATASET_TYPES)}.")
        _require(root, "methods", "Name the analyses, such as {'pre_training_bias': {'methods': 'all'}}.")
        if config.is_json and config.time_series_data_config is None:
            _require(root, "features", "Give the JMESPath of the features: the dataset is JSON.")
    asked: list[BiasStage] = [stage for stage in _STAGES if config.bias(stage) is not None]
    if asked:
        _require(root, "facet", "Bias is measured between groups: name the sensitive column.")
        _require(root, "label_values_or_threshold", "Say which label values (or from which threshold on) are positive.")
        if config.predicted_label_dataset_uri is None or "pre_training_bias" in asked:
            _require(root, "label", "Name the column (or JMESPath) of the observed label.")
    if config.methods is None or predictor_elsewhere:
        return
    if role == "job" and config.methods.bias("post_training_bias") is not None and not _predicts(config):
        raise JsonNode(None, "predictor", root.file, root).error(
            "is missing: post-training bias is measured on predicted labels",
            "Name a predictor, a 'predicted_label' of the dataset, or a 'predicted_label_dataset_uri'.",
        )
    for method in ("shap", "pdp", "asymmetric_shapley_value"):
        if getattr(config.methods, method) is not None:
            _require(root, "predictor", f"'{method}' asks a model for scores: say which.")


_STAGES: Final[tuple[BiasStage, ...]] = ("pre_training_bias", "post_training_bias")


def _predicts(config: AnalysisConfig) -> bool:
    return any((config.predictor, config.predicted_label is not None, config.predicted_label_dataset_uri))


def _require(root: JsonNode, key: str, remedy: str) -> None:
    if not root.has(key):
        raise JsonNode(None, key, root.file, root).error("is missing", remedy)
