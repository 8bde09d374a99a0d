"""Executions of real schedules: what they found in real traffic."""

from __future__ import annotations

import json

import pytest

from airflow_model_monitor.analysis.checks.observed_column import percent
from airflow_model_monitor.contract.constraints import Constraints
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.statistics import Statistics

OLD = Generation.G2020
PACKT = "packt-boston-2021"
CHURN = "churn-xgb-2020-2022"


@pytest.fixture
def housing(golden):
    """The two requests of 2021-07-07 with their responses, and the baseline they were checked against."""
    rows = [line.split(",", 1) for line in golden(f"{PACKT}/monitor.input.csv").splitlines()[1:]]
    baseline = {
        "baseline_constraints": Constraints.from_json(golden(f"{PACKT}/constraints.json")),
        "baseline_statistics": Statistics.from_json(golden(f"{PACKT}/statistics.json")),
    }
    return [(request, response) for response, request in rows], baseline


def test_housing_run_in_all_its_bytes(golden, analyze_capture, housing):
    pairs, baseline = housing

    result = analyze_capture(pairs, **baseline)

    assert result.violations.to_json() == golden(f"{PACKT}/monitor.constraint_violations.json")
    # Of the other two files the sizes are known, from the bucket's listing.
    assert len(result.violations.to_json().encode()) == 996
    assert len(result.statistics.to_json(OLD).encode()) == 22162
    assert len(result.constraints.to_json(OLD).encode()) == 2356
    assert [feature.name for feature in result.constraints.features][:3] == ["crim", "zn", "indus"]


def test_housing_run_corrected(golden, analyze_capture, housing):
    pairs, baseline = housing

    result = analyze_capture(pairs, compatibility="corrected", **baseline)

    assert result.original.to_json() == golden(f"{PACKT}/monitor.constraint_violations.json")
    # Integers satisfy Fractional; the negative price and the negative percentage do not pass any more.
    assert [(v.feature_name, v.constraint_check_type) for v in result.violations.violations] == [
        ("medv", "is_non_negative_check"),
        ("crim", "is_non_negative_check"),
        ("rad", "data_type_check"),
        ("chas", "data_type_check"),
    ]


@pytest.mark.parametrize("job", ["08b14574e2", "097cc6205e", "0b7d154e3f", "37c35c1be0", "702998a8bf", "cee100ba57"])
def test_churn_runs_have_sixty_violations_those_of_the_reports_among_them(golden, analyze_capture, job):
    # The notebook sends the lines of the test set again and again. The first is a header whose repeated numbers pandas
    # has told apart (0, 0.1, 0.2 ...): one fraction per round in almost every column of whole numbers.
    report = json.loads(golden(f"{CHURN}/violations.table.{job}.json"))["violations"]
    lines = golden(f"{CHURN}/traffic.test-dataset-input-cols.csv").splitlines()
    rows, odd = rows_behind(next(v for v in report if v["feature_name"] != "Churn")["description"])
    pairs = [(line, "0.036397725343704224") for line in [lines[0]] * odd + (lines[1:] * 7)[: rows - odd]]

    result = analyze_capture(pairs, baseline_constraints=Constraints.from_json(golden(f"{CHURN}/constraints.json")))

    found = [
        {"feature_name": v.feature_name, "constraint_check_type": v.constraint_check_type, "description": v.description}
        for v in result.violations.violations
    ]
    assert len(found) == 60
    assert all(violation in found for violation in report)


def rows_behind(description: str) -> tuple[int, int]:
    """The rows and odd rows whose share of fine ones is the one printed."""
    share = description.rpartition("Only ")[2].partition(" of data")[0]
    for rows in range(1, 3000):
        for odd in range(1, 13):
            if percent((rows - odd) / rows) == share:
                return rows, odd
    raise AssertionError(f"no numbers of rows make {share}")
