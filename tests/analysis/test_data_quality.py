from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airflow_model_monitor.analysis.data_quality import analyze
from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract.constraints import Constraints, FeatureConstraints
from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.tables.dataset import open_dataset

HEADER = "delay,origin,late\n"
BASELINE = HEADER + "".join(f"{i % 40}.5,{('JFK', 'EWR')[i % 2]},{i % 10 == 0:d}\n" for i in range(400))
STORM = HEADER + "".join(f"{i % 40 + 60},{('LGA', 'EWR')[i % 2]},{i % 10 != 0:d}\n" for i in range(400))


@pytest.fixture
def run(tmp_path):
    def run(text, *, header=True, **settings):
        path = tmp_path / "data.csv"
        path.write_text(text)
        with open_dataset(str(path), Csv(header=header)) as relation:
            return analyze(relation, **settings)

    return run


@pytest.fixture
def baseline(run):
    result = run(BASELINE)
    return {"baseline_constraints": result.constraints, "baseline_statistics": result.statistics}


def checks(violations):
    return [(v.feature_name, v.constraint_check_type.removesuffix("_check")) for v in violations.violations]


def test_a_baseline_job_suggests_and_judges_nothing(run):
    result = run(BASELINE)

    assert [f.inferred_type for f in result.constraints.features] == ["Fractional", "String", "Integral"]
    assert (result.violations, result.original, result.metrics, result.drift) == (None, None, (), {})
    assert (result.rows, result.arithmetic, result.column_mismatch) == (400, "sequential", False)


def test_the_data_of_the_baseline_has_no_violations(run, baseline):
    for compatibility in ("sagemaker", "corrected"):
        assert checks(run(BASELINE, compatibility=compatibility, **baseline).violations) == []


def test_the_original_misses_what_corrected_sees(run, baseline):
    result = run(STORM, compatibility="corrected", **baseline)

    assert checks(result.violations) == [
        ("origin", "categorical_values"),
        ("delay", "baseline_drift"),
        ("origin", "baseline_drift"),
        ("late", "baseline_drift"),
    ]
    # To the original whole delays are no fractions, and a column of zeros and ones never drifts.
    assert checks(result.original) == [
        ("delay", "data_type"),
        ("origin", "categorical_values"),
        ("origin", "baseline_drift"),
    ]
    assert run(STORM, **baseline).violations == result.original


def test_a_real_execution_of_2021_word_for_word(run):
    # Boston housing: two requests, prediction first; the baseline had the label first, and fractions where these have
    # whole numbers.
    names = ["crim", "zn", "indus", "chas", "nox", "age", "rm", "dis", "rad", "tax", "ptratio", "lstat", "medv"]
    constraints = Constraints(
        tuple(FeatureConstraints(name, "Integral" if name in ("chas", "rad") else "Fractional", 1.0) for name in names)
    )
    rows = (
        "-35.72457504272461,632.0,18.00,2.310,0,0.5380,6.5750,65.20,4.0900,1,296.0,15.30,4.98\n"
        "34.424537658691406,0.00632,18.00,2.310,0,0.5380,6.5750,65.20,4.0900,1,296.0,15.30,-4.98\n"
    )

    result = run(rows, header=False, baseline_constraints=constraints, generation=Generation.G2020)

    expected = [("tax", "Fractional"), ("nox", "Fractional"), ("rad", "Integral"), ("chas", "Integral")]
    text = (
        "Data type match requirement is not met. Expected data type: {0}, Expected match: 100.0%. "
        "Observed: Only 0.0% of data is {0}."
    )
    found = [(v.feature_name, v.description) for v in result.violations.violations]
    assert found == [(name, text.format(kind)) for name, kind in expected]
    assert len(result.violations.to_json()) == 996


def test_columns_in_another_order_are_found_by_name_when_corrected(run, baseline):
    swapped = "".join(",".join(reversed(line.split(","))) + "\n" for line in BASELINE.splitlines())

    result = run(swapped, compatibility="corrected", **baseline)

    assert checks(result.violations) == []
    assert [feature.name for feature in result.statistics.features] == ["late", "origin", "delay"]
    assert ("delay", "data_type") in checks(result.original)


