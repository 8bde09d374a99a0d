from __future__ import annotations

from dataclasses import replace

import pytest

from airflow_model_monitor.analysis.checks.categorical_values import categorical_values_check
from airflow_model_monitor.analysis.checks.column_count import column_count_check
from airflow_model_monitor.analysis.checks.completeness import completeness_check
from airflow_model_monitor.analysis.checks.data_type import data_type_check
from airflow_model_monitor.analysis.checks.non_negative import non_negative_check
from airflow_model_monitor.analysis.checks.observed_column import ObservedColumn, percent
from airflow_model_monitor.analysis.column_pairing import pair_columns
from airflow_model_monitor.contract.constraints import (
    DEFAULT_MONITORING_CONFIG,
    FeatureConstraints,
    NumConstraints,
    StringConstraints,
)

INTEGRAL = FeatureConstraints("State_MD", "Integral", 1.0, NumConstraints(is_non_negative=True))
FRACTIONAL = FeatureConstraints("tax", "Fractional", 1.0, NumConstraints(is_non_negative=True))
STRING = FeatureConstraints("origin", "String", 1.0, string_constraints=StringConstraints(("EWR", "JFK", "NullValue")))


def data_type(constraint, column, compatibility="sagemaker", threshold=1.0):
    config = replace(DEFAULT_MONITORING_CONFIG, datatype_check_threshold=threshold)
    found = data_type_check(constraint, config, column, compatibility=compatibility)
    return found and found.description


def test_data_type_text_of_a_real_report():
    column = ObservedColumn(nulls=0, integral=1970, fractional=7)

    assert data_type(INTEGRAL, column) == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 99.64592817400101% of data is Integral."
    )


@pytest.mark.parametrize(
    ("matching", "rows", "text"),
    [
        # Shares of real reports, 2020 to 2022.
        (9, 1009, "0.8919722497522299%"),
        (1970, 1977, "99.64592817400101%"),
        (1722, 1728, "99.65277777777779%"),
        (2, 4, "50.0%"),
        (300, 303, "99.00990099009901%"),
        (0, 2, "0.0%"),
        (5, 5, "100.0%"),
    ],
)
def test_percentages_are_java_doubles(matching, rows, text):
    assert percent(matching / rows) == text


def test_an_integer_is_no_fraction_in_the_original_alone():
    column = ObservedColumn(nulls=0, integral=2)

    assert "Only 0.0% of data is Fractional." in data_type(FRACTIONAL, column)
    assert data_type(FRACTIONAL, column, "corrected") is None


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
@pytest.mark.parametrize(
    ("constraint", "column"),
    [
        (INTEGRAL, ObservedColumn(nulls=0, fractional=2)),
        (STRING, ObservedColumn(nulls=0, integral=2)),
        (FRACTIONAL, ObservedColumn(nulls=0, string=2)),
        (INTEGRAL, ObservedColumn(nulls=2)),
    ],
)
def test_types_are_strict(constraint, column, compatibility):
    assert f"Only 0.0% of data is {constraint.inferred_type}." in data_type(constraint, column, compatibility)


@pytest.mark.parametrize(
    ("constraint", "column"),
    [
        (INTEGRAL, ObservedColumn(nulls=1000, integral=9)),
        (STRING, ObservedColumn(nulls=0, string=1, boolean=1)),
        (FeatureConstraints("gone", "Unknown", 0.0), ObservedColumn(nulls=0, string=3)),
        (FeatureConstraints("flag", "Boolean", 1.0), ObservedColumn(nulls=0, boolean=3)),
    ],
)
def test_types_that_match(constraint, column):
    assert data_type(constraint, column) is None


def test_data_type_threshold_itself_is_enough():
    column = ObservedColumn(nulls=0, integral=9, string=1)

    assert data_type(INTEGRAL, column, threshold=0.9) is None
    assert "Expected match: 91.0%. Observed: Only 90.0% of" in data_type(INTEGRAL, column, threshold=0.91)


def test_completeness_text_of_a_real_report():
    found = completeness_check(INTEGRAL, ObservedColumn(nulls=1000, integral=9))

    assert found.description == (
        "Data completeness requirement is not met. Expected: 100.0%. Observed: Only 0.8919722497522299%."
    )


@pytest.mark.parametrize("required", [None, 0.5, 0.4])
def test_completeness_that_suffices(required):
    constraint = replace(INTEGRAL, completeness=required)

    assert completeness_check(constraint, ObservedColumn(nulls=2, integral=2)) is None


def test_categorical_values_text_of_a_real_report():
    found = categorical_values_check(STRING, DEFAULT_MONITORING_CONFIG, ObservedColumn(0, string=4, known_values=2))

    assert found.description == (
        "Categorical value match requirement is not met. Expected match: 100.0%. "
        "Observed: 50.0% of the values match the known values."
    )


def test_categorical_values_threshold_and_absent_domain():
    config = replace(DEFAULT_MONITORING_CONFIG, domain_content_threshold=0.5)

    assert categorical_values_check(STRING, config, ObservedColumn(0, string=4, known_values=2)) is None
    assert categorical_values_check(STRING, config, ObservedColumn(0, string=4)) is None


def test_negative_values_are_named():
    found = non_negative_check(FRACTIONAL, ObservedColumn(0, fractional=2, minimum=-35.72457504272461))

    assert found.constraint_check_type == "is_non_negative_check"
    assert found.description == (
        "Non-negative requirement is not met. Expected: no value below 0. "
        "Observed: Smallest value is -35.72457504272461."
    )


@pytest.mark.parametrize("minimum", [None, 0.0, -0.0, 3.0])
def test_values_that_are_not_negative(minimum):
    assert non_negative_check(FRACTIONAL, ObservedColumn(0, fractional=2, minimum=minimum)) is None


@pytest.mark.parametrize(("current", "baseline", "what"), [(69, 70, "missing"), (23, 22, "extra")])
def test_column_counts_in_the_words_of_real_reports(current, baseline, what):
    names = [f"f{index}" for index in range(70)]
    pairing = pair_columns(names[:current], names[:baseline], named=True, compatibility="sagemaker")

    (found,) = column_count_check(pairing)

    assert (found.feature_name, found.constraint_check_type) == (f"{what.capitalize()} columns", f"{what}_column_check")
    assert found.description == (
        f"There are {what} columns in current dataset. Number of columns in current dataset: {current}, "
        f"Number of columns in baseline constraints: {baseline}"
    )


def test_columns_paired_by_name_are_named():
    features = [f"f{index}" for index in range(14)]
    pairing = pair_columns(["f0", "wind"], features, named=True, compatibility="corrected")

    missing, extra = column_count_check(pairing)

    assert missing.description.endswith(". Missing: f1, f2, f3, f4, f5, f6, f7, f8, f9, f10 and 3 more")
    assert extra.description.endswith(". Extra: wind")
