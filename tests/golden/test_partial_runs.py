"""Runs of which a part is known: their inputs are lost, or their logs were cut."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from airflow_model_monitor.analysis.constraint_suggestion import suggest_constraints
from airflow_model_monitor.analysis.data_quality import analyze
from airflow_model_monitor.analysis.scala_hash_order import histogram_order
from airflow_model_monitor.contract.constraints import Constraints
from airflow_model_monitor.contract.dataset_format import CaptureJson
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.java_number import double_to_string
from airflow_model_monitor.contract.statistics import (
    Common,
    FeatureStatistics,
    NumericalStatistics,
    Statistics,
    StringStatistics,
)
from airflow_model_monitor.tables.dataset import open_dataset

OLD = Generation.G2020
AIM = "aim362-nw-traffic-2020-02"
WIND = "windturbine-2020-04"


@pytest.fixture
def traffic(golden):
    """The 27 logged columns of the 1,009 records of February 2020, read back from their sketches, as CSV."""
    text = golden(f"{AIM}/monitor.statistics.partial-27-features.json")
    features = json.loads(text)["features"]
    columns = []
    for feature in features:
        (values,) = feature["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"]
        # One column of whole numbers was overwritten with fractions in 1,000 of the records.
        whole = feature["inferred_type"] == "Integral" or feature["name"] == "Tot Fwd Pkts"
        cells = [str(int(value)) if whole and value.is_integer() else plain(value) for value in values]
        columns.append([feature["name"], *cells, *[""] * (1009 - len(cells))])
    return "".join(",".join(row) + "\n" for row in zip(*columns, strict=True)), text


def test_network_traffic_statistics_but_for_sums_over_partitions(traffic, analyze_csv):
    csv, text = traffic

    found, wanted = (json.loads(t)["features"] for t in (analyze_csv(csv).statistics.to_json(OLD), text))

    # Four files made partitions whose sums were added up in the order of their arrival.
    assert sum(moments(one)["sum"] == moments(other)["sum"] for one, other in zip(found, wanted, strict=True)) >= 24
    for one, other in zip(found, wanted, strict=True):
        assert moments(one) == pytest.approx(moments(other), rel=1e-12)
        assert {**one["numerical_statistics"], **moments(other)} == other["numerical_statistics"]


def test_network_traffic_constraints(golden, traffic, analyze_csv):
    wanted = Constraints.from_json(golden(f"{AIM}/monitor.constraints.json")).features[:27]

    assert analyze_csv(traffic[0]).constraints.features == wanted


def test_network_traffic_violations(golden, traffic, analyze_csv):
    now = Constraints.from_json(golden(f"{AIM}/monitor.constraints.json"))
    whole = {"inferred_type": "Integral", "completeness": 1.0}
    before = {"Tot Fwd Pkts": whole, "Flow Duration": whole}
    constraints = replace(now, features=tuple(replace(f, **before.get(f.name, {})) for f in now.features[:27]))

    result = analyze_csv(traffic[0], baseline_constraints=constraints, baseline_statistics=baseline_before(traffic[1]))

    assert result.violations.to_json() == golden(f"{AIM}/monitor.constraint_violations.json")
    assert double_to_string(result.drift["Fwd Pkt Len Mean"].distance) == "0.9293200129316993"


def baseline_before(text):
    """All that is known of the baseline: the distinct items of one column's sketch.

    They weigh 67,124, of which 832 lie below where the current values end but for the last one: no other pair of
    numbers gives the distance to the last bit.
    """
    (feature,) = (f for f in Statistics.from_json(text).features if f.name == "Fwd Pkt Len Mean")
    distribution = feature.numerical_statistics.distribution
    *_, last_but_one, last = sorted({value for level in distribution.sketch.data for value in level})
    low = [-1.0 - index for index in range(208)]
    high = [last_but_one + (last - last_but_one) * index / 5000 for index in range(1, 4144)]
    sketch = replace(distribution.sketch, data=([], [], [*low, last + 1.0], [], high))
    numbers = replace(feature.numerical_statistics, distribution=replace(distribution, sketch=sketch))
    return Statistics(530532, (replace(feature, numerical_statistics=numbers),))


def test_network_traffic_capture_is_flattened_into_the_rows_that_were_judged(golden, tmp_path):
    capture = tmp_path / "33-57-000-first.jsonl"
    capture.write_text(golden(f"{AIM}/capture.first-file.jsonl") + "\n")
    constraints = Constraints.from_json(golden(f"{AIM}/monitor.constraints.json"))
    logged = Statistics.from_json(golden(f"{AIM}/monitor.statistics.partial-27-features.json"))

    with open_dataset(str(capture), CaptureJson()) as relation:
        found = analyze(relation, baseline_constraints=constraints, generation=OLD).statistics

    assert (found.item_count, len(found.features)) == (9, 85)
    assert all(contains(*map(sketched, pair)) for pair in zip(logged.features, found.features, strict=False))


def sketched(feature):
    (values,) = feature.numerical_statistics.distribution.sketch.data
    return list(values)


def contains(values, part):
    return any(values[start : start + len(part)] == part for start in range(len(values)))


@pytest.mark.parametrize("job", ["0266872fb7", "50c59e21b3"])
def test_wind_turbine_constraints_follow_from_its_statistics(golden, job):
    statistics = Statistics.from_json(golden(f"{WIND}/statistics.partial.{job}.json"))
    wanted = Constraints.from_json(golden(f"{WIND}/constraints.{job}.json")).features

    found = suggest_constraints(statistics).features

    assert found == wanted[: len(found)]
    assert len(found) >= 2


@pytest.mark.parametrize("job", ["0266872fb7", "50c59e21b3"])
def test_wind_turbine_orders(golden, job):
    constraints = Constraints.from_json(golden(f"{WIND}/constraints.{job}.json"))
    domains = {f.name: f.string_constraints.domains for f in constraints.features if f.string_constraints}

    assert {name: tuple(histogram_order(name, sorted(domain))) for name, domain in domains.items()} == domains
    assert len(domains) == 4


def test_wind_turbine_histograms_out_of_rows(golden, analyze_csv):
    # One row per thousand of the lost million.
    wanted = Statistics.from_json(golden(f"{WIND}/statistics.partial.0266872fb7.json")).features[:2]
    columns = [[b.value for b in f.string_statistics.distribution for _ in range(b.count // 1000)] for f in wanted]
    rows = [",".join(row).replace("NullValue", "") for row in zip(*columns, strict=False)]

    found = analyze_csv("\n".join(["turbine_id,turbine_type", *rows, ""])).statistics.features

    assert [values(feature) for feature in found] == [values(feature) for feature in wanted]
    assert [feature.string_statistics.distinct_count for feature in found] == [10.0, 2.0]


def values(feature):
    return [bucket.value for bucket in feature.string_statistics.distribution]


def test_reviews_constraints_have_no_domain_for_thirty_thousand_texts(golden):
    rows = 34450
    rating = NumericalStatistics(Common(rows, 0), 3.0, 103350.0, 1.4142135623731031, 1.0, 5.0)
    statistics = Statistics(
        rows,
        (
            FeatureStatistics("star_rating", "Integral", rating),
            FeatureStatistics("review_body", "String", None, StringStatistics(Common(rows, 0), 32882.0)),
        ),
    )

    assert suggest_constraints(statistics).to_json(OLD) == golden("dsoaws-reviews-2020-05/constraints.json")


def moments(feature):
    return {name: feature["numerical_statistics"][name] for name in ("mean", "sum", "std_dev")}


def plain(value):
    """A fraction without an exponent: the expressions of 2020 take exponents for text."""
    return format(Decimal(repr(value)), "f")
