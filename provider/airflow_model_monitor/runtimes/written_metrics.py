"""The CloudWatch metrics of a job that SageMaker ran outside a schedule, from the contract files it wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.timestamps import parse_utc
from airflow_model_monitor.runtimes.written_files import WrittenFiles
from airflow_model_monitor.service.request_parts import ENDPOINT_INPUT

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.metric_records import MetricContext
    from airflow_model_monitor.contract.execution import Execution
    from airflow_model_monitor.contract.metric_record import MetricRecord

PUBLISH_METRICS: Final = "publish_cloudwatch_metrics"


def written_metrics(written: WrittenFiles, execution: Execution) -> tuple[str, list[dict[str, Any]]] | None:
    """Namespace and records; None when none are asked for, or the job suggests a baseline.

    They are those the original publishes from a schedule, under the same names and dimensions.
    """
    environment = written.request.environment
    if environment.get(PUBLISH_METRICS) != "Enabled" or not environment.get("baseline_constraints"):
        return None
    context = _context(written)
    if context is None:
        return None
    namespace, records = _records(written, execution, context)
    return namespace, [json.loads(record.to_json_line()) for record in records]


def _context(written: WrittenFiles) -> MetricContext | None:
    from airflow_model_monitor.analysis.metric_records import MetricContext

    environment = written.request.environment
    schedule = environment.get("sagemaker_monitoring_schedule_name")
    moment = environment.get("metric_time") or environment.get("start_time")
    if not schedule or not moment:
        return None
    of_endpoint = environment.get("monitoring_input_type", ENDPOINT_INPUT) == ENDPOINT_INPUT
    endpoint = environment.get("sagemaker_endpoint_name") if of_endpoint else None
    return MetricContext(endpoint, schedule, parse_utc(moment, field="metric_time"))


def _records(
    written: WrittenFiles, execution: Execution, context: MetricContext
) -> tuple[str, tuple[MetricRecord, ...]]:
    if execution.monitor_type == "DataQuality":
        return _data_quality(written, execution, context)
    if execution.monitor_type == "ModelQuality":
        return _model_quality(written, execution, context)
    return _clarify(written, execution, context)


def _data_quality(
    written: WrittenFiles, execution: Execution, context: MetricContext
) -> tuple[str, tuple[MetricRecord, ...]]:
    from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift
    from airflow_model_monitor.analysis.metric_records import DATA_METRICS_NAMESPACE, metric_records
    from airflow_model_monitor.contract.constraints import Constraints
    from airflow_model_monitor.contract.statistics import Statistics

    content, given = written.read("statistics.json"), written.given("baseline_constraints")
    if content is None or given is None:
        return DATA_METRICS_NAMESPACE, ()
    # A record's value is the distance alone, so the threshold does not matter here.
    drift = {name: FeatureDrift(distance, 0.0) for name, distance in execution.drift.items()}
    constraints = Constraints.from_json(given[1], given[0])
    return DATA_METRICS_NAMESPACE, metric_records(Statistics.from_json(content), drift, constraints, context)


def _model_quality(
    written: WrittenFiles, execution: Execution, context: MetricContext
) -> tuple[str, tuple[MetricRecord, ...]]:
    from airflow_model_monitor.analysis.model_quality.metric_records import metric_records, model_metrics_namespace
    from airflow_model_monitor.contract.model_quality_statistics import ModelQualityStatistics

    statistics = ModelQualityStatistics.from_json(written.need("statistics.json"))
    return model_metrics_namespace(context), metric_records(statistics, execution.violations, context)


def _clarify(
    written: WrittenFiles, execution: Execution, context: MetricContext
) -> tuple[str, tuple[MetricRecord, ...]]:
    from airflow_model_monitor.analysis.attribution import metric_records as attribution
    from airflow_model_monitor.analysis.bias.metric_records import metric_records, namespace
    from airflow_model_monitor.contract.analysis_report import AnalysisReport

    report = AnalysisReport.from_json(written.need("analysis.json"))
    if execution.monitor_type == "ModelBias":
        return namespace(context), metric_records(report, context)
    names = attribution.ENDPOINT_NAMESPACE if context.endpoint else attribution.BATCH_NAMESPACE
    explained = report.explanations
    return names, () if explained is None else attribution.metric_records(explained, context)
