"""The labelled share of a window's captures as a metric of Amazon CloudWatch."""

from __future__ import annotations

import json

from airflow_model_monitor.contract.metric_record import MetricRecord
from airflow_model_monitor.runtimes.analysis_publication import send_metrics_once
from airflow_model_monitor.runtimes.cloudwatch import Clients
from airflow_model_monitor.service.revisions import Revision

METRIC = "ground_truth_coverage"


def publish_coverage(revision: Revision, clients: Clients) -> tuple[int, int]:
    """Send the coverage of a published merge beside the monitor's model metrics, once per revision.

    The record stands at the window's start. When late labels revise a window, CloudWatch has a record of each revision
    there: their ``Maximum`` is the newest, since coverage rises.

    :param revision: a published merge
    :param clients: makes the ``cloudwatch`` client
    :returns: numbers of records sent and left out (CloudWatch takes none older than two weeks)
    """
    from airflow_model_monitor.analysis.metric_records import MetricContext
    from airflow_model_monitor.analysis.model_quality.metric_records import model_metrics_namespace

    execution = revision.execution
    if execution.coverage is None or execution.window is None or execution.monitor is None:
        return 0, 0
    context = MetricContext(execution.endpoint, execution.monitor, execution.window.start)
    record = MetricRecord(METRIC, context.timestamp, context.dimensions, value=execution.coverage)
    namespace = model_metrics_namespace(context)
    return send_metrics_once(revision, [json.loads(record.to_json_line())], namespace=namespace, clients=clients)
