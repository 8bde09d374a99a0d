"""The analysis_config.json of a Clarify monitor and of its baseline: put together as AWS's SDK does it, and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from airflow_model_monitor.contract.analysis_config import FILE_NAME, AnalysisConfig, ConfigRole, DatasetType
from airflow_model_monitor.contract.clarify_values import Column
from airflow_model_monitor.contract.dataset_format import Csv, DatasetFormat, Json, Parquet, parse_dataset_format
from airflow_model_monitor.contract.errors import ContractError

ClarifyAnalysis = Literal["MODEL_BIAS", "MODEL_EXPLAINABILITY"]
Document = dict[str, Any]

_REPORT: Final = {"name": "report", "title": "Analysis Report"}
_ALL: Final = {"methods": "all"}


def baseline_document(
    analysis: ClarifyAnalysis,
    *,
    dataset_type: str | None,
    headers: Sequence[str] | None = None,
    label: Column | None = None,
    features: str | None = None,
    bias: Mapping[str, Any] | None = None,
    shap: Mapping[str, Any] | None = None,
    predictor: Mapping[str, Any] | None = None,
    predicted_label: Column | None = None,
    probability_threshold: float | None = None,
) -> Document:
    """The file of a baselining job, as ``suggest_baseline`` of AWS's SDK uploads it.

    :param dataset_type: such as ``text/csv``
    :param headers: names of all columns, the label's too
    :param label: the observed label: a column, or a JMESPath where the dataset is JSON
    :param features: JMESPath of the features, where the dataset is JSON
    :param bias: ``facet``, ``label_values_or_threshold`` and ``group_variable``; for bias
    :param shap: settings of Kernel SHAP; for explainability
    :param predictor: the model to ask
    :param predicted_label: instead, the column of what a model said
    :param probability_threshold: a score above it is the positive label
    """
    bias_methods = {"pre_training_bias": _ALL, "post_training_bias": _ALL}
    return _stated(
        {
            "dataset_type": dataset_type,
            "features": features,
            "headers": headers and list(headers),
            "label": label,
            "predicted_label": predicted_label,
            **(bias or {}),
            "methods": {"report": _REPORT, **(bias_methods if analysis == "MODEL_BIAS" else {"shap": shap})},
            "predictor": predictor,
            "probability_threshold": probability_threshold,
        }
    )


def monitor_document(
    analysis: ClarifyAnalysis,
    *,
    headers: Sequence[str] | None = None,
    label: Column | None = None,
    bias: Mapping[str, Any] | None = None,
    shap: Mapping[str, Any] | None = None,
    predictor: Mapping[str, Any] | None = None,
    predicted_label: Column | None = None,
) -> Document:
    """The file of a monitor: the subset of the baseline's that ``create_monitoring_schedule`` uploads.

    The parameters are those of :func:`baseline_document`. An explainability monitor sees requests, so its headers are
    those of the features. ``predicted_label`` is for windows that come as a dataset instead of captured answers.
    """
    if analysis == "MODEL_BIAS":
        return _stated(
            {**(bias or {}), "headers": headers and list(headers), "label": label, "predicted_label": predicted_label}
        )
    names = list(headers or ())
    if isinstance(label, int):
        label = names[label] if label < len(names) else None
    return _stated(
        {
            "methods": {"shap": shap},
            "predictor": predictor,
            "headers": [name for name in names if name != label] or None,
        }
    )


def checked_config(
    document: Mapping[str, Any], analysis: ClarifyAnalysis, role: ConfigRole, *, model_named_elsewhere: bool = False
) -> AnalysisConfig:
    """The configuration in a document.

    :param role: ``job`` for a baseline, ``monitor`` for what is judged by it
    :param model_named_elsewhere: the model to ask is given by other means
    :raises ContractError: it breaks the schema; the error names the key
    :raises ValueError: it is for another monitor, or holds a password
    """
    config = AnalysisConfig.from_json(json.dumps(document), role=role, predictor_named_elsewhere=model_named_elsewhere)
    methods = config.methods
    explains = methods is not None and methods.shap is not None
    measures = any(config.bias(stage) is not None for stage in ("pre_training_bias", "post_training_bias"))
    if analysis == "MODEL_EXPLAINABILITY" and not explains:
        raise ContractError(
            "is missing", file=FILE_NAME, field="$.methods.shap", remedy="An explainability monitor needs it"
        )
    if analysis == "MODEL_BIAS" and not measures:
        raise ContractError(
            "asks for no bias metric",
            file=FILE_NAME,
            field="$.methods",
            remedy="A bias monitor needs pre_training_bias or post_training_bias",
        )
    if role == "monitor" and explains and measures:
        raise ContractError(
            "asks for bias and for explanations",
            file=FILE_NAME,
            field="$.methods",
            remedy="Give each of the two monitors its own methods",
        )
    _refuse_password(config)
    return config


def dataset_type_of(dataset_format: DatasetFormat | str) -> DatasetType:
    """What analysis_config.json calls a dataset of this format.

    :raises ValueError: captured data is no dataset
    """
    found = parse_dataset_format(dataset_format) if isinstance(dataset_format, str) else dataset_format
    if isinstance(found, Csv):
        return "text/csv"
    if isinstance(found, Parquet):
        return "application/x-parquet"
    if isinstance(found, Json):
        return "application/jsonlines" if found.lines else "application/json"
    raise ValueError(
        f"dataset_format: {found.to_json()}; a baseline is made of a dataset, such as {Csv().to_json()}, not of "
        "captured data"
    )


def _refuse_password(config: AnalysisConfig) -> None:
    url = None if config.predictor is None else config.predictor.endpoint_url
    if url is not None and urlsplit(url).password is not None:
        host = urlsplit(url).hostname
        raise ValueError(
            f"endpoint_url: the address of {host} holds a password, and the configuration is kept beside the results; "
            "put both into an Airflow connection and give model_conn_id"
        )


def _stated(document: Mapping[str, Any]) -> Document:
    return {key: value for key, value in document.items() if value is not None}
