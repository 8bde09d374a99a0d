"""Known input, known files: statistics.json and constraints.json byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from airflow_model_monitor.contract.constraints import Constraints
from airflow_model_monitor.contract.generation import Generation

OLD = Generation.G2020


@pytest.mark.parametrize(
    ("case", "data", "header", "constraints"),
    [
        ("packt-boston-2021", "input.housing.csv", True, "constraints.json"),
        ("sdk-quality-check-step-2021", "input.baseline_dataset.csv", False, "constraints.good_case.json"),
    ],
)
def test_baseline_of_a_known_file(golden, analyze_csv, case, data, header, constraints):
    result = analyze_csv(golden(f"{case}/{data}") + "\n", header=header)

    assert result.statistics.to_json(OLD) == golden(f"{case}/statistics.json")
    assert result.constraints.to_json(OLD) == golden(f"{case}/{constraints}")
    assert (result.violations, result.arithmetic) == (None, "sequential")


@pytest.mark.parametrize("job", ["1f99a13079", "364991e54c"])
def test_baseline_of_a_file_read_back_from_its_sketch(golden, analyze_csv, job):
    # The input is not published, but a sketch of 404 values holds them all, in row order.
    folder = "mlops-workshop-boston-2021-03"
    text = golden(f"{folder}/statistics.{job}.json")

    result = analyze_csv(csv_of_sketches(text))

    assert result.statistics.to_json(OLD) == text
    assert result.constraints.to_json(OLD) == golden(f"{folder}/constraints.{job}.json")


def test_churn_baseline_as_seven_jobs_of_three_years_wrote_it(golden, analyze_csv):
    folder = "churn-xgb-2020-2022"

    result = analyze_csv(golden(f"{folder}/input.training-dataset-with-header.csv") + "\n")

    assert result.constraints.to_json(OLD) == golden(f"{folder}/constraints.json")
    # The log broke off after 33 of 70 features, and left out four sketches before.
    logged = golden(f"{folder}/statistics.partial-33-features.json").splitlines()
    found = replace(result.statistics, features=result.statistics.features[:33]).to_json(OLD).splitlines()
    pairs = zip(found, logged, strict=True)
    assert [line for line, wanted in pairs if line != wanted and "TRUNCATED-IN-LOG" not in wanted] == []
    assert (result.rows, len(result.statistics.features)) == (2333, 70)


def test_real_constraints_are_read_and_written_back(golden):
    for name in (
        "windturbine-2020-04/constraints.0266872fb7.json",
        "dsoaws-reviews-2020-05/constraints.json",
        "aim362-nw-traffic-2020-02/monitor.constraints.json",
    ):
        assert Constraints.from_json(golden(name)).to_json(OLD) == golden(name)


def csv_of_sketches(statistics):
    features = json.loads(statistics)["features"]
    columns = []
    for feature in features:
        (values,) = feature["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"]
        integral = feature["inferred_type"] == "Integral"
        columns.append([str(int(value)) if integral else plain(value) for value in values])
    rows = [[feature["name"] for feature in features], *map(list, zip(*columns, strict=True))]
    return "".join(",".join(row) + "\n" for row in rows)


def plain(value):
    """A fraction without an exponent: the expressions of 2020 take exponents for text."""
    return format(Decimal(repr(value)), "f")
