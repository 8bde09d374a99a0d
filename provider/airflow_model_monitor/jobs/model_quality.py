"""The model-quality analysis of a job: labels beside what the model said, judged by a baseline when one is given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_model_monitor.analysis.model_quality import ModelQualityResult, analyze
from airflow_model_monitor.analysis.model_quality.row_errors import RowError
from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility
from airflow_model_monitor.contract.dataset_format import CaptureJson, MergeJson
from airflow_model_monitor.contract.environment import AnalyzerEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import BaselineFile, Verdict
from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints
from airflow_model_monitor.contract.problem_type import (
    BINARY_CLASSIFICATION,
    PROBLEM_TYPES,
    REGRESSION,
    ProblemType,
    parse_problem_type,
)
from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.jobs.analysis_job import Analysis, AnalysisJob
from airflow_model_monitor.jobs.execution_record import describe_model_quality, verdict_of
from airflow_model_monitor.jobs.metrics_file import metric_context
from airflow_model_monitor.report.model_quality_page import render_model_quality
from airflow_model_monitor.tables.labelled_columns import LabelAttributes, LabelledColumns, labelled_columns


def check(job: AnalyzerEnvironment) -> None:
    """Refuse a job that cannot run, or would not be the one asked for.

    :raises ContractError: naming the variable
    """
    problem_type = _problem_type(job)
    if job.record_preprocessor_script is not None:
        raise ContractError(
            "model quality takes no record preprocessor: its records are merged ones",
            field="record_preprocessor_script",
            remedy="Leave it out; attributes point into CSV and JSON payloads (an index, a name, a path)",
        )
    if job.baseline_statistics is not None:
        raise ContractError(
            "model quality is judged by constraints alone",
            field="baseline_statistics",
            remedy="Leave it out and give baseline_constraints",
        )
    if job.inference_attribute is None:
        if problem_type != BINARY_CLASSIFICATION:
            raise _no_prediction("", f"Set it: {problem_type} needs the model's prediction")
        if job.probability_attribute is None:
            raise _no_prediction(
                " (and no probability_attribute)", "Set inference_attribute, probability_attribute or both"
            )
    if isinstance(job.dataset_format, CaptureJson):
        raise ContractError(
            "captured data has no labels",
            field="dataset_format",
            remedy="Merge it with its ground truth first (model-monitor merge) and use sagemakerMergeJson",
        )
    if job.ground_truth_attribute is None and not isinstance(job.dataset_format, MergeJson):
        raise ContractError(
            "missing required field, and a data set's label can be in any column",
            field="ground_truth_attribute",
            remedy="Set it to the name or index of the label's column",
        )
    _threshold(job)


def run(job: AnalysisJob) -> Analysis:
    """Read labels and answers, measure the model and judge it.

    :raises ContractError: the input is at fault; where a row is, the file and line it stands in are named
    """
    environment = job.environment
    baseline = _Baseline.read(job)
    columns = _columns(job, environment.compatibility)
    job.stream.write(f"{columns.rows:,} labelled rows read\n")
    result = _judged(environment, columns, baseline, environment.compatibility, emit=metric_context(environment))
    original = None if columns.alike else _original(job, baseline)
    execution = describe_model_quality(environment, baseline.files, result, original)
    texts = {
        "statistics.json": result.statistics.to_json(environment.file_generation),
        "constraints.json": result.constraints.to_json(),
    }
    if result.violations is not None:
        # As the original, even when nothing is violated; a data-quality job leaves the file out then.
        texts["constraint_violations.json"] = result.violations.to_json()
    if environment.report_enabled:
        texts["report.html"] = render_model_quality(
            execution,
            statistics=result.statistics,
            constraints=result.constraints,
            violations=result.violations,
            baseline_constraints=baseline.constraints,
        )
        execution = replace(execution, report="report.html")
    return Analysis(execution, texts, result.metrics)


@dataclass(frozen=True, slots=True)
class _Baseline:
    constraints: ModelQualityConstraints | None = None
    files: Mapping[str, BaselineFile] = field(default_factory=dict)

    @classmethod
    def read(cls, job: AnalysisJob) -> _Baseline:
        if job.constraints is None:
            return cls()
        content = job.constraints.read()
        file = BaselineFile(job.constraints.url, hashlib.sha256(content).hexdigest())
        return cls(ModelQualityConstraints.from_json(content, job.constraints.url), {"constraints": file})


def _columns(job: AnalysisJob, compatibility: Compatibility) -> LabelledColumns:
    environment = job.environment
    attributes = LabelAttributes.of(
        inference=environment.inference_attribute,
        # Of the other problems no metric is made of probabilities.
        probability=environment.probability_attribute if _problem_type(environment) == BINARY_CLASSIFICATION else None,
        ground_truth=environment.ground_truth_attribute,
        numeric=_problem_type(environment) == REGRESSION,
    )
    return labelled_columns(
        job.source_urls,
        environment.dataset_format,
        attributes,
        storage_options=dict(job.where.storage_options),
        compatibility=compatibility,
        memory_limit=environment.memory_limit,
        threads=environment.threads,
    )


def _judged(
    job: AnalyzerEnvironment,
    columns: LabelledColumns,
    baseline: _Baseline,
    compatibility: Compatibility,
    **more: Any,
) -> ModelQualityResult:
    try:
        return analyze(
            columns.labels,
            columns.predictions,
            columns.probabilities,
            problem_type=_problem_type(job),
            seed=_seed(job),
            probability_threshold=_threshold(job),
            positive_label=job.positive_label,
            baseline_constraints=baseline.constraints,
            compatibility=compatibility,
            exact_rows=job.exact_rows,
            generation=job.file_generation,
            **more,
        )
    except RowError as error:
        file, line = columns.place_of(error.row)
        raise ContractError(error.message, file=file, line=line, field=error.field, remedy=error.remedy) from error


def _original(job: AnalysisJob, baseline: _Baseline) -> Verdict | None:
    """What the original says where it reads other rows than ``corrected`` did, or refuses to read them."""
    if job.environment.compatibility != CORRECTED or baseline.constraints is None:
        return None
    try:
        columns = _columns(job, SAGEMAKER)
        return verdict_of(_judged(job.environment, columns, baseline, SAGEMAKER).violations)
    except ContractError:
        return Verdict(exit_message.FAILED, 0)


def _problem_type(job: AnalyzerEnvironment) -> ProblemType:
    if job.problem_type is None:
        raise ContractError(
            "missing required field", field="problem_type", remedy=f"Set it to {', '.join(PROBLEM_TYPES)}"
        )
    return parse_problem_type(job.problem_type.strip(), field="problem_type")


def _threshold(job: AnalyzerEnvironment) -> float | None:
    text = job.probability_threshold_attribute
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise ContractError(
            f"{text!r} is not a number between 0 and 1",
            field="probability_threshold_attribute",
            remedy="Give the probability above which a row is predicted positive, such as 0.5",
        )
    return value


def _seed(job: AnalyzerEnvironment) -> str:
    """What decides on the samples behind the standard deviations: the same execution draws the same ones."""
    if job.seed is not None:
        return job.seed
    times = (None if moment is None else format_utc(moment) for moment in (job.start_time, job.end_time))
    named = (job.sagemaker_endpoint_name, job.sagemaker_monitoring_schedule_name, *times)
    return "/".join(part or "-" for part in named)


def _no_prediction(further: str, remedy: str) -> ContractError:
    # The first words are those of the original, which refuses such a job definition.
    return ContractError(f"missing required field{further}", field="inference_attribute", remedy=remedy)
