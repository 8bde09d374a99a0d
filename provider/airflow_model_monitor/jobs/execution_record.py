"""What a job says of itself in ``execution.json``."""

from __future__ import annotations

import hashlib
from math import isfinite
from typing import TYPE_CHECKING

from airflow_model_monitor.analysis.metric_records import data_metrics_namespace
from airflow_model_monitor.analysis.model_quality.metric_records import model_metrics_namespace
from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.execution import Execution, PublishedFile, Verdict, Window
from airflow_model_monitor.jobs.metrics_file import metric_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_model_monitor.analysis.data_quality import DataQualityResult
    from airflow_model_monitor.analysis.model_quality import ModelQualityResult
    from airflow_model_monitor.contract.environment import AnalyzerEnvironment
    from airflow_model_monitor.contract.execution import BaselineFile
    from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations
    from airflow_model_monitor.contract.violations import ConstraintViolations
    from airflow_model_monitor.jobs.baseline import Baseline


def describe(
    job: AnalyzerEnvironment, baseline: Baseline, result: DataQualityResult, original: Verdict | None = None
) -> Execution:
    """Return the execution, still without its files.

    Nothing in it depends on when or where the job ran, so that a repeated job writes the same bytes: the revision and
    the time of publication are the store's to add.

    :param original: the original's verdict where it had to be asked separately; ``None``: the one in ``result``
    """
    verdict = verdict_of(result.violations)
    context = metric_context(job)
    return Execution(
        monitor_type="DataQuality",
        monitor=job.sagemaker_monitoring_schedule_name,
        endpoint=job.sagemaker_endpoint_name,
        status=verdict.status,
        exit_message=exit_message.completed(verdict.violations),
        compatibility=job.compatibility,
        arithmetic=result.arithmetic,
        rows=result.rows,
        window=_window(job),
        baseline=baseline.files,
        violations=verdict.violations,
        violations_by_check=verdict.by_check,
        original_verdict=original or (None if result.original is None else verdict_of(result.original)),
        drift={name: drift.distance for name, drift in result.drift.items() if isfinite(drift.distance)},
        metrics_namespace=data_metrics_namespace(context) if context and result.metrics else None,
    )


def describe_model_quality(
    job: AnalyzerEnvironment,
    baseline: Mapping[str, BaselineFile],
    result: ModelQualityResult,
    original: Verdict | None = None,
) -> Execution:
    """Return the execution of a model-quality job, still without its files; see :func:`describe`.

    :param baseline: the files it was judged by
    :param original: the original's verdict where it had to be asked separately; ``None``: the one in ``result``
    """
    verdict = verdict_of(result.violations)
    context = metric_context(job)
    return Execution(
        monitor_type="ModelQuality",
        monitor=job.sagemaker_monitoring_schedule_name,
        endpoint=job.sagemaker_endpoint_name,
        status=verdict.status,
        exit_message=exit_message.completed(verdict.violations),
        compatibility=job.compatibility,
        arithmetic=result.arithmetic,
        rows=result.rows,
        window=_window(job),
        baseline=baseline,
        violations=verdict.violations,
        violations_by_check=verdict.by_check,
        original_verdict=original or (None if result.original is None else verdict_of(result.original)),
        problem_type=result.statistics.problem_type,
        metrics={
            name: value for name, value in result.statistics.scalars(job.file_generation).items() if isfinite(value)
        },
        coverage=job.coverage,
        merge_revision=job.merge_revision,
        metrics_namespace=model_metrics_namespace(context) if context and result.metrics else None,
    )


def _window(job: AnalyzerEnvironment) -> Window | None:
    return Window(job.start_time, job.end_time) if job.start_time and job.end_time else None


def verdict_of(violations: ConstraintViolations | ModelQualityViolations | None) -> Verdict:
    """The judgement these violations amount to; ``None`` are none."""
    number = len(violations) if violations else 0
    status = exit_message.status_of(exit_message.completed(number), 0)
    return Verdict(status, number, violations.counts() if violations else {})


def published(text: str) -> PublishedFile:
    """Return size and hash of a file with this text."""
    content = text.encode()
    return PublishedFile(hashlib.sha256(content).hexdigest(), len(content))
