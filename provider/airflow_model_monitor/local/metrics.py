"""Metric records of jobs on their way to moto's CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.local.clients import client
from airflow_model_monitor.runtimes.cloudwatch import batches

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws


def publish(aws: LocalAws, region: str, namespace: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Send the records of one job; each keeps its own time, however long ago that is."""
    cloudwatch = client(aws, "cloudwatch", region)
    timed = ({**record, "Timestamp": datetime.fromisoformat(record["Timestamp"])} for record in records)
    for batch in batches(timed):
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=batch)
