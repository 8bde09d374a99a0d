"""The Clarify job: a configuration and folders in; bias, explanations and their drift out."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TextIO

from airflow_model_monitor.contract.analysis_config import FILE_NAME as CONFIG_FILE_NAME
from airflow_model_monitor.contract.analysis_config import AnalysisConfig, ConfigRole
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import BaselineFile
from airflow_model_monitor.contract.json_reader import load
from airflow_model_monitor.jobs.clarify_bias import measure_bias
from airflow_model_monitor.jobs.clarify_inputs.dataset import read_rows
from airflow_model_monitor.jobs.clarify_record import ClarifyFindings, describe, published_file
from airflow_model_monitor.jobs.clarify_report import texts_of
from airflow_model_monitor.jobs.clarify_shap import explain_rows
from airflow_model_monitor.jobs.job_frame import framed
from airflow_model_monitor.jobs.location import Location, Mounts
from airflow_model_monitor.jobs.metrics_file import metric_context, write_metrics
from airflow_model_monitor.jobs.model_source import ModelSource
from airflow_model_monitor.jobs.publication import Publication
from airflow_model_monitor.jobs.result import JobResult

UNREADABLE_CONFIG: Final = "Unable to load analysis configuration as JSON."
INVALID_CONFIG: Final = "Analysis configuration schema validation error."
"""The original's words, which ours come behind."""


def run(
    env: Mapping[str, str],
    *,
    mounts: Mapping[str, str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    session: Any = None,
    service_url: str | None = None,
    headers: Mapping[str, str] | None = None,
    stream: TextIO | None = None,
) -> JobResult:
    """Run one Clarify job to its end; a failure is a result too, never an exception.

    :param env: the job's variables, see :class:`.ClarifyEnvironment`; all have a default
    :param mounts: container paths (or folders below them) to local folders or fsspec addresses; what is not mounted
        is a path of this machine
    :param storage_options: what fsspec needs to open the addresses
    :param session: boto3 session for SageMaker endpoints; the default credentials when ``None``
    :param service_url: address of InvokeEndpoint when it is not AWS's own
    :param headers: of requests to an HTTP endpoint, such as ``Authorization``
    :param stream: log and progress; the standard error by default
    """
    stream = stream or sys.stderr
    where = Mounts(mounts or {}, storage_options or {})

    def work() -> JobResult:
        job = ClarifyEnvironment.from_mapping(env)
        source = ModelSource(job, where, stream, session=session, service_url=service_url, headers=headers or {})
        return _clarify(job, source, where, stream)

    return framed(work, message_file=env.get("output_message_file"), where=where, stream=stream)


def _clarify(job: ClarifyEnvironment, source: ModelSource, where: Mounts, stream: TextIO) -> JobResult:
    config_at = _config_location(job, where)
    baseline_at = where.locate(job.shared.baseline_constraints) if job.shared.baseline_constraints else None
    context = metric_context(job.shared)
    stated = _stated(job, config_at)
    addresses = [config_at, baseline_at, *where.locate_all(job.shared.dataset_source), *_named_by(stated, where)]
    inputs = [at.path for at in addresses if at is not None and at.is_local]
    with Publication(where.locate(job.shared.output_path).path, inputs=inputs) as publication:
        if isinstance(stated, ContractError):
            raise stated  # only now: what an earlier run left must be gone
        config = stated
        baseline, files = _baseline(baseline_at)
        rows, config = read_rows(job, config, where)
        stream.write(f"{len(rows):,} rows of {len(rows.features.names)} features read\n")
        findings = ClarifyFindings(config, rows=len(rows), baseline=baseline, baseline_files=files)
        with source.opening(config, rows) as model:
            findings.bias = measure_bias(job, config, rows, model, baseline, context)
            findings.shap = explain_rows(job, config, rows, model, baseline, context, publication, stream)
        execution = describe(job, findings, context)
        texts = texts_of(job, findings, execution)
        if "report.html" in texts:
            execution = replace(execution, report="report.html")
        for name, text in texts.items():
            publication.write(name, text)
        execution = replace(
            execution, files={name: published_file(publication.staged(name)) for name in publication.names}
        )
        publication.write("execution.json", execution.to_json())
        publication.publish()
        metrics_file = write_metrics(job.shared, where, findings.metrics)
        publication.keep()
    return JobResult(0, execution.exit_message, execution.status, publication.output, execution, metrics_file)


def _config_location(job: ClarifyEnvironment, where: Mounts) -> Location:
    stated = where.locate(job.analysis_config)
    if stated.name.endswith(".json"):
        return stated
    return Location(f"{stated.url.rstrip('/')}/{CONFIG_FILE_NAME}", stated.storage_options)


def _stated(job: ClarifyEnvironment, location: Location) -> AnalysisConfig | ContractError:
    try:
        return _config(job, location)
    except ContractError as error:
        return error


def _named_by(config: AnalysisConfig | ContractError, where: Mounts) -> list[Location]:
    """The files a configuration names, which an earlier run may have written into the output folder."""
    if isinstance(config, ContractError):
        return []
    shap = None if config.methods is None else config.methods.shap
    named = (config.dataset_uri, config.predicted_label_dataset_uri, config.facet_dataset_uri, shap and shap.baseline)
    return [where.locate(address) for address in named if isinstance(address, str)]


def _config(job: ClarifyEnvironment, location: Location) -> AnalysisConfig:
    """Read the configuration.

    :raises ContractError: with the original's words in front of what is wrong, and where
    """
    content = location.read()
    try:
        load(content, location.url)
    except ContractError as error:
        raise _with_words(UNREADABLE_CONFIG, error) from error
    # A monitor's file is a subset: how its data are laid out stands in the environment.
    role: ConfigRole = "job" if job.dataset_format is None else "monitor"
    try:
        config = AnalysisConfig.from_json(content, location.url, role=role, predictor_named_elsewhere=job.names_a_model)
    except ContractError as error:
        raise _with_words(INVALID_CONFIG, error) from error
    if job.probability_threshold is not None:
        config = replace(config, probability_threshold=job.probability_threshold)
    _refuse_what_would_be_ignored(config)
    return config


def _with_words(words: str, error: ContractError) -> ContractError:
    return ContractError(
        f"{words} {error.message}", file=error.file, line=error.line, field=error.field, remedy=error.remedy
    )


def _refuse_what_would_be_ignored(config: AnalysisConfig) -> None:
    methods, shap = config.methods, None if config.methods is None else config.methods.shap
    unknown = {
        "$.dataset_type": config.dataset_type if config.dataset_type == "application/x-image" else None,
        "$.time_series_data_config": config.time_series_data_config,
        "$.segment_config": config.segment_config or None,
        "$.methods.pdp": methods and methods.pdp,
        "$.methods.asymmetric_shapley_value": methods and methods.asymmetric_shapley_value,
        "$.methods.shap.text_config": shap and shap.text_config,
        "$.methods.shap.image_config": shap and shap.image_config,
    }
    for key, found in unknown.items():
        if found is not None:
            raise ContractError(
                "this release does not analyse it",
                file=CONFIG_FILE_NAME,
                field=key,
                remedy="Leave it out: bias and SHAP values of tabular data are what it knows",
            )


def _baseline(location: Location | None) -> tuple[AnalysisReport | None, dict[str, BaselineFile]]:
    if location is None:
        return None, {}
    content = location.read()
    found = AnalysisReport.from_json(content, location.url)
    return found, {"constraints": BaselineFile(location.url, hashlib.sha256(content).hexdigest())}
