"""Model quality, one pass: labels and predictions in; statistics, suggested constraints, violations and metrics out."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.analysis.model_quality.metric_records import metric_records
from airflow_model_monitor.analysis.model_quality.problem import (
    Problem,
    binary_problem,
    multiclass_problem,
    regression_problem,
)
from airflow_model_monitor.analysis.model_quality.sampled_deviation import sampled_deviations
from airflow_model_monitor.analysis.model_quality.suggestion import suggest_constraints
from airflow_model_monitor.analysis.model_quality.verdict import NEVER_EVALUATED, judge
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility
from airflow_model_monitor.contract.environment import EXACT_ROWS
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import Arithmetic
from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.metric_record import MetricRecord
from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints
from airflow_model_monitor.contract.model_quality_statistics import (
    METRIC_NAMES,
    Metric,
    ModelQualityStatistics,
    PrecisionRecallCurve,
    RocCurve,
)
from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations
from airflow_model_monitor.contract.problem_type import BINARY_CLASSIFICATION, MULTICLASS_CLASSIFICATION, ProblemType


@dataclass(frozen=True, slots=True)
class ModelQualityResult:
    """Everything one model quality job found.

    :param statistics: of the labelled rows
    :param constraints: suggested from them
    :param violations: of the baseline's constraints; None for a baseline job, which has none to violate
    :param original: what ``compatibility="sagemaker"`` says of the same rows; None unless ``corrected`` judged
    :param metrics: CloudWatch metric records; empty unless asked for
    :param rows: labelled rows
    :param not_evaluated: the baseline's constraints that the original never evaluates, by metric
    :param without_metric: the baseline's constraints on a metric these rows have not, such as ``auc`` without
        probabilities; neither behaviour can evaluate them
    :param arithmetic: ``chunked`` for a regression beyond ``exact_rows``, else ``sequential``
    """

    statistics: ModelQualityStatistics
    constraints: ModelQualityConstraints
    violations: ModelQualityViolations | None
    original: ModelQualityViolations | None
    metrics: tuple[MetricRecord, ...]
    rows: int
    not_evaluated: tuple[str, ...]
    without_metric: tuple[str, ...]
    arithmetic: Arithmetic


def analyze(
    labels: Any,
    predictions: Any | None = None,
    probabilities: Any | None = None,
    *,
    problem_type: ProblemType,
    seed: str,
    probability_threshold: float | None = None,
    positive_label: str | None = None,
    baseline_constraints: ModelQualityConstraints | None = None,
    compatibility: Compatibility = SAGEMAKER,
    exact_rows: int = EXACT_ROWS,
    generation: Generation = NEWEST,
    emit: MetricContext | None = None,
) -> ModelQualityResult:
    """Measure a model on labelled rows and, given a baseline, judge it.

    Every row needs a label and an answer of the model. Classes may be spelled as
    :mod:`~airflow_model_monitor.analysis.model_quality.classes` says.

    :param labels: ground truth; one axis, an array of numbers or of objects (texts, numbers, booleans)
    :param predictions: what the model said, as many and of the same kind; a binary problem can do without
    :param probabilities: of the positive class, as many; for a binary problem, else ignored
    :param problem_type: which metrics there are
    :param seed: any text that names the rows, such as endpoint and window; decides on the samples behind the deviations
    :param probability_threshold: above it a row is predicted positive, 0.5 unless given; predictions outrank it
    :param positive_label: the positive class of a binary problem whose classes are not 0 and 1
    :param baseline_constraints: what the model must satisfy
    :param compatibility: the behaviour that judges
    :param exact_rows: number of rows up to which a regression's sums are all taken one by one, as the original does
    :param generation: of the original; ``au_prc`` came in 2023
    :param emit: what the metric records are about; None for no records
    :raises ContractError: no rows; columns of different length; a row whose label, prediction or probability is
        missing or cannot be one; no predictions; a baseline for another problem type
    """
    if baseline_constraints is not None and baseline_constraints.problem_type != problem_type:
        raise ContractError(
            f"the baseline is for {baseline_constraints.problem_type}, not {problem_type}",
            field="problem_type",
            remedy="Choose the problem type of the baseline, or suggest a baseline anew.",
        )
    columns = _columns(labels, predictions, probabilities)
    problem = _problem(columns, problem_type, probability_threshold, positive_label, exact_rows)
    statistics = _statistics(problem, problem_type, seed)
    violations = original = None
    not_evaluated: tuple[str, ...] = ()
    without_metric: tuple[str, ...] = ()
    if baseline_constraints is not None:
        violations = judge(statistics, baseline_constraints, compatibility=compatibility)
        if compatibility == CORRECTED:
            original = judge(statistics, baseline_constraints, compatibility=SAGEMAKER)
        not_evaluated = tuple(name for name in baseline_constraints.constraints if name in NEVER_EVALUATED)
        without_metric = tuple(name for name in baseline_constraints.constraints if name not in statistics.metrics)
    count = None if violations is None else len(violations)
    return ModelQualityResult(
        statistics,
        suggest_constraints(statistics),
        violations,
        original,
        metric_records(statistics, count, emit, generation=generation) if emit else (),
        problem.rows,
        not_evaluated,
        without_metric,
        problem.arithmetic,
    )


def _columns(
    labels: Any, predictions: Any | None, probabilities: Any | None
) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]:
    truth = _column(labels, "label")
    if not len(truth):
        raise ContractError("Job inputs had no data", remedy="Give a data set or a window with labelled rows.")
    answers = []
    for field, values in (("prediction", predictions), ("probability", probabilities)):
        answer = None if values is None else _column(values, field)
        if answer is not None and len(answer) != len(truth):
            raise ContractError(f"there are {len(truth)} labels, but {len(answer)} of these", field=field)
        answers.append(answer)
    return truth, answers[0], answers[1]


def _column(values: Any, field: str) -> NDArray[Any]:
    column = np.asarray(values)
    if column.ndim != 1:
        raise ContractError(f"expected one axis, got {column.ndim}", field=field)
    return column


def _problem(
    columns: tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None],
    problem_type: ProblemType,
    threshold: float | None,
    positive_label: str | None,
    exact_rows: int,
) -> Problem:
    labels, predictions, probabilities = columns
    if problem_type == BINARY_CLASSIFICATION:
        return binary_problem(labels, predictions, probabilities, threshold=threshold, positive_label=positive_label)
    if problem_type == MULTICLASS_CLASSIFICATION:
        return multiclass_problem(labels, predictions)
    return regression_problem(labels, predictions, exact_rows=exact_rows)


def _statistics(problem: Problem, problem_type: ProblemType, seed: str) -> ModelQualityStatistics:
    deviations = sampled_deviations(problem.rows, seed, problem.measure)
    curves = problem.curves
    return ModelQualityStatistics(
        problem_type=problem_type,
        item_count=problem.rows,
        metrics={
            name: Metric(problem.metrics[name], deviations.get(name, nan))
            for name in METRIC_NAMES[problem_type]
            if name in problem.metrics
        },
        confusion_matrix=problem.matrix.to_mapping() if problem.matrix else None,
        roc_curve=RocCurve(tuple(curves.false_positive_rates.tolist()), tuple(curves.true_positive_rates.tolist()))
        if curves
        else None,
        precision_recall_curve=PrecisionRecallCurve(tuple(curves.precisions.tolist()), tuple(curves.recalls.tolist()))
        if curves
        else None,
    )
