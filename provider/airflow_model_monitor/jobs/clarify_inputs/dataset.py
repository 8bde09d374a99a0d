"""Opening what a Clarify job analyses: a dataset the configuration describes, or what a monitor captured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from airflow_model_monitor.contract.clarify_headers import with_names
from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv, Json, MergeJson, Parquet
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.clarify_inputs.csv_table import csv_columns, parquet_columns
from airflow_model_monitor.jobs.clarify_inputs.json_records import json_rows
from airflow_model_monitor.jobs.clarify_inputs.model_rows import ModelRows, named, split, with_facets_of
from airflow_model_monitor.jobs.clarify_inputs.monitored_records import RecordLayout, monitored_rows
from airflow_model_monitor.jobs.clarify_inputs.side_datasets import with_facets, with_predicted_labels
from airflow_model_monitor.jobs.clarify_inputs.stated_address import stated_at
from airflow_model_monitor.jobs.clarify_inputs.value_columns import Column
from airflow_model_monitor.jobs.location import Mounts
from airflow_model_monitor.jobs.transform_files import data_urls

_TYPES: Mapping[str, Any] = {
    "text/csv": Csv(),
    "application/x-parquet": Parquet(),
    "application/jsonlines": Json(lines=True),
    "application/json": Json(lines=False),
    "application/sagemakercapturejson": CaptureJson(),
}


def read_rows(job: ClarifyEnvironment, config: AnalysisConfig, where: Mounts) -> tuple[ModelRows, AnalysisConfig]:
    """Read the rows of a job.

    :return: the rows, and the configuration with its facets and group variable named as the rows' columns are
    :raises ContractError: the data are not what the configuration and the environment say
    """
    urls = _urls(job, config, where)
    found = job.dataset_format or _TYPES.get(config.dataset_type or "text/csv")
    storage = dict(where.storage_options)
    options = {"memory_limit": job.shared.memory_limit, "threads": job.shared.threads}
    if isinstance(found, CaptureJson | MergeJson):
        return _monitored(job, config, urls, storage, labelled=isinstance(found, MergeJson))
    if isinstance(found, Json):
        features = job.features_attribute or config.features
        if features is None:
            raise ContractError(
                "is missing", field="features", remedy="Give the JMESPath of the features: the dataset is JSON"
            )
        with stated_at("$.dataset_uri") if _is_stated(job, config) else nullcontext():
            rows = json_rows(urls, config, lines=found.lines, features=features, storage_options=storage)
        _refuse_side_datasets(config)
        return rows, with_names(config, rows.features.names)
    if isinstance(found, Csv | Parquet):
        read = csv_columns if isinstance(found, Csv) else parquet_columns
        with stated_at("$.dataset_uri") if _is_stated(job, config) else nullcontext():
            columns = read(urls, config.headers, storage_options=storage, options=options)
        rows = split(config, columns)
        join = named(config.joinsource_name_or_index, list(columns), "$.joinsource_name_or_index")
        rows, facets = _with_side_datasets(rows, columns[join] if join else None, config, where, options)
        return rows, _with_names(config, list(columns), facets)
    raise ContractError(
        f"{config.dataset_type!r} is no table", field="$.dataset_type", remedy=f"Choose one of {', '.join(_TYPES)}"
    )


def _with_names(config: AnalysisConfig, names: Sequence[str], facet_names: Sequence[str]) -> AnalysisConfig:
    """The configuration with columns by name, each looked for in the file it is in."""
    here = config
    if config.predicted_label_dataset_uri is not None:
        here = replace(here, predicted_label=None)
    if facet_names:
        here = replace(here, facet=())
    here = with_names(here, names)
    return with_facets_of(replace(here, facet=config.facet), facet_names) if facet_names else here


def _monitored(
    job: ClarifyEnvironment, config: AnalysisConfig, urls: Sequence[str], storage: Mapping[str, Any], *, labelled: bool
) -> tuple[ModelRows, AnalysisConfig]:
    predictor = config.predictor
    inference, probability = job.shared.inference_attribute, job.shared.probability_attribute
    if labelled and inference is None and probability is None:
        # What the baselining job looked for in the model's answer is in its answer still.
        inference = None if predictor is None or predictor.label is None else str(predictor.label)
        probability = None if predictor is None or predictor.probability is None else str(predictor.probability)
        if inference is None and probability is None and config.bias("post_training_bias") is not None:
            raise ContractError(
                "is missing, and so is probability_attribute",
                field="inference_attribute",
                remedy="Say where the predicted label or its probability stands in the model's answer",
            )
    layout = RecordLayout(
        config,
        features=job.features_attribute or config.features,
        inference=inference,
        probability=probability,
        label=job.shared.ground_truth_attribute,
        labelled=labelled,
    )
    return monitored_rows(urls, layout, storage_options=storage)


def _with_side_datasets(
    rows: ModelRows, join: Column | None, config: AnalysisConfig, where: Mounts, options: Mapping[str, Any]
) -> tuple[ModelRows, tuple[str, ...]]:
    storage = dict(where.storage_options)

    def side(uri: str, headers: Sequence[str], name: str) -> dict[str, Column]:
        url, key = where.locate(uri).url, f"{name}_headers"
        with stated_at(f"$.{name}_dataset_uri"):
            return csv_columns([url], headers, storage_options=storage, options=options, key=key)

    if config.predicted_label_dataset_uri is not None:
        columns = side(config.predicted_label_dataset_uri, config.predicted_label_headers, "predicted_label")
        rows, join = with_predicted_labels(rows, join, columns, config)
    if config.facet_dataset_uri is not None:
        columns = side(config.facet_dataset_uri, config.facet_headers, "facet")
        rows, join = with_facets(rows, join, columns, config)
        return rows, tuple(columns)
    return rows, ()


def _refuse_side_datasets(config: AnalysisConfig) -> None:
    for key in ("predicted_label_dataset_uri", "facet_dataset_uri", "joinsource_name_or_index"):
        if getattr(config, key) is not None:
            raise ContractError("goes with a text/csv dataset only", field=f"$.{key}", remedy="Leave it out")


def _urls(job: ClarifyEnvironment, config: AnalysisConfig, where: Mounts) -> list[str]:
    if _is_stated(job, config):
        assert config.dataset_uri is not None
        return [where.locate(config.dataset_uri).url]
    urls = [location.url for location in where.locate_all(job.shared.dataset_source)]
    return urls if job.dataset_format is None else data_urls(job.shared, urls, where.storage_options)


def _is_stated(job: ClarifyEnvironment, config: AnalysisConfig) -> bool:
    """Whether the configuration says where the dataset is: it takes precedence, as the original documents, but a
    monitor's data is its window's."""
    return config.dataset_uri is not None and job.dataset_format is None
