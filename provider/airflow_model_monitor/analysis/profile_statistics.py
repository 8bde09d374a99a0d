"""From a state to the content of statistics.json."""

from __future__ import annotations

from airflow_model_monitor.analysis.column_state import ColumnState
from airflow_model_monitor.analysis.dataset_state import DatasetState
from airflow_model_monitor.analysis.kll_buckets import buckets_of
from airflow_model_monitor.analysis.kll_schedule import SHRINKING_FACTOR, SKETCH_SIZE
from airflow_model_monitor.analysis.scala_hash_order import histogram_order
from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.statistics import (
    CategoricalBucket,
    Common,
    FeatureStatistics,
    KllDistribution,
    KllSketchData,
    NumericalStatistics,
    Statistics,
    StringStatistics,
)


def statistics_of(state: DatasetState, *, compatibility: Compatibility = SAGEMAKER) -> Statistics:
    """The statistics of a state, features in column order.

    Everything the newest generation writes is filled in; an older one leaves it out when it writes.

    :param compatibility: decides on the outer bounds of the buckets of extreme columns
    """
    return Statistics(
        item_count=state.item_count, features=tuple(feature_of(column, compatibility) for column in state.columns)
    )


def feature_of(column: ColumnState, compatibility: Compatibility = SAGEMAKER) -> FeatureStatistics:
    """The statistics of one column: of numbers, of texts, or of nothing where every row is null."""
    common = Common(num_present=column.type_counts.present, num_missing=column.type_counts.null)
    match column.inferred_type:
        case "Integral" | "Fractional":
            return FeatureStatistics(
                column.name, column.inferred_type, numerical_statistics=_numerical(column, common, compatibility)
            )
        case "String":
            return FeatureStatistics(column.name, "String", string_statistics=_string(column, common))
    return FeatureStatistics(column.name, column.inferred_type)


def _numerical(column: ColumnState, common: Common, compatibility: Compatibility) -> NumericalStatistics:
    moments, kll = column.moments, column.kll
    if moments is None or kll is None or not moments.count:
        return NumericalStatistics(common, None, None, None, None, None, column.distinct, column.completeness)
    sketch = KllSketchData(SHRINKING_FACTOR, float(SKETCH_SIZE), kll.levels)
    return NumericalStatistics(
        common=common,
        mean=moments.mean,
        sum=moments.sum,
        std_dev=moments.std_dev,
        min=moments.minimum,
        max=moments.maximum,
        approximate_num_distinct_values=column.distinct,
        completeness=column.completeness,
        distribution=KllDistribution(buckets_of(kll, moments.minimum, moments.maximum, compatibility), sketch),
    )


def _string(column: ColumnState, common: Common) -> StringStatistics:
    histogram = column.histogram
    distribution = None
    if histogram is not None:
        values = histogram_order(column.name, histogram)
        distribution = tuple(CategoricalBucket(value, histogram[value]) for value in values)
    return StringStatistics(common, float(column.distinct), column.completeness, distribution)
