from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.bias_config import FacetConfig
from airflow_model_monitor.contract.clarify_headers import record_headers, table_headers, with_names
from airflow_model_monitor.contract.errors import ContractError
from tests.golden_folder import golden_files, golden_folder

BIAS: dict[str, Any] = {
    "dataset_type": "text/csv",
    "headers": ["label", "age", "income"],
    "label": "label",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "age", "value_or_threshold": [40]}],
    "group_variable": "income",
    "methods": {"report": {"name": "report", "title": "Report"}, "pre_training_bias": {"methods": "all"}},
}
SHAP: dict[str, Any] = {
    "dataset_type": "text/csv",
    "headers": ["label", "age", "income"],
    "label": "label",
    "methods": {"shap": {"baseline": [[40, 20]], "num_samples": 100, "agg_method": "mean_abs", "use_logit": False}},
    "predictor": {"endpoint_name": "churn", "content_type": "text/csv", "label": 0, "label_headers": ["churn"]},
}


def read(document: dict[str, Any], **settings: Any) -> AnalysisConfig:
    return AnalysisConfig.from_json(json.dumps(document), **settings)


def refused(document: dict[str, Any], **settings: Any) -> str:
    with pytest.raises(ContractError) as caught:
        read(document, **settings)
    return str(caught.value)


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the document with one member at ``path`` (``methods.shap.seed``) changed."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    *parents, key = path.split(".")
    target = copy
    for parent in parents:
        target = target[parent]
    target[key] = value
    return copy


@pytest.mark.parametrize("document", [BIAS, SHAP], ids=["bias", "shap"])
def test_round_trip(document: dict[str, Any]) -> None:
    config = read(document)
    assert config.to_document() == document
    assert AnalysisConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize("path", golden_files("clarify/*/analysis_config.json"), ids=lambda path: path.parent.name)
def test_real_configurations(path: Path) -> None:
    assert AnalysisConfig.from_json(path.read_text()).to_document() == json.loads(path.read_text())


def recorded(name: str) -> list[dict[str, Any]]:
    calls = json.loads((golden_folder() / "sdk-requests" / f"{name}.json").read_text())["calls"]
    bodies = [call["body_json"] for call in calls if isinstance(call.get("body_json"), dict)]
    return [body for body in bodies if "headers" in body]


@pytest.mark.parametrize("name", ["mb_baseline_full", "mb_baseline_minimal", "me_baseline_full", "me_baseline_minimal"])
def test_what_the_sdk_writes_is_read(name: str) -> None:
    (job,) = recorded(name)
    assert read(job).to_document() == job


def test_a_monitor_file_of_an_object_is_read() -> None:
    (monitor,) = recorded("mb_schedule_config_object")
    assert read(monitor, role="monitor").to_document() == monitor


@pytest.mark.parametrize("name", ["mb_schedule_after_baseline", "me_schedule_after_baseline"])
def test_monitors_get_the_subset_the_sdk_makes(name: str) -> None:
    job, monitor = recorded(name)
    assert read(job).to_document() == job
    assert read(monitor, role="monitor").to_document() == monitor
    assert read(job).monitor_subset() == read(monitor, role="monitor")


def test_a_bias_monitor_computes_every_metric() -> None:
    config = read({key: BIAS[key] for key in ("label", "label_values_or_threshold", "facet")}, role="monitor")
    methods = config.bias("post_training_bias")
    assert methods is not None
    assert methods.names("post_training_bias")[:3] == ("AD", "CDDPL", "DAR")


def test_defaults() -> None:
    config = read(SHAP)
    assert config.threshold == 0.5
    assert config.methods is not None
    assert config.methods.shap is not None
    assert config.methods.shap.aggregation == "mean_abs"
    assert not config.methods.shap.saves_local_values
    assert config.bias("pre_training_bias") is None


