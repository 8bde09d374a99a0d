"""What a job says of itself in ``execution.json``."""

from __future__ import annotations

import hashlib
from math import isfinite
from typing import TYPE_CHECKING

from airflow_model_monitor.analysis.metric_records import DATA_METRICS_NAMESPACE
from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.execution import Execution, PublishedFile, Verdict, Window

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.data_quality import DataQualityResult
    from airflow_model_monitor.contract.environment import AnalyzerEnvironment
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
    return Execution(
        monitor_type="DataQuality",
        monitor=job.sagemaker_monitoring_schedule_name,
        endpoint=job.sagemaker_endpoint_name,
        status=verdict.status,
        exit_message=exit_message.completed(verdict.violations),
        compatibility=job.compatibility,
        arithmetic=result.arithmetic,
        rows=result.rows,
        window=Window(job.start_time, job.end_time) if job.start_time and job.end_time else None,
        baseline=baseline.files,
        violations=verdict.violations,
        violations_by_check=verdict.by_check,
        original_verdict=original or (None if result.original is None else verdict_of(result.original)),
        drift={name: drift.distance for name, drift in result.drift.items() if isfinite(drift.distance)},
        metrics_namespace=DATA_METRICS_NAMESPACE if result.metrics else None,
    )


def verdict_of(violations: ConstraintViolations | None) -> Verdict:
    """The judgement these violations amount to; ``None`` are none."""
    number = len(violations) if violations else 0
    status = exit_message.status_of(exit_message.completed(number), 0)
    return Verdict(status, number, violations.counts() if violations else {})


def published(text: str) -> PublishedFile:
    """Return size and hash of a file with this text."""
    content = text.encode()
    return PublishedFile(hashlib.sha256(content).hexdigest(), len(content))
