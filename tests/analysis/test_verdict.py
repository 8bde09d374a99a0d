from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_model_monitor.analysis.checks.observed_column import ObservedColumn
from airflow_model_monitor.analysis.column_pairing import pair_columns
from airflow_model_monitor.analysis.verdict import judge
from airflow_model_monitor.contract.constraints import (
    DEFAULT_MONITORING_CONFIG,
    Constraints,
    FeatureConstraints,
    NumConstraints,
    StringConstraints,
)
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


def number(name, kind, *levels):
    values = [value for level in levels for value in level]
    sketch = KllDistribution((), KllSketchData(0.64, 2048.0, levels))
    numbers = NumericalStatistics(Common(len(values), 0), 0.0, 0.0, 0.0, min(values), max(values), distribution=sketch)
    return FeatureStatistics(name, kind, numerical_statistics=numbers)


def text(name, **counts):
    buckets = tuple(CategoricalBucket(value, count) for value, count in counts.items()) or None
    return FeatureStatistics(name, "String", None, StringStatistics(Common(1, 0), 1.0, distribution=buckets))


def statistics(*features):
    return Statistics(1000, features)


FEATURES = (
    FeatureConstraints("fee", "Fractional", 1.0, NumConstraints(is_non_negative=True)),
    FeatureConstraints("count", "Integral", 1.0, NumConstraints(is_non_negative=True)),
    FeatureConstraints("origin", "String", 1.0, string_constraints=StringConstraints(("EWR", "JFK"))),
)
CONSTRAINTS = Constraints(FEATURES)
BASELINE = statistics(
    number("fee", "Fractional", [0.5] * 500 + [1.5] * 500),
    number("count", "Integral", [float(value) for value in range(1000)]),
    text("origin", EWR=500, JFK=500),
)
CURRENT = statistics(
    number("fee", "Fractional", [0.5] * 100 + [1.5] * 900),
    number("count", "Integral", [float(value) for value in range(600, 1600)]),
    text("origin", EWR=100, JFK=900),
)
OBSERVED = (
    ObservedColumn(0, fractional=1000, minimum=0.5),
    ObservedColumn(0, integral=1000, minimum=600.0),
    ObservedColumn(0, string=1000, known_values=1000),
)
NAMES = [feature.name for feature in FEATURES]


def verdict(*, current=CURRENT, observed=OBSERVED, constraints=CONSTRAINTS, compatibility="corrected", **more):
    names = [feature.name for feature in current.features]
    pairing = pair_columns(names, NAMES, named=True, compatibility=compatibility)
    return judge(pairing, current, observed, constraints, BASELINE, compatibility=compatibility, **more)


def types(found):
    violations = found.violations.violations
    return [(item.feature_name, item.constraint_check_type.removesuffix("_check")) for item in violations]


def with_settings(**changes):
    distribution = replace(DEFAULT_MONITORING_CONFIG.distribution_constraints, **changes)
    config = replace(DEFAULT_MONITORING_CONFIG, distribution_constraints=distribution)
    return replace(CONSTRAINTS, monitoring_config=config)


def with_overrides(name, overrides):
    features = tuple(replace(f, monitoring_config_overrides=overrides) if f.name == name else f for f in FEATURES)
    return replace(CONSTRAINTS, features=features)


BAD = (
    ObservedColumn(1, fractional=1, string=998, minimum=-1.0),
    ObservedColumn(1, fractional=999, minimum=-1.0),
    ObservedColumn(0, string=999, integral=1, known_values=1),
)


def test_all_drift_is_seen_when_corrected_and_repeated_values_are_not_in_the_original():
    corrected, original = verdict(), verdict(compatibility="sagemaker")

    assert types(corrected) == [("fee", "baseline_drift"), ("count", "baseline_drift"), ("origin", "baseline_drift")]
    assert types(original) == [("count", "baseline_drift"), ("origin", "baseline_drift")]
    assert corrected.drift["fee"].distance == pytest.approx(0.4 - 1.8 * (2 / 1000) ** 0.5)
    assert original.drift["fee"].distance == 0.0


def test_fractions_come_before_integers_and_texts_and_drift_last():
    found = verdict(observed=BAD, compatibility="sagemaker")

    assert types(found) == [
        ("fee", "data_type"),
        ("fee", "completeness"),
        ("count", "data_type"),
        ("count", "completeness"),
        ("origin", "data_type"),
        ("origin", "categorical_values"),
        ("count", "baseline_drift"),
        ("origin", "baseline_drift"),
    ]


