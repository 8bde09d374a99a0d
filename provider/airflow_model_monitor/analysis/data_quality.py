"""Data quality, one pass: rows in; statistics, suggested constraints, violations, drift and metrics out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from airflow_model_monitor.analysis.checks.observed_column import ObservedColumn
from airflow_model_monitor.analysis.column_pairing import ColumnPairing, pair_by_position, pair_columns
from airflow_model_monitor.analysis.constraint_suggestion import suggest_constraints
from airflow_model_monitor.analysis.dataset_state import DatasetState
from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift
from airflow_model_monitor.analysis.excluded_features import leave_out
from airflow_model_monitor.analysis.known_values import domains_to_watch, known_values
from airflow_model_monitor.analysis.metric_records import MetricContext, metric_records
from airflow_model_monitor.analysis.profile import EXACT_ROWS, profile
from airflow_model_monitor.analysis.profile_statistics import statistics_of
from airflow_model_monitor.analysis.verdict import Verdict, judge
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility
from airflow_model_monitor.contract.constraints import CategoricalDriftMethod, Constraints
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import Arithmetic
from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.metric_record import MetricRecord
from airflow_model_monitor.contract.statistics import Statistics
from airflow_model_monitor.contract.violations import ConstraintViolations
from airflow_model_monitor.tables.relation import Relation


@dataclass(frozen=True, slots=True)
class DataQualityResult:
    """Everything one data quality job found.

    :param statistics: of the data; None after a column mismatch in ``sagemaker``, where nothing is computed
    :param constraints: suggested from the data; None likewise
    :param violations: of the baseline's constraints; None for a baseline job, which has none to violate
    :param original: what ``compatibility="sagemaker"`` says of the same data; None unless ``corrected`` judged
    :param metrics: CloudWatch metric records; empty unless asked for
    :param arithmetic: ``sequential`` or ``chunked``; None where nothing was computed
    :param rows: rows of the data
    :param column_mismatch: whether columns are missing or too many
    :param drift: by feature name, for every feature that was compared: distance and threshold
    """

    statistics: Statistics | None
    constraints: Constraints | None
    violations: ConstraintViolations | None
    original: ConstraintViolations | None
    metrics: tuple[MetricRecord, ...]
    arithmetic: Arithmetic | None
    rows: int
    column_mismatch: bool
    drift: Mapping[str, FeatureDrift] = field(default_factory=dict)


def analyze(
    relation: Relation,
    *,
    baseline_constraints: Constraints | None = None,
    baseline_statistics: Statistics | None = None,
    compatibility: Compatibility = SAGEMAKER,
    exact_rows: int = EXACT_ROWS,
    generation: Generation = NEWEST,
    categorical_drift_method: CategoricalDriftMethod | None = None,
    excluded: Collection[str] = (),
    emit: MetricContext | None = None,
    progress: Callable[[int], None] | None = None,
) -> DataQualityResult:
    """Profile the rows of a relation and, given a baseline, judge them.

    Without ``baseline_constraints`` this is a baseline job: statistics and constraints. With them it is a monitoring
    job: columns are named as :func:`~airflow_model_monitor.analysis.column_pairing.pair_columns` says, and checked.

    :param relation: the rows; stays open
    :param baseline_constraints: what the data must satisfy
    :param baseline_statistics: what drift is measured from; without them there is no drift
    :param compatibility: the behaviour that judges
    :param exact_rows: number of rows up to which sums are taken one by one, as the original does
    :param generation: of the original, whose type expressions and settings hold
    :param categorical_drift_method: distance for String features; None leaves it to the constraints
    :param excluded: names of features that take no part, see
        :func:`~airflow_model_monitor.analysis.excluded_features.leave_out`
    :param emit: what the metric records are about; None for no records
    :param progress: called with the number of rows read so far
    :raises ContractError: when the relation has no rows, columns of one name, or none that is not excluded
    """
    relation, baseline_constraints = leave_out(relation, baseline_constraints, excluded)
    reader = partial(_read, exact_rows=exact_rows, generation=generation, progress=progress)
    suggest = partial(suggest_constraints, categorical_drift_method=categorical_drift_method)
    if baseline_constraints is None:
        state = reader(relation, domains={})
        statistics = statistics_of(state, compatibility=compatibility)
        return DataQualityResult(
            statistics, suggest(statistics), None, None, (), state.arithmetic, state.item_count, column_mismatch=False
        )
    own = [column.name for column in relation.columns]
    features = [feature.name for feature in baseline_constraints.features]
    pairing = pair_columns(own, features, named=relation.named, compatibility=compatibility)
    by_position = pair_by_position(own, features)
    if compatibility == SAGEMAKER and not pairing.complete:
        return _mismatch(relation, pairing, baseline_constraints)
    state = reader(_renamed(relation, pairing), domains=domains_to_watch({pairing, by_position}, baseline_constraints))
    statistics = statistics_of(state, compatibility=compatibility)
    ask = partial(
        judge_state,
        state,
        constraints=baseline_constraints,
        baseline=baseline_statistics,
        statistics=statistics,
        categorical_drift_method=categorical_drift_method,
    )
    verdict = ask(pairing, compatibility=compatibility)
    return DataQualityResult(
        statistics,
        suggest(statistics),
        verdict.violations,
        ask(by_position, compatibility=SAGEMAKER).violations if compatibility == CORRECTED else None,
        metric_records(statistics, verdict.drift, baseline_constraints, emit) if emit else (),
        state.arithmetic,
        state.item_count,
        column_mismatch=not pairing.complete,
        drift=verdict.drift,
    )


def judge_state(
    state: DatasetState,
    pairing: ColumnPairing,
    constraints: Constraints,
    baseline: Statistics | None = None,
    *,
    compatibility: Compatibility,
    statistics: Statistics | None = None,
    categorical_drift_method: CategoricalDriftMethod | None = None,
) -> Verdict:
    """What one behaviour says of a profile, merged ones too. Asking for a second opinion reads nothing again.

    :param state: a profile that watched :func:`~airflow_model_monitor.analysis.known_values.domains_to_watch`
    :param pairing: its columns beside the baseline's features
    :param constraints: the baseline's
    :param baseline: statistics of the baseline; None leaves drift out
    :param statistics: the state's, where the caller has them already
    :param categorical_drift_method: distance for String features; None leaves it to the constraints
    """
    statistics = statistics_of(state, compatibility=compatibility) if statistics is None else statistics
    known = known_values(state, pairing, constraints)
    observed = [
        ObservedColumn(
            nulls=column.type_counts.null,
            fractional=column.type_counts.fractional,
            integral=column.type_counts.integral,
            boolean=column.type_counts.boolean,
            string=column.type_counts.string,
            minimum=feature.numerical_statistics.min if feature.numerical_statistics else None,
            known_values=known.get(index),
        )
        for index, (column, feature) in enumerate(zip(state.columns, statistics.features, strict=True))
    ]
    return judge(
        pairing,
        statistics,
        observed,
        constraints,
        baseline,
        compatibility=compatibility,
        categorical_drift_method=categorical_drift_method,
    )


def _renamed(relation: Relation, pairing: ColumnPairing) -> Relation:
    columns = tuple(replace(column, name=name) for column, name in zip(relation.columns, pairing.names, strict=True))
    return replace(relation, columns=columns)


def _read(
    relation: Relation,
    *,
    domains: Mapping[int, Collection[str]],
    exact_rows: int,
    generation: Generation,
    progress: Callable[[int], None] | None,
) -> DatasetState:
    _refuse_repeated_names(relation)
    state = profile(relation, exact_rows=exact_rows, generation=generation, domains=domains, progress=progress)
    if not state.item_count:
        raise _no_rows()
    return state


def _refuse_repeated_names(relation: Relation) -> None:
    """Files with two features of one name would be refused by whoever reads them next, us included."""
    counted = Counter(column.name for column in relation.columns)
    repeated = next((name for name, times in counted.items() if times > 1), None)
    if repeated is not None:
        raise ContractError(
            f"{counted[repeated]} columns have this name", field=repeated, remedy="Give each column a name of its own."
        )


def _mismatch(relation: Relation, pairing: ColumnPairing, constraints: Constraints) -> DataQualityResult:
    """The original compares the numbers of columns, writes that one violation and stops: no file but the report."""
    counted = relation.connection.execute(f"SELECT count(*) FROM ({relation.sql})").fetchone()  # noqa: S608  our own SQL
    rows = int(counted[0]) if counted else 0
    if not rows:
        raise _no_rows()
    verdict = judge(pairing, Statistics(rows, ()), (), constraints, compatibility=SAGEMAKER)
    return DataQualityResult(None, None, verdict.violations, None, (), None, rows, column_mismatch=True)


def _no_rows() -> ContractError:
    return ContractError("Job inputs had no data", remedy="Give a data set or a window with at least one row.")
