"""The verdict on a model: every metric beside the threshold of its constraint."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Final

from airflow_model_monitor.analysis.scala_hash_order import string_hash, trie_position
from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility
from airflow_model_monitor.contract.java_number import double_to_string
from airflow_model_monitor.contract.model_quality_constraints import (
    CONSTRAINED_METRICS,
    LESS_THAN,
    MetricConstraint,
    ModelQualityConstraints,
)
from airflow_model_monitor.contract.model_quality_statistics import Metric, ModelQualityStatistics
from airflow_model_monitor.contract.model_quality_violations import (
    MetricViolation,
    ModelQualityViolations,
    camel_case,
)
from airflow_model_monitor.contract.problem_type import ProblemType

NEVER_EVALUATED: Final = ("f0_5", "weighted_f0_5")
"""Constraints the original writes and never evaluates.

For ``f0_5`` that is seen in ten of ten real runs. For ``weighted_f0_5`` it is taken to be so: its name, too, loses the
underscore between digits when it is written in camel case.
"""

_SMALL_MAP: Final = 4


def judge(
    statistics: ModelQualityStatistics, constraints: ModelQualityConstraints, *, compatibility: Compatibility
) -> ModelQualityViolations:
    """Which constraints the metrics break: strictly beyond the threshold, whatever their deviation.

    Metrics the statistics lack and NaN, on either side, break nothing.

    :param constraints: the baseline's, of the same problem type
    """
    violations = []
    for name in evaluation_order(statistics.problem_type):
        constraint, metric = constraints.constraints.get(name), statistics.metrics.get(name)
        if constraint is None or metric is None or (compatibility == SAGEMAKER and name in NEVER_EVALUATED):
            continue
        if _is_beyond(metric.value, constraint):
            violations.append(_violation(name, metric, constraint))
    return ModelQualityViolations(tuple(violations))


def evaluation_order(problem_type: ProblemType) -> Sequence[str]:
    """Metrics in the order of their violations.

    The original keeps them in a Scala map by their names in camel case: up to four as they come, more by their hashes.
    Seen in real files for binary problems; for the other two it follows from the names.
    """
    names = list(CONSTRAINED_METRICS[problem_type])
    if len(names) <= _SMALL_MAP:
        return names
    return sorted(names, key=lambda name: trie_position(string_hash(camel_case(name))))


def _is_beyond(value: float, constraint: MetricConstraint) -> bool:
    if constraint.comparison_operator == LESS_THAN:
        return value < constraint.threshold
    return value > constraint.threshold


def _violation(name: str, metric: Metric, constraint: MetricConstraint) -> MetricViolation:
    name = camel_case(name)
    value, threshold = double_to_string(metric.value), double_to_string(constraint.threshold)
    stray = "" if isnan(metric.standard_deviation) else f" +/- {double_to_string(metric.standard_deviation)}"
    operator = constraint.comparison_operator
    return MetricViolation(operator, f"Metric {name} with {value}{stray} was {operator} '{threshold}'", name)
