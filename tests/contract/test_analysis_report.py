from __future__ import annotations

import json
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_metrics import BiasMetric, BiasMetrics, FacetMetrics
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.explanations import Explanations, LabelExplanation
from tests.golden_folder import golden_files

REAL = golden_files("clarify/*/*analysis.json")
BIAS = """{
    "version": "1.0",
    "post_training_bias_metrics": {
        "label": "fraud",
        "facets": {
            "sex": [
                {
                    "value_or_threshold": "1",
                    "metrics": [
                        {
                            "name": "CDDPL",
                            "description": "Conditional Demographic Disparity in Predicted Labels (CDDPL)",
                            "value": null,
                            "error": "Group variable is empty or not provided"
                        },
                        {
                            "name": "DCR",
                            "description": "Difference in Conditional Rejection (DCR)",
                            "value": 0
                        },
                        {
                            "name": "TE",
                            "description": "Treatment Equality (TE)",
                            "value": "-Infinity"
                        }
                    ]
                }
            ]
        },
        "label_value_or_threshold": "0"
    }
}
"""
METRIC = {"name": "TE", "description": "Treatment Equality (TE)", "value": 0.5}

texts = st.text(max_size=8)
metrics = st.builds(
    BiasMetric, texts, texts, st.none() | st.integers(-9, 9) | st.floats(allow_nan=False), st.none() | texts
)
groups = st.builds(FacetMetrics, texts, st.lists(metrics, max_size=3, unique_by=lambda metric: metric.name).map(tuple))
sections = st.builds(BiasMetrics, texts, st.dictionaries(texts, st.lists(groups, max_size=2).map(tuple)), texts)
finite = st.floats(allow_nan=False, allow_infinity=False)
labels = st.builds(LabelExplanation, st.dictionaries(texts, finite, min_size=1, max_size=3), finite)
explained = st.builds(Explanations, st.dictionaries(texts, labels, min_size=1, max_size=2))


def with_metric(**changes: Any) -> str:
    group = {"value_or_threshold": "1", "metrics": [{**METRIC, **changes}]}
    section = {"label": "y", "facets": {"sex": [group]}, "label_value_or_threshold": "1"}
    return json.dumps({"version": "1.0", "pre_training_bias_metrics": section})


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.parent.name)
def test_real_files_are_written_again_to_the_byte(path: Path) -> None:
    assert AnalysisReport.from_json(path.read_text()).to_json() == path.read_text()


def test_layout() -> None:
    report = AnalysisReport.from_json(BIAS)
    assert report.to_json() == BIAS
    assert report.post_training_bias is not None
    _, _, group = next(report.post_training_bias.groups())
    assert [metric.value for metric in group.metrics] == [None, 0, -inf]
    assert isinstance(group.metrics[1].value, int)


def test_jobs_of_several_instances_sort_the_keys() -> None:
    single = AnalysisReport.from_json(BIAS)
    text = json.dumps(json.loads(BIAS), sort_keys=True, indent=4) + "\n"
    multiple = AnalysisReport.from_json(text)
    assert multiple == single
    assert multiple.to_json() == text


@given(st.builds(AnalysisReport, sections, st.none() | sections, st.none() | explained))
def test_round_trip(report: AnalysisReport) -> None:
    assert AnalysisReport.from_json(report.to_json()) == report


def test_explanations_of_other_kinds_are_kept() -> None:
    words = [{"description": "love", "attribution": 0.1}]
    label = {"expected_value": 0.5, "global_top_shap_text": words}
    document = {"version": "1.0", "explanations": {"kernel_shap": {"label0": label}, "pdp": [{"feature_name": "age"}]}}
    report = AnalysisReport.from_json(json.dumps(document))
    assert report.explanations is not None
    assert report.explanations.others == {"pdp": [{"feature_name": "age"}]}
    assert json.loads(report.to_json()) == document


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", r"field \$: expected an analysis.json of SageMaker Clarify"),
        ('{"features": []}', r"this is no analysis.json of SageMaker Clarify: it has none of post_training"),
        (with_metric(value="high"), r"metrics\[0\].value: expected a number, got 'high'"),
        (with_metric(value="NaN"), r"value: expected a number, got 'NaN'. Write null for a metric that cannot be"),
        (with_metric(value=True), r"metrics\[0\].value: expected a number, got true"),
        (with_metric(name=None), r"facets.sex\[0\].metrics\[0\].name: is missing"),
        (with_metric(error=3), r"metrics\[0\].error: expected a text, got 3"),
        (with_metric().replace(', "value": 0.5', ""), r"metrics\[0\].value: is missing"),
        ('{"explanations": {}}', r"\$.explanations: holds no explanation"),
        ('{"explanations": {"kernel_shap": {}}}', r"expected an object with a member for each label"),
        ('{"explanations": {"kernel_shap": {"l": {"expected_value": 1}}}}', r"l.global_shap_values: is missing"),
        (
            '{"explanations": {"kernel_shap": {"l": {"global_shap_values": {"a": null}, "expected_value": 1}}}}',
            r"global_shap_values.a: expected a number, got null",
        ),
        (BIAS[:200], "not valid JSON"),
    ],
)
def test_nonsense_is_refused_by_its_place(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        AnalysisReport.from_json(text)


def test_a_metric_stands_once() -> None:
    with pytest.raises(ContractError, match="the metric 'DCR' already stands at"):
        AnalysisReport.from_json(BIAS.replace('"TE"', '"DCR"'))


def test_a_null_metric_needs_no_error_so_that_people_can_switch_one_off() -> None:
    report = AnalysisReport.from_json(with_metric(value=None))
    assert report.pre_training_bias is not None
    assert next(report.pre_training_bias.groups())[2].metrics[0].value is None


def test_nan_is_never_written() -> None:
    section = BiasMetrics("y", {"sex": (FacetMetrics("1", (BiasMetric("TE", "", float("nan")),)),)}, "1")
    with pytest.raises(ValueError, match="not JSON compliant"):
        AnalysisReport(section).to_json()
