from __future__ import annotations

from airflow_model_monitor.analysis.constraint_suggestion import suggest_constraints
from airflow_model_monitor.contract.constraints import FeatureConstraints, NumConstraints, StringConstraints
from airflow_model_monitor.contract.statistics import (
    CategoricalBucket,
    Common,
    FeatureStatistics,
    NumericalStatistics,
    Statistics,
    StringStatistics,
)


def numbers(minimum, present=4):
    common = Common(present, 4 - present)
    return FeatureStatistics("n", "Integral", NumericalStatistics(common, 0.0, 0.0, 0.0, minimum, 9.0))


def suggested(feature):
    return suggest_constraints(Statistics(4, (feature,))).features[0]


def test_completeness_is_the_observed_ratio():
    assert suggested(numbers(1.0, present=3)).completeness == 0.75


def test_numbers_are_non_negative_down_to_zero():
    assert suggested(numbers(0.0)).num_constraints == NumConstraints(is_non_negative=True)
    assert suggested(numbers(-0.5)).num_constraints == NumConstraints(is_non_negative=False)


def test_domain_is_the_histogram_in_its_order_with_nulls():
    buckets = tuple(CategoricalBucket(value, 1) for value in ("NullValue", "HAWT", "VAWT"))
    feature = FeatureStatistics("s", "String", None, StringStatistics(Common(3, 1), 2.0, distribution=buckets))

    assert suggested(feature).string_constraints == StringConstraints(("NullValue", "HAWT", "VAWT"))


def test_texts_without_histogram_have_no_domain():
    feature = FeatureStatistics("s", "String", None, StringStatistics(Common(4, 0), 4.0))

    assert suggested(feature).string_constraints is None


def test_a_column_of_nulls_expects_nothing():
    assert suggested(FeatureStatistics("u", "Unknown")) == FeatureConstraints("u", "Unknown", 0.0)


def test_drift_method_goes_into_the_settings():
    found = suggest_constraints(Statistics(4, ()), categorical_drift_method="ChiSquared")

    assert found.monitoring_config.distribution_constraints.categorical_drift_method == "ChiSquared"
    assert suggest_constraints(Statistics(4, ())).monitoring_config.distribution_constraints.comparison_threshold == 0.1
