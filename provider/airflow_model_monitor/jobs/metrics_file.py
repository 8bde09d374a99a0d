"""CloudWatch metrics as a job hands them over: JSON lines in a folder of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract import metric_record
from airflow_model_monitor.contract.errors import ContractError

ENDPOINT_INPUT: Final = "ENDPOINT_INPUT"
"""``monitoring_input_type`` of a job on an endpoint's captured data."""

if TYPE_CHECKING:
    from airflow_model_monitor.contract.environment import AnalyzerEnvironment
    from airflow_model_monitor.contract.metric_record import MetricRecord
    from airflow_model_monitor.jobs.location import Mounts


def metric_context(job: AnalyzerEnvironment) -> MetricContext | None:
    """Return what the metrics of this job are about; ``None`` where none are asked for, or for a baseline job.

    Those of batch transform jobs have no endpoint: ``monitoring_input_type`` says which job it is, and an endpoint's is
    assumed where it says nothing, as before 2023, when there were no others.

    :raises ContractError: metrics are asked for, but a variable they are told apart by is missing
    """
    if not job.publish_cloudwatch_metrics or not job.is_monitoring:
        return None
    endpoint, schedule = job.sagemaker_endpoint_name, job.sagemaker_monitoring_schedule_name
    of_endpoint = job.monitoring_input_type in (None, ENDPOINT_INPUT)
    timestamp = job.metric_time or job.start_time
    for name, value in (
        ("sagemaker_endpoint_name", endpoint),
        ("sagemaker_monitoring_schedule_name", schedule),
        ("metric_time", timestamp),
    ):
        if value is None and (of_endpoint or name != "sagemaker_endpoint_name"):
            raise ContractError(
                "publish_cloudwatch_metrics is Enabled, but this variable is missing",
                field=name,
                remedy="Metrics are told apart by it: set it, or set publish_cloudwatch_metrics=Disabled",
            )
    return MetricContext(endpoint if of_endpoint else None, schedule, timestamp)  # type: ignore[arg-type]


def write_metrics(job: AnalyzerEnvironment, where: Mounts, metrics: Sequence[MetricRecord]) -> Path | None:
    """Write the records as JSON lines, all or nothing, and return the file; ``None`` without records.

    :raises ContractError: the folder cannot be written
    """
    if not metrics:
        return None
    folder = where.locate(job.cloudwatch_metrics_directory).path
    lines = "".join(f"{record.to_json_line()}\n" for record in metrics)
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
