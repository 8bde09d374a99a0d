"""The CloudWatch metrics of a data quality run, named and dimensioned as AWS's own alarms expect them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Final

from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift
from airflow_model_monitor.contract.constraints import Constraints
from airflow_model_monitor.contract.metric_record import MetricRecord, StatisticValues
from airflow_model_monitor.contract.statistics import FeatureStatistics, Statistics

DATA_METRICS_NAMESPACE: Final = "aws/sagemaker/Endpoints/data-metrics"
"""Where AWS's sample stacks put their alarms. AWS's documentation spells it in several other ways."""
BATCH_DATA_METRICS_NAMESPACE: Final = "aws/sagemaker/ModelMonitoring/data-metrics"
"""Where the original publishes the metrics of batch transform jobs."""


@dataclass(frozen=True, slots=True)
class MetricContext:
    """What the metrics of one execution are about.

    :param endpoint: value of the dimension ``Endpoint``; None for batch transform jobs, which have no such dimension
    :param schedule: value of the dimension ``MonitoringSchedule``
    :param timestamp: the window's start, with a time zone
    """

    endpoint: str | None
    schedule: str
    timestamp: datetime

    @property
    def dimensions(self) -> Mapping[str, str]:
        endpoint = {} if self.endpoint is None else {"Endpoint": self.endpoint}
        return {**endpoint, "MonitoringSchedule": self.schedule}


def data_metrics_namespace(context: MetricContext) -> str:
    """The namespace of an execution's metrics: batch transform jobs have one of their own."""
    return BATCH_DATA_METRICS_NAMESPACE if context.endpoint is None else DATA_METRICS_NAMESPACE


def metric_records(
    statistics: Statistics,
    drift: Mapping[str, FeatureDrift],
    constraints: Constraints,
    context: MetricContext,
) -> tuple[MetricRecord, ...]:
    """Up to three metrics per feature, in column order.

    ``feature_data_<name>`` sums up a numeric feature's values, ``feature_non_null_<name>`` is its completeness, 0 to 1,
    ``feature_baseline_drift_<name>`` the distance, where one was computed. Features with ``emit_metrics`` disabled are
    left out, and so are numbers CloudWatch cannot take (infinite and NaN).

    :param statistics: of the current data
    :param drift: by feature name
    :param constraints: the baseline's, for its settings
    """
    return tuple(
        record
        for feature in statistics.features
        if constraints.config_for(feature.name).emit_metrics
        for record in _of_feature(feature, statistics.item_count, drift.get(feature.name), context)
    )


def _of_feature(
    feature: FeatureStatistics, rows: int, drift: FeatureDrift | None, context: MetricContext
) -> Iterator[MetricRecord]:
    values = _summary(feature)
    if values is not None:
        yield MetricRecord(
            f"feature_data_{feature.name}", context.timestamp, context.dimensions, statistic_values=values
        )
    present = feature.common.num_present if feature.common else 0
    if rows:
        yield _single(f"feature_non_null_{feature.name}", present / rows, context)
    if drift is not None and isfinite(drift.distance):
        yield _single(f"feature_baseline_drift_{feature.name}", drift.distance, context)


def _single(name: str, value: float, context: MetricContext) -> MetricRecord:
    return MetricRecord(name, context.timestamp, context.dimensions, value=value)


def _summary(feature: FeatureStatistics) -> StatisticValues | None:
    numbers = feature.numerical_statistics
    if numbers is None or numbers.sum is None or numbers.min is None or numbers.max is None:
        return None
    if not all(map(isfinite, (numbers.sum, numbers.min, numbers.max))):
        return None
    return StatisticValues(float(numbers.common.num_present), numbers.sum, numbers.min, numbers.max)
