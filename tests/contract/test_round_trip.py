"""Whatever is written reads back as the same object, and writes the same text again."""

from __future__ import annotations

import dataclasses
import math

from hypothesis import given

from airflow_model_monitor.contract.captured_data import CapturedRecord, parse_captured_line
from airflow_model_monitor.contract.constraints import Constraints
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.statistics import (
    Common,
    FeatureStatistics,
    NumericalStatistics,
    Statistics,
)
from airflow_model_monitor.contract.violations import ConstraintViolations
from tests.contract import strategies


@given(strategies.all_statistics)
def test_statistics(statistics: Statistics) -> None:
    text = statistics.to_json()
    assert Statistics.from_json(text) == statistics
    assert Statistics.from_json(text.encode()).to_json() == text


@given(strategies.all_statistics)
def test_statistics_of_an_older_generation_lose_only_what_it_lacks(statistics: Statistics) -> None:
    text = statistics.to_json(Generation.G2020)
    assert '"approximate_num_distinct_values" : ' not in text
    assert Statistics.from_json(text).to_json(Generation.G2020) == text


@given(strategies.all_constraints)
def test_constraints(constraints: Constraints) -> None:
    text = constraints.to_json()
    assert Constraints.from_json(text) == constraints
    assert Constraints.from_json(text.encode()).to_json() == text


@given(strategies.violations)
def test_violations(violations: ConstraintViolations) -> None:
    assert ConstraintViolations.from_json(violations.to_json()) == violations


@given(strategies.captured_records)
def test_captured_records(record: CapturedRecord) -> None:
    line = record.to_json_line()
    assert "\n" not in line
    assert parse_captured_line(line) == record
    assert parse_captured_line(line.encode()).to_json_line() == line


def test_not_a_number_survives() -> None:
    numbers = NumericalStatistics(Common(1, 0), math.nan, math.inf, None, -math.inf, math.inf)
    statistics = Statistics(1, (FeatureStatistics("x", "Fractional", numbers),))
    read = Statistics.from_json(statistics.to_json()).features[0].numerical_statistics
    assert read is not None
    assert read.mean is not None
    assert math.isnan(read.mean)
    assert dataclasses.replace(read, mean=None) == dataclasses.replace(numbers, mean=None)
