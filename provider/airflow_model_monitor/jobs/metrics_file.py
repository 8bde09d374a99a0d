"""CloudWatch metrics as a job hands them over: JSON lines in a folder of the contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract import metric_record
from airflow_model_monitor.contract.errors import ContractError

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.data_quality import DataQualityResult
    from airflow_model_monitor.contract.environment import AnalyzerEnvironment
    from airflow_model_monitor.jobs.location import Mounts


def metric_context(job: AnalyzerEnvironment) -> MetricContext | None:
    """Return what the metrics of this job are about; ``None`` where none are asked for, or for a baseline job.

    :raises ContractError: metrics are asked for, but a variable they are told apart by is missing
    """
    if not job.publish_cloudwatch_metrics or not job.is_monitoring:
        return None
    endpoint, schedule = job.sagemaker_endpoint_name, job.sagemaker_monitoring_schedule_name
    timestamp = job.metric_time or job.start_time
    for name, value in (
        ("sagemaker_endpoint_name", endpoint),
        ("sagemaker_monitoring_schedule_name", schedule),
        ("metric_time", timestamp),
    ):
        if value is None:
            raise ContractError(
                "publish_cloudwatch_metrics is Enabled, but this variable is missing",
                field=name,
                remedy="Metrics are told apart by it: set it, or set publish_cloudwatch_metrics=Disabled",
            )
    return MetricContext(endpoint, schedule, timestamp)  # type: ignore[arg-type]


def write_metrics(job: AnalyzerEnvironment, where: Mounts, result: DataQualityResult) -> Path | None:
    """Write the records as JSON lines, all or nothing, and return the file; ``None`` without records.

    :raises ContractError: the folder cannot be written
    """
    if not result.metrics:
        return None
    folder = where.locate(job.cloudwatch_metrics_directory).path
    lines = "".join(f"{record.to_json_line()}\n" for record in result.metrics)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{metric_record.FILE_NAME}.partial"
        partial.write_text(lines, encoding="utf-8")
        return partial.replace(folder / metric_record.FILE_NAME)
    except OSError as error:
        raise ContractError(
            f"cannot write to {folder}: {error.strerror}",
            field="cloudwatch_metrics_directory",
            remedy="Name a folder that can be written",
        ) from error
