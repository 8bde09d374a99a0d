"""The analyzer: environment and folders in, contract files, exit message and exit code out."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final, TextIO

from airflow_model_monitor.analysis.data_quality import DataQualityResult, analyze
from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.dataset_format import CaptureJson, MergeJson
from airflow_model_monitor.contract.environment import OUTPUT_MESSAGE_FILE, AnalyzerEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import Execution, Verdict
from airflow_model_monitor.jobs.baseline import Baseline
from airflow_model_monitor.jobs.execution_record import describe, published, verdict_of
from airflow_model_monitor.jobs.location import Location, Mounts
from airflow_model_monitor.jobs.metrics_file import metric_context, write_metrics
from airflow_model_monitor.jobs.progress import Progress
from airflow_model_monitor.jobs.publication import Publication
from airflow_model_monitor.jobs.result import JobResult
from airflow_model_monitor.jobs.script_limits import ScriptLimits
from airflow_model_monitor.jobs.scripts import Scripts
from airflow_model_monitor.report.render import render
from airflow_model_monitor.tables.dataset import open_dataset

CONTRACT_EXIT_CODE: Final = 255  # what the original's failed jobs show
UNEXPECTED_EXIT_CODE: Final = 1
DATA_QUALITY_NAMES: Final = ("DATA_QUALITY", "DATAQUALITY")


def run(
    env: Mapping[str, str],
    *,
    mounts: Mapping[str, str] | None = None,
    storage_options: Mapping[str, Any] | None = None,
    stream: TextIO | None = None,
) -> JobResult:
    """Run one analyzer job to its end; a failure is a result too, never an exception.

    :param env: the environment of the contract, see
        :class:`~airflow_model_monitor.contract.environment.AnalyzerEnvironment`
    :param mounts: container paths (or folders below them) to local folders or fsspec addresses; what is not mounted
        is a path of this machine
    :param storage_options: what fsspec needs to open the addresses
    :param stream: log and progress; the standard error by default
    """
    stream = stream or sys.stderr
    where = Mounts(mounts or {}, storage_options or {})
    try:
        result = _analyze(AnalyzerEnvironment.from_mapping(env), env, where, stream)
    except ContractError as error:
        result = _failure(str(error), CONTRACT_EXIT_CODE)
    except Exception as error:  # noqa: BLE001 - whatever happens, the contract's exit message says so
        traceback.print_exc(file=stream)
        text = f"{type(error).__name__}: {error} (this is not the input's fault as far as we know: please report it)"
        result = _failure(text, UNEXPECTED_EXIT_CODE)
    try:
        message_file = _message_file(env, where)
        if message_file is not None:
            message_file.parent.mkdir(parents=True, exist_ok=True)
            message_file.write_text(result.message, encoding="utf-8")
    except (OSError, ContractError) as error:
        stream.write(f"The exit message could not be written to output_message_file: {error}\n")
    return result


def _failure(text: str, code: int) -> JobResult:
    message = exit_message.error(text)
    return JobResult(exit_code=code, message=message, status=exit_message.status_of(message, code))


def _analyze(job: AnalyzerEnvironment, env: Mapping[str, str], where: Mounts, stream: TextIO) -> JobResult:
    def locate(path: str | None) -> Location | None:
        return where.locate(path) if path else None

    constraints_at, statistics_at = locate(job.baseline_constraints), locate(job.baseline_statistics)
    sources = where.locate_all(job.dataset_source)
    scripts = Scripts(
        preprocessor=locate(job.record_preprocessor_script),
        post_processor=locate(job.post_analytics_processor_script),
        limits=_script_limits(job, env),
        environment=_contract_variables(env),
        log=stream,
    )
    scripts.require_enabled(job.enable_scripts)
    _refuse_what_would_be_ignored(job)
    inputs = [at.path for at in (*sources, constraints_at, statistics_at) if at is not None and at.is_local]
    with Publication(where.locate(job.output_path).path, inputs=inputs) as publication:
        baseline = Baseline.read(constraints_at, statistics_at)
        with (
            scripts.running_preprocessor() as preprocessor,
            Progress(stream) as progress,
            open_dataset(
                [source.url for source in sources],
                job.dataset_format,
                storage_options=dict(where.storage_options),
                compatibility=job.compatibility,
                preprocessor=preprocessor,
                memory_limit=job.memory_limit,
                threads=job.threads,
            ) as relation,
        ):
            result = analyze(
                relation,
                baseline_constraints=baseline.constraints,
                baseline_statistics=baseline.statistics,
                compatibility=job.compatibility,
                exact_rows=job.exact_rows,
                generation=job.file_generation,
                categorical_drift_method=job.categorical_drift_method,
                excluded=job.excluded_features,
                emit=metric_context(job),
                progress=progress,
            )
        original = None if relation.alike else _original(job, baseline, [source.url for source in sources], where)
        execution = _write(publication, job, baseline, result, original)
        publication.publish()
        scripts.post_process(publication.output)
        metrics_file = write_metrics(job, where, result)
        publication.keep()
    return JobResult(0, execution.exit_message, execution.status, publication.output, execution, metrics_file)


def _refuse_what_would_be_ignored(job: AnalyzerEnvironment) -> None:
    """Refuse a job that would run to its end, but not be the one asked for.

    :raises ContractError: naming the variable
    """
    if job.analysis_type is not None and job.analysis_type.upper() not in DATA_QUALITY_NAMES:
        raise ContractError(
            f"{job.analysis_type!r} is not data quality, the one analysis this command knows",
            field="analysis_type",
            remedy="Leave it out for data quality",
        )
    if job.record_preprocessor_script is not None and not isinstance(job.dataset_format, (CaptureJson, MergeJson)):
        raise ContractError(
            "a record preprocessor takes captured records, and the dataset format names none",
            field="record_preprocessor_script",
            remedy="Leave it out, or state sagemakerCaptureJson as dataset_format",
        )


def _original(job: AnalyzerEnvironment, baseline: Baseline, sources: Sequence[str], where: Mounts) -> Verdict | None:
    """What the original says where it reads other rows than ``corrected`` did, or refuses to read them."""
    if job.compatibility == SAGEMAKER or baseline.constraints is None:
        return None
    try:
        with open_dataset(
            sources,
            job.dataset_format,
            storage_options=dict(where.storage_options),
            compatibility=SAGEMAKER,
            memory_limit=job.memory_limit,
            threads=job.threads,
        ) as relation:
            result = analyze(
                relation,
                baseline_constraints=baseline.constraints,
                baseline_statistics=baseline.statistics,
                compatibility=SAGEMAKER,
                exact_rows=job.exact_rows,
                generation=job.file_generation,
                categorical_drift_method=job.categorical_drift_method,
                excluded=job.excluded_features,
            )
    except ContractError:
        return Verdict(exit_message.FAILED, 0)
    return verdict_of(result.violations)


def _write(
    publication: Publication,
    job: AnalyzerEnvironment,
    baseline: Baseline,
    result: DataQualityResult,
    original: Verdict | None,
) -> Execution:
    """Stage every file and return what ``execution.json`` says."""
    texts: dict[str, str] = {}
    if result.statistics is not None:
        texts["statistics.json"] = result.statistics.to_json(job.file_generation)
    if result.constraints is not None:
        texts["constraints.json"] = result.constraints.to_json(job.file_generation)
    if result.violations:
        texts["constraint_violations.json"] = result.violations.to_json()
    execution = describe(job, baseline, result, original)
    if job.report_enabled:
        texts["report.html"] = render(
            execution,
            statistics=result.statistics,
            constraints=result.constraints,
            violations=result.violations,
            baseline_statistics=baseline.statistics,
            baseline_constraints=baseline.constraints,
            drift=result.drift,
        )
        execution = replace(execution, report="report.html")
    execution = replace(execution, files={name: published(text) for name, text in texts.items()})
    for name, text in {**texts, "execution.json": execution.to_json()}.items():
        publication.write(name, text)
    return execution


def _message_file(env: Mapping[str, str], where: Mounts) -> Path | None:
    """Where the exit message goes; outside a container the default folder is not there, and is not asked for."""
    named = env.get("output_message_file", "").strip()
    location = where.locate(named or OUTPUT_MESSAGE_FILE)
    asked_for = named or location.url != OUTPUT_MESSAGE_FILE or location.path.parent.is_dir()
    return location.path if asked_for else None


def _script_limits(job: AnalyzerEnvironment, env: Mapping[str, str]) -> ScriptLimits:
    names = tuple(name.strip() for name in env.get("script_pass_environment", "").split(",") if name.strip())
    return ScriptLimits(job.script_time_limit_seconds, job.script_memory_limit_mb, names)


def _contract_variables(env: Mapping[str, str]) -> dict[str, str]:
    """The variables of the contract alone: ``env`` may be a whole process environment with its secrets."""
    return {field.name: env[field.name] for field in fields(AnalyzerEnvironment) if field.name in env}
