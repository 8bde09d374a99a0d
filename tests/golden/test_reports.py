"""Reports whose data is lost: the words and the numbers in them."""

from __future__ import annotations

import json

import pytest

from airflow_model_monitor.contract.constraints import Constraints, FeatureConstraints, StringConstraints

CASES = {
    "column-mismatch-reports/immersion-day.missing.json": (69, 70),
    "column-mismatch-reports/apmalinsky.extra.json": (23, 22),
    "mlops-workshop-boston-2021-03/violations.table.1f99a13079.json": (14, 13),
}


@pytest.mark.parametrize(("report", "columns"), CASES.items())
def test_another_number_of_columns_is_all_the_original_reports(golden, analyze_csv, report, columns):
    current, baseline = columns
    constraints = Constraints(tuple(FeatureConstraints(f"f{i}", "Integral", 1.0) for i in range(baseline)))

    result = analyze_csv(",".join(["x"] * current) + "\n", header=False, baseline_constraints=constraints)

    assert as_reported(result.violations) == json.loads(golden(report))["violations"]
    assert (result.statistics, result.constraints, result.column_mismatch) == (None, None, True)


@pytest.mark.parametrize(("report", "columns"), CASES.items())
def test_corrected_reports_it_first_and_goes_on(golden, analyze_csv, report, columns):
    current, baseline = columns
    constraints = Constraints(tuple(FeatureConstraints(f"f{i}", "Integral", 1.0) for i in range(baseline)))

    result = analyze_csv(
        ",".join(["x"] * current) + "\n", header=False, baseline_constraints=constraints, compatibility="corrected"
    )

    expected = json.loads(golden(report))["violations"]
    assert as_reported(result.violations)[:1] == expected == as_reported(result.original)
    assert len(result.violations) == 1 + min(current, baseline)
    assert result.statistics is not None


def test_unknown_categories_and_half_empty_columns(golden, analyze_csv):
    expected = json.loads(golden("brightsparc-text-2020-02/violations.table.json"))["violations"]
    names = golden("brightsparc-text-2020-02/baseline.head.txt").splitlines()[0].split(",")
    label = FeatureConstraints(names[0], "String", 1.0, string_constraints=StringConstraints(("__label__home",)))
    constraints = Constraints((label, *(FeatureConstraints(name, "Fractional", 1.0) for name in names[1:])))
    whole = ["__label__home", *["0.5"] * 12]
    short = ["0.5"] * 10

    result = analyze_csv(
        "".join(",".join(row) + "\n" for row in (whole, short)), header=False, baseline_constraints=constraints
    )

    found = as_reported(result.violations)
    assert sorted(map(str, found)) == sorted(map(str, expected))
    assert found[3:] == expected[3:]


def as_reported(violations):
    return json.loads(violations.to_json())["violations"]