def test_non_negative_is_enforced_when_corrected():
    assert ("count", "is_non_negative") in types(verdict(observed=BAD))


def test_the_original_stops_at_a_column_too_few_and_corrected_goes_on():
    fewer = replace(CURRENT, features=CURRENT.features[:2])

    original = verdict(current=fewer, observed=BAD[:2], compatibility="sagemaker")
    corrected = verdict(current=fewer, observed=BAD[:2])

    assert types(original) == [("Missing columns", "missing_column")]
    assert original.drift == {}
    assert types(corrected)[:2] == [("Missing columns", "missing_column"), ("fee", "data_type")]
    assert "origin" not in corrected.drift


def test_an_integral_column_is_compared_with_a_fractional_baseline_when_corrected():
    current = replace(CURRENT, features=(number("fee", "Integral", [1.0] * 1000), *CURRENT.features[1:]))

    assert "fee" in verdict(current=current).drift
    assert "fee" not in verdict(current=current, compatibility="sagemaker").drift


def test_texts_are_not_compared_with_numbers_nor_without_histograms():
    current = replace(CURRENT, features=(text("fee", a=1), CURRENT.features[1], text("origin")))

    assert list(verdict(current=current).drift) == ["count"]


@pytest.mark.parametrize(
    ("settings", "drifted"),
    [
        ({"perform_comparison": False}, []),
        ({"comparison_threshold": 0.5}, ["count", "origin"]),
        ({"comparison_threshold": 0.6}, ["origin"]),
        ({"comparison_threshold": 0.6, "categorical_comparison_threshold": None}, []),
        ({"categorical_comparison_threshold": 0.5}, ["fee", "count"]),
        ({"comparison_method": "Simple", "comparison_threshold": 0.39}, ["fee", "count", "origin"]),
        ({"categorical_drift_method": "ChiSquared"}, ["fee", "count", "origin"]),
    ],
)
def test_distribution_settings(settings, drifted):
    found = verdict(constraints=with_settings(**settings))

    assert [name for name, kind in types(found) if kind == "baseline_drift"] == drifted


def test_a_large_p_value_is_no_drift():
    current = replace(CURRENT, features=(*CURRENT.features[:2], text("origin", EWR=495, JFK=505)))

    found = verdict(current=current, categorical_drift_method="ChiSquared")

    assert found.drift["origin"].distance == pytest.approx(0.7518, abs=1e-4)
    assert ("origin", "baseline_drift") not in types(found)


def test_a_distance_equal_to_the_threshold_is_no_violation():
    constraints = with_settings(comparison_method="Simple", categorical_comparison_threshold=0.4)

    assert ("origin", "baseline_drift") not in types(verdict(constraints=constraints))


def test_evaluate_constraints_disabled_leaves_drift():
    disabled = replace(CONSTRAINTS, monitoring_config=replace(DEFAULT_MONITORING_CONFIG, evaluate_constraints=False))

    assert {kind for _, kind in types(verdict(observed=BAD, constraints=disabled))} == {"baseline_drift"}


@pytest.mark.parametrize(
    ("overrides", "gone"),
    [
        ({"evaluate_constraints": "Disabled"}, {"data_type", "completeness", "is_non_negative"}),
        ({"datatype_check_threshold": 0.0}, {"data_type"}),
        ({"distribution_constraints": {"perform_comparison": "Disabled"}}, {"baseline_drift"}),
        ({"distribution_constraints": {"comparison_threshold": 0.9}}, {"baseline_drift"}),
    ],
)
def test_overrides_hold_for_their_feature_alone(overrides, gone):
    plain = types(verdict(observed=BAD))

    found = types(verdict(observed=BAD, constraints=with_overrides("count", overrides)))

    assert {kind for name, kind in plain if name == "count"} - {kind for name, kind in found if name == "count"} == gone
    assert [item for item in plain if item[0] != "count"] == [item for item in found if item[0] != "count"]


def test_no_baseline_statistics_no_drift():
    pairing = pair_columns(NAMES, NAMES, named=True, compatibility="corrected")

    assert judge(pairing, CURRENT, OBSERVED, CONSTRAINTS, compatibility="corrected").drift == {}
