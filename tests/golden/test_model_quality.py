"""Real model quality outputs: a baseline and two monitoring runs with their inputs, others of which a part is known."""

from __future__ import annotations

import csv
import json
import math
import re
from itertools import pairwise

import numpy as np
import pytest

from airflow_model_monitor.analysis.model_quality import analyze
from airflow_model_monitor.analysis.model_quality.best_constant_classifier import constant_classifier
from airflow_model_monitor.analysis.model_quality.binary import CLASSES, binary_metrics
from airflow_model_monitor.analysis.model_quality.binary_curves import RankedRows
from airflow_model_monitor.analysis.model_quality.confusion_matrix import ConfusionMatrix
from airflow_model_monitor.analysis.model_quality.suggestion import suggest_constraints
from airflow_model_monitor.analysis.model_quality.verdict import judge
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints
from airflow_model_monitor.contract.model_quality_statistics import Metric, ModelQualityStatistics
from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations
from tests.golden_folder import golden_folder

CHURN = ("churn-2021-05-18", "churn-2021-05-26")
BASELINES = (*CHURN, "bankdm-all-negative-2022-08-30")
IDEA = "idea-2023-02-13"
BINARY = "BinaryClassification"
DEVIATION = re.compile(r"\+/- \S+")


@pytest.fixture
def model_quality():
    """Read a file of a case: text as the container wrote it, rows of a CSV, or a JSON document."""

    def read(case, name):
        text = (golden_folder() / "model-quality" / case / name).read_text().rstrip("\n")
        if name.endswith(".csv"):
            return list(csv.DictReader(text.splitlines()))
        return json.loads(text) if ".rounded." in name or name == "monitoring_input.json" else text

    return read


def column(rows, name):
    return np.array([row[name] for row in rows], object)


@pytest.fixture
def baseline(model_quality):
    def run(case):
        rows = model_quality(case, "baseline_dataset.csv")
        columns = (column(rows, name) for name in ("label", "prediction", "probability"))
        return analyze(*columns, problem_type=BINARY, seed=case, generation=Generation.G2020)

    return run


def flat(document, prefix=""):
    """Numbers by dotted path, as the recordings have them."""
    if not isinstance(document, dict):
        return {prefix: document}
    return {path: v for key, value in document.items() for path, v in flat(value, f"{prefix}.{key}".strip(".")).items()}


@pytest.mark.parametrize("case", BASELINES)
def test_baseline_constraints(case, model_quality, baseline):
    recorded = model_quality(case, "baseline_constraints.rounded.json")
    suggested = baseline(case).constraints.constraints

    assert list(suggested) == list(recorded)
    for name, constraint in suggested.items():
        assert round(constraint.threshold, 6) == recorded[name]["threshold_rounded"]
        assert constraint.comparison_operator == recorded[name]["comparison_operator"]


@pytest.mark.parametrize("case", CHURN)
def test_baseline_statistics_to_the_last_printed_digit(case, model_quality, baseline):
    recorded = model_quality(case, "baseline_statistics.rounded.json")
    text = baseline(case).statistics.to_json(Generation.G2020)
    found = flat(json.loads(text)["binary_classification_metrics"])

    assert list(found) == list(recorded)
    for path, value in recorded.items():
        if isinstance(value, dict):
            points = value["first_points"]
            assert found[path][: len(points)] == points
        elif not path.endswith("standard_deviation"):
            assert float(f"{found[path]:.6f}") == value
        else:  # random in every run of the original
            assert (found[path] == 0.0) == (value == 0.0)
            assert found[path] < 4 * value or value == 0.0


@pytest.mark.parametrize("case", CHURN)
def test_monitoring_violations(case, model_quality, baseline):
    rows = model_quality(case, "monitoring_predictions_and_labels.csv")
    described = model_quality(case, "monitoring_input.json")
    rows = [rows[number % len(rows)] for number in range(described["merged_records"])]
    recorded = model_quality(case, "constraint_violations.json")

    found = analyze(
        column(rows, "ground_truth"),
        None,
        column(rows, "probability"),
        problem_type=BINARY,
        seed=case,
        probability_threshold=described["probability_threshold"],
        baseline_constraints=baseline(case).constraints,
        generation=Generation.G2020,
    )

    deviations = iter(DEVIATION.findall(recorded))
    text = DEVIATION.sub(lambda _: next(deviations), found.violations.to_json())
    assert recorded == text.replace(*AREA_OF_PARTITIONS.get(case, ("", "")))
    assert found.not_evaluated == ("f0_5",)


# Spark adds the areas of its partitions in the order they are done: one run of four differs by one unit in the last
# place, which no rule explains.
AREA_OF_PARTITIONS = {"churn-2021-05-18": ("0.5127590160341252 ", "0.5127590160341251 ")}


def test_the_one_area_is_off_by_one_unit_in_the_last_place():
    ((found, recorded),) = AREA_OF_PARTITIONS.values()
    assert math.nextafter(float(found), 0.0) == float(recorded)


def test_area_under_precision_and_recall(baseline):
    # As images of 2023 print it for this data; average precision would be 0.86457.
    assert round(baseline(CHURN[0]).statistics.metrics["au_prc"].value, 10) == 0.8632718516


@pytest.mark.parametrize("case", CHURN)
def test_metric_names(case, model_quality, baseline):
    recorded = model_quality(case, "cloudwatch_metric_names.txt").split()

    assert sorted(baseline(case).statistics.scalars(Generation.G2020)) == sorted(recorded)


