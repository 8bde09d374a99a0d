"""The data-quality analysis of a job: rows profiled, and checked against a baseline when one is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from airflow_model_monitor.analysis.data_quality import DataQualityResult, analyze
from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.dataset_format import CaptureJson, MergeJson
from airflow_model_monitor.contract.environment import AnalyzerEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import Execution, Verdict
from airflow_model_monitor.jobs.analysis_job import Analysis, AnalysisJob
from airflow_model_monitor.jobs.baseline import Baseline
from airflow_model_monitor.jobs.execution_record import describe, verdict_of
from airflow_model_monitor.jobs.location import Mounts
from airflow_model_monitor.jobs.metrics_file import metric_context
from airflow_model_monitor.jobs.progress import Progress
from airflow_model_monitor.report.render import render
from airflow_model_monitor.tables.dataset import open_dataset


def check(job: AnalyzerEnvironment) -> None:
    """Refuse a job that would run to its end, but not be the one asked for.

    :raises ContractError: naming the variable
    """
    if job.record_preprocessor_script is not None and not isinstance(job.dataset_format, (CaptureJson, MergeJson)):
        raise ContractError(
            "a record preprocessor takes captured records, and the dataset format names none",
            field="record_preprocessor_script",
            remedy="Leave it out, or state sagemakerCaptureJson as dataset_format",
        )


def run(job: AnalysisJob) -> Analysis:
    """Profile the rows and judge them.

    :raises ContractError: the input is at fault
    """
    environment, where = job.environment, job.where
    baseline = Baseline.read(job.constraints, job.statistics)
    with (
        job.scripts.running_preprocessor() as preprocessor,
        Progress(job.stream) as progress,
        open_dataset(
            job.source_urls,
            environment.dataset_format,
            storage_options=dict(where.storage_options),
            compatibility=environment.compatibility,
            preprocessor=preprocessor,
            memory_limit=environment.memory_limit,
            threads=environment.threads,
        ) as relation,
    ):
        result = analyze(
            relation,
            baseline_constraints=baseline.constraints,
            baseline_statistics=baseline.statistics,
            compatibility=environment.compatibility,
            exact_rows=environment.exact_rows,
            generation=environment.file_generation,
            categorical_drift_method=environment.categorical_drift_method,
            excluded=environment.excluded_features,
            emit=metric_context(environment),
            progress=progress,
        )
    original = None if relation.alike else _original(environment, baseline, job.source_urls, where)
    execution = describe(environment, baseline, result, original)
    texts = _texts(environment, result)
    if environment.report_enabled:
        texts["report.html"] = _report(execution, baseline, result)
        execution = replace(execution, report="report.html")
    return Analysis(execution, texts, result.metrics)


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


def _texts(job: AnalyzerEnvironment, result: DataQualityResult) -> dict[str, str]:
    texts: dict[str, str] = {}
    if result.statistics is not None:
        texts["statistics.json"] = result.statistics.to_json(job.file_generation)
    if result.constraints is not None:
        texts["constraints.json"] = result.constraints.to_json(job.file_generation)
    if result.violations:
        texts["constraint_violations.json"] = result.violations.to_json()
    return texts


def _report(execution: Execution, baseline: Baseline, result: DataQualityResult) -> str:
    return render(
        execution,
        statistics=result.statistics,
        constraints=result.constraints,
        violations=result.violations,
        baseline_statistics=baseline.statistics,
        baseline_constraints=baseline.constraints,
        drift=result.drift,
    )