def test_numbers_stay_as_they_were_written() -> None:
    config = read(changed(BIAS, "label_values_or_threshold", [1, 1.0, "1"]))
    assert [repr(value) for value in config.label_values_or_threshold] == ["1", "1.0", "'1'"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("labels", "x", "field $.labels: is no key of this object. Did you mean 'label'?"),
        ("dataset_type", "text/tsv", "field $.dataset_type: expected one of text/csv, application/jsonlines"),
        ("headers", ["a", "a"], "field $.headers[1]: the name 'a' stands twice. Give every column a name of its own."),
        ("headers", [], "field $.headers: expected an array with something in it"),
        ("label", 1.5, "field $.label: expected a column's name or its position, counted from 0, got 1.5"),
        ("label", -1, "field $.label: expected a column's name or its position, counted from 0, got -1"),
        ("label_values_or_threshold", 1, "field $.label_values_or_threshold: expected an array, got 1"),
        ("label_values_or_threshold", [True], "field $.label_values_or_threshold[0]: expected a text or a number"),
        ("probability_threshold", 1.5, "field $.probability_threshold: expected a number between 0 and 1, got 1.5"),
        ("facet", {"name_or_index": "age"}, "field $.facet: expected an array, got an object"),
        ("facet", [{"name": "age"}], "field $.facet[0].name: is no key of this object. Did you mean 'name_or_index'?"),
        ("methods", {}, "field $.methods: asks for no analysis. Name at least one of report, pre_training_bias"),
        ("methods.pre_training_bias.methods", ["AD"], "field $.methods.pre_training_bias.methods[0]: expected one of"),
        ("methods.pre_training_bias.methods", ["CI", "CI"], "the metric 'CI' is asked for twice. Keep one of the two."),
        ("methods.pre_training_bias.methods", "some", "expected 'all' or an array of CDDL, CI, DPL"),
        ("methods.report.titel", "x", "field $.methods.report.titel: is no key of this object. Did you mean 'title'?"),
        ("methods.post_training_bias", {"methods": "all"}, "field $.predictor: is missing: post-training bias"),
    ],
)
def test_what_a_bias_job_may_not_say(path: str, value: Any, message: str) -> None:
    assert message in refused(changed(BIAS, path, value))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("methods.shap.num_clusters", 3, "$.methods.shap.num_clusters: 'baseline' and 'num_clusters' exclude each"),
        ("methods.shap.num_samples", 0, "$.methods.shap.num_samples: expected a whole number of at least 1, got 0"),
        ("methods.shap.agg_method", "mean_sqr", "expected one of mean_abs, median, mean_sq, got 'mean_sqr'. Did you"),
        ("methods.shap.baseline", [1, 2], "$.methods.shap.baseline[0]: expected a row (an array of values)"),
        ("methods.shap.use_logit", "no", "$.methods.shap.use_logit: expected true or false, got 'no'"),
        ("methods.shap.text_config", {"granularity": "word", "language": "en"}, "one of token, sentence, paragraph"),
        ("methods.shap.text_config", {"granularity": "token"}, "$.methods.shap.text_config.language: is missing"),
        ("methods.pdp", {"features": ["age"]}, "$.methods.pdp.grid_resolution: is missing"),
        ("predictor.content_type", "csv", "$.predictor.content_type: expected one of text/csv"),
        ("predictor.content_template", "{}", "$.predictor.content_template: the template has no placeholder"),
        ("predictor.content_template", "$records", "$.predictor.record_template: is missing"),
        ("predictor", {"content_type": "text/csv"}, "$.predictor: names no model"),
        ("predictor", {"model_name": "m", "instance_type": "ml.m5.large"}, "$.predictor.initial_instance_count: is m"),
        ("predictor", None, "$.predictor: is missing. 'shap' asks a model for scores: say which."),
    ],
)
def test_what_an_explaining_job_may_not_say(path: str, value: Any, message: str) -> None:
    assert message in refused(changed(SHAP, path, value))


@pytest.mark.parametrize("key", ["dataset_type", "methods", "facet", "label", "label_values_or_threshold"])
def test_what_a_bias_job_must_say(key: str) -> None:
    message = refused({name: value for name, value in BIAS.items() if name != key})
    assert f"field $.{key}: is missing. " in message


def test_a_model_named_elsewhere_needs_no_predictor() -> None:
    document = {key: value for key, value in SHAP.items() if key != "predictor"}
    assert read(document, predictor_named_elsewhere=True).predictor is None


def test_json_needs_the_path_of_its_features() -> None:
    assert "$.features: is missing" in refused(changed(BIAS, "dataset_type", "application/jsonlines"))


def test_other_kinds_of_analysis_are_kept() -> None:
    document = {
        **SHAP,
        "methods": {"asymmetric_shapley_value": {"direction": "chronological", "granularity": "timewise"}},
        "predictor": {"endpoint_name": "e", "time_series_predictor_config": {"forecast": "mean"}},
        "time_series_data_config": {"target_time_series": 0, "item_id": 1, "timestamp": 2, "dataset_format": "columns"},
        "segment_config": [{"name_or_index": "age", "segments": [["[0, 40)"]], "display_aliases": ["young"]}],
    }
    assert read(document).to_document() == document


def test_headers_of_tables() -> None:
    assert table_headers(["label", "age"], 2) == ("label", "age")
    assert table_headers([], 2) == ("column_0", "column_1")
    with pytest.raises(ContractError, match="2 headers for a dataset of 3 columns"):
        table_headers(["label", "age"], 3)


def test_the_last_headers_of_json_records_are_those_of_the_labels() -> None:
    headers = record_headers(["age", "income", "Target", "Predicted"], 2)
    assert (headers.features, headers.label, headers.predicted_label) == (("age", "income"), "Target", "Predicted")
    assert record_headers(["age", "income"], 2).label is None
    assert record_headers([], 2).features == ("column_0", "column_1")


@pytest.mark.parametrize("headers", [["age"], ["age", "income", "a", "b", "c"]])
def test_headers_that_fit_no_record(headers: list[str]) -> None:
    with pytest.raises(ContractError, match=r"headers for records of 2 features"):
        record_headers(headers, 2)


def test_positions_become_names() -> None:
    config = read({**BIAS, "facet": [{"name_or_index": 1}], "group_variable": 2, "label": 0})
    named = with_names(config, config.headers)
    assert (named.facet, named.group_variable, named.label) == ((FacetConfig("age"),), "income", "label")


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(ContractError, match=r"\$\.facet\[0\]\.name_or_index: the dataset has no column 'age'"):
        with_names(read(BIAS), ["label", "agee", "income"])