@pytest.mark.parametrize("name", ["baseline_constraints.json", "run_constraints.json"])
def test_idea_constraints_are_read_and_written(name, model_quality):
    text = model_quality(IDEA, name)

    assert ModelQualityConstraints.from_json(text, name).to_json() == text


@pytest.mark.parametrize(
    "path", [*(f"{case}/constraint_violations.json" for case in CHURN), f"{IDEA}/run_constraint_violations.json"]
)
def test_violations_are_read_and_written(path, model_quality):
    text = model_quality(*path.split("/"))

    assert ModelQualityViolations.from_json(text, path).to_json() == text


# The datasets of these runs are lost. Their counts are known, and the area under the curve is printed.
@pytest.mark.parametrize(
    ("name", "counts", "auc"),
    [
        ("baseline_constraints.json", [[3594, 42], [388, 95]], 0.7701214220800956),
        ("run_constraints.json", [[51, 1], [47, 1]], 0.5276442307692306),
    ],
)
def test_idea_constraints_out_of_counts(name, counts, auc, model_quality):
    assert suggest_constraints(of_counts(counts, auc)).to_json() == model_quality(IDEA, name)


def test_idea_violations_out_of_counts(model_quality):
    constraints = ModelQualityConstraints.from_json(model_quality(IDEA, "baseline_constraints.json"))

    found = judge(of_counts([[51, 1], [47, 1]], 0.5276442307692306), constraints, compatibility="sagemaker")

    assert found.to_json() == model_quality(IDEA, "run_constraint_violations.json")
    first = json.loads(model_quality(IDEA, "constraint_violations.first5.json"))
    assert json.loads(found.to_json())["violations"][:5] == first


def of_counts(counts, auc):
    metrics = {**binary_metrics(ConfusionMatrix(CLASSES, np.array(counts))), "auc": auc}
    return ModelQualityStatistics(BINARY, sum(map(sum, counts)), {n: Metric(value) for n, value in metrics.items()})


def test_idea_statistics_out_of_counts(model_quality):
    recorded = model_quality(IDEA, "baseline_statistics.rounded.json")
    found = of_counts([[3594, 42], [388, 95]], 0.770121).scalars()

    values = {path.removesuffix(".value"): value for path, value in recorded.items() if path.endswith(".value")}
    assert {name: round(value, 6) for name, value in found.items()} == {name: values[name] for name in found}
    assert list(found) == [name for name in values if name != "au_prc"]


def test_idea_curves_out_of_their_steps(model_quality):
    # Each printed point stands for two distinct probabilities; how many rows of either class it adds follows from the
    # step to it. Rows nothing is known of come last, so many that two probabilities share a point throughout.
    recorded = model_quality(IDEA, "baseline_statistics.rounded.json")
    printed = {path.split(".")[1]: v["first_points"] for path, v in recorded.items() if isinstance(v, dict)}
    negatives, positives = 3594 + 42, 388 + 95
    steps = [
        (round((x1 - x0) * negatives), round((y1 - y0) * positives))
        for (x0, y0), (x1, y1) in pairwise(
            zip(printed["false_positive_rates"], printed["true_positive_rates"], strict=True)
        )
    ]
    rows = []
    for point, (false, true) in enumerate(steps):
        labels = [0] * false + [1] * true
        rows += [(2.0 * point, label) for label in labels[:1]] + [(2.0 * point + 1.0, label) for label in labels[1:]]
    rest = [0] * (negatives - sum(f for f, _ in steps)) + [1] * (positives - sum(t for _, t in steps))
    rows += [(2.0 * len(steps) + number % 2000, label) for number, label in enumerate(rest)]
    ranks, labels = (np.array(values) for values in zip(*rows, strict=True))

    curves = RankedRows(1.0 - ranks / 4096, labels.astype(np.uint8), labels.astype(np.uint8)).curves()

    for name, points in printed.items():
        assert getattr(curves, name)[: len(points)].tolist() == points
    assert len(printed["recalls"]) == 100


def test_multiclass_constraints(model_quality):
    recorded = model_quality("kgqa-multiclass-constraints", "baseline_constraints.rounded.json")
    metrics = {name: Metric(constraint["threshold_rounded"]) for name, constraint in recorded.items()}

    suggested = suggest_constraints(ModelQualityStatistics("MulticlassClassification", None, metrics)).constraints

    assert list(suggested) == list(recorded)
    assert {c.comparison_operator for c in suggested.values()} == {c["comparison_operator"] for c in recorded.values()}


@pytest.mark.parametrize("prefix", ["binary_classification", "multiclass_classification", "regression"])
def test_documented_statistics_are_read_and_written(prefix, model_quality):
    documented = json.loads(model_quality("aws-docs-example", "statistics_fragments.json"))
    document = {key: value for key, value in documented.items() if key.startswith(prefix)}

    read = ModelQualityStatistics.from_json(json.dumps(document))

    assert json.loads(read.to_json()) == {"version": 0.0, **document}


def test_documented_binary_metrics_out_of_counts(model_quality):
    documented = json.loads(model_quality("aws-docs-example", "statistics_fragments.json"))
    metrics = documented["binary_classification_metrics"]
    matrix = ConfusionMatrix(CLASSES, np.array([[1, 2], [0, 1]]))
    # The image of 2020 took the rarest class for its constant, and every row for positive in its curves.
    constant = binary_metrics(constant_classifier(matrix, 1))
    whole = binary_metrics(matrix)
    suffix = "_best_constant_classifier"

    assert {name: m["value"] for name, m in metrics.items() if "value" in m and name != "auc"} == {
        name: constant[name.removesuffix(suffix)] if name.endswith(suffix) else whole[name] for name in whole
    }
