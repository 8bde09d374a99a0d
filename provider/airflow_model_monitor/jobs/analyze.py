"""The analyzer: environment and folders in, contract files, exit message and exit code out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from types import ModuleType
from typing import Any, Final, TextIO

from airflow_model_monitor.contract.environment import AnalyzerEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.jobs import data_quality, model_quality
from airflow_model_monitor.jobs.analysis_job import Analysis, AnalysisJob
from airflow_model_monitor.jobs.execution_record import published
from airflow_model_monitor.jobs.job_frame import framed
from airflow_model_monitor.jobs.location import Location, Mounts
from airflow_model_monitor.jobs.metrics_file import write_metrics
from airflow_model_monitor.jobs.publication import Publication
from airflow_model_monitor.jobs.result import JobResult
from airflow_model_monitor.jobs.script_limits import ScriptLimits
from airflow_model_monitor.jobs.scripts import Scripts

_ANALYSES: Final = {"DATAQUALITY": data_quality, "MODELQUALITY": model_quality}


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

    def work() -> JobResult:
        return _analyze(AnalyzerEnvironment.from_mapping(env), env, where, stream)

    return framed(work, message_file=env.get("output_message_file"), where=where, stream=stream)


def _analyze(job: AnalyzerEnvironment, env: Mapping[str, str], where: Mounts, stream: TextIO) -> JobResult:
    def locate(path: str | None) -> Location | None:
        return where.locate(path) if path else None

    analysis = _analysis_of(job)
    task = AnalysisJob(
        environment=job,
        where=where,
        sources=tuple(where.locate_all(job.dataset_source)),
        constraints=locate(job.baseline_constraints),
        statistics=locate(job.baseline_statistics),
        scripts=Scripts(
            preprocessor=locate(job.record_preprocessor_script),
            post_processor=locate(job.post_analytics_processor_script),
            limits=_script_limits(job, env),
            environment=_contract_variables(env),
            log=stream,
        ),
        stream=stream,
    )
    task.scripts.require_enabled(job.enable_scripts)
    analysis.check(job)
    addresses = (*task.sources, task.constraints, task.statistics)
    inputs = [at.path for at in addresses if at is not None and at.is_local]
    with Publication(where.locate(job.output_path).path, inputs=inputs) as publication:
        found = analysis.run(task)
        execution = _write(publication, found)
        publication.publish()
        task.scripts.post_process(publication.output)
        metrics_file = write_metrics(job, where, found.metrics)
        publication.keep()
    return JobResult(0, execution.exit_message, execution.status, publication.output, execution, metrics_file)


def _analysis_of(job: AnalyzerEnvironment) -> ModuleType:
    """The analysis a job asks for: a module with ``check(environment)`` and ``run(job)``.

    :raises ContractError: there is no such analysis
    """
    if job.analysis_type is None:
        return data_quality
    analysis = _ANALYSES.get(job.analysis_type.strip().upper().replace("_", ""))
    if analysis is None:
        raise ContractError(
            f"{job.analysis_type!r} is no analysis of this command",
            field="analysis_type",
            remedy="Choose DATA_QUALITY or MODEL_QUALITY; left out it is data quality",
        )
    return analysis


def _write(publication: Publication, found: Analysis) -> Execution:
    """Stage every file and return what ``execution.json`` says."""
    execution = replace(found.execution, files={name: published(text) for name, text in found.texts.items()})
    for name, text in {**found.texts, "execution.json": execution.to_json()}.items():
        publication.write(name, text)
    return execution


def _script_limits(job: AnalyzerEnvironment, env: Mapping[str, str]) -> ScriptLimits:
    names = tuple(name.strip() for name in env.get("script_pass_environment", "").split(",") if name.strip())
    return ScriptLimits(job.script_time_limit_seconds, job.script_memory_limit_mb, names)


def _contract_variables(env: Mapping[str, str]) -> dict[str, str]:
    """The variables of the contract alone: ``env`` may be a whole process environment with its secrets."""
    return {field.name: env[field.name] for field in fields(AnalyzerEnvironment) if field.name in env}