def test_columns_without_names_get_the_baselines(run, baseline):
    rows = BASELINE.split("\n", 1)[1]

    result = run(rows, header=False, compatibility="corrected", **baseline)

    assert [feature.name for feature in result.constraints.features] == ["delay", "origin", "late"]
    assert checks(result.violations) == []


def test_a_missing_column(run, baseline):
    narrow = "".join(line.rpartition(",")[0] + "\n" for line in STORM.splitlines())

    original = run(narrow, **baseline)
    corrected = run(narrow, compatibility="corrected", **baseline)

    assert checks(original.violations) == [("Missing columns", "missing_column")] == checks(corrected.original)
    assert (original.statistics, original.constraints, original.rows) == (None, None, 400)
    assert checks(corrected.violations)[:2] == [("Missing columns", "missing_column"), ("origin", "categorical_values")]
    assert corrected.column_mismatch
    assert corrected.violations.violations[0].description.endswith("constraints: 3. Missing: late")


def test_values_beyond_any_histogram_are_still_compared_with_the_domain(run, baseline):
    many = HEADER + "".join(f"0.5,{'EWR' if i % 2 else f'A{i}'},1\n" for i in range(400))

    result = run(many, **baseline)

    (found,) = (v for v in result.violations.violations if v.constraint_check_type == "categorical_values_check")
    assert "Observed: 50.0% of the values" in found.description


def test_settings_of_a_generation_are_its_types(run):
    text = "x\n1e3\n2.5\n"

    assert run(text, generation=Generation.G2020).statistics.features[0].inferred_type == "String"
    assert run(text, generation=Generation.G2024).statistics.features[0].inferred_type == "Fractional"


def test_metrics_when_asked_for(run, baseline):
    context = MetricContext("flights", "weekly", datetime(2013, 6, 24, tzinfo=UTC))

    metrics = run(STORM, compatibility="corrected", emit=context, **baseline).metrics

    assert [metric.metric_name for metric in metrics] == [
        *("feature_data_delay", "feature_non_null_delay", "feature_baseline_drift_delay"),
        *("feature_non_null_origin", "feature_baseline_drift_origin"),
        *("feature_data_late", "feature_non_null_late", "feature_baseline_drift_late"),
    ]


def test_the_chi_squared_test_when_asked_for(run, baseline):
    result = run(STORM, compatibility="corrected", categorical_drift_method="ChiSquared", **baseline)

    assert result.constraints.monitoring_config.distribution_constraints.categorical_drift_method == "ChiSquared"
    assert result.drift["origin"].low_is_drift or "origin" not in result.drift


def test_a_boolean_column_is_a_string_and_satisfies_itself(run):
    text = "flag\ntrue\nfalse\ntrue\n"
    first = run(text)

    result = run(text, baseline_constraints=first.constraints, baseline_statistics=first.statistics)

    assert first.constraints.features[0].inferred_type == "String"
    assert sorted(first.constraints.features[0].string_constraints.domains) == ["false", "true"]
    assert checks(result.violations) == []


def test_a_column_of_nulls_expects_nothing(run):
    nulls = "a,b\n1,\n2,\n"
    first = run(nulls)

    result = run("a,b\n1,x\n2,7\n", baseline_constraints=first.constraints, baseline_statistics=first.statistics)

    assert (first.constraints.features[1].inferred_type, first.constraints.features[1].completeness) == ("Unknown", 0.0)
    assert checks(result.violations) == []


def test_no_rows_are_refused(run):
    with pytest.raises(ContractError, match="Job inputs had no data"):
        run(HEADER)


def test_columns_of_one_name_are_refused_since_no_reader_would_take_the_files(run):
    with pytest.raises(ContractError, match="2 columns have this name") as error:
        run("a,a,a0\n1,2,3\n")  # Spark's own way of telling them apart calls the first one a0

    assert error.value.field == "a0"
