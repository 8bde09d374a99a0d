"""Clarify jobs on data nobody would wish for: what cannot be used ends in a sentence, never in a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.clarify_world import (
    BIAS,
    BIAS_MONITOR,
    CAPTURE,
    MERGE,
    MONITOR,
    SHAP,
    World,
    captured,
    csv,
    merged,
    numbers,
    people,
    weighted,
)
from tests.jobs.model_server import Request, serving

COMPLETED = "Completed: SageMaker XAI Analyzer ran successfully"
LINES = {**BIAS, "dataset_type": "application/jsonlines", "features": "x", "label": "y"}


def records(changed: dict[str, Any]) -> str:
    """JSON Lines of people, the last of them changed."""
    rows = [{"x": row[:3], "y": row[3]} for row in people()]
    return "".join(json.dumps(row) + "\n" for row in [*rows[:-1], {**rows[-1], **changed}])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"y": [1]}, "field $.label: record 60: expected a number or a text, got [1]"),
        ({"y": {"late": 1}}, 'field $.label: record 60: expected a number or a text, got {"late": 1}'),
        ({"x": [20, ["a"], "Oslo"]}, "field income: record 60: expected a number or a text"),
        ({"x": [10**400, 1, "Oslo"]}, "field age: record 60: expected a number that fits a double"),
        ({"x": [20, 1, "\ud800"]}, "field city: record 60: the text '\\ud800' holds an unpaired surrogate"),
    ],
)
def test_values_no_column_can_hold(world: World, changed: dict[str, Any], expected: str) -> None:
    result = world.run(LINES, records(changed))
    assert result.exit_code == 255
    assert expected in result.message
    assert world.files() == []


def test_latin_1_is_refused(world: World) -> None:
    Path(world.write("data/part.csv", "")).write_bytes("20,1000,Bodø,1\n".encode("latin-1") * 50)
    result = world.run(BIAS, None)
    assert result.exit_code == 255
    assert "line 1: the byte 0xF8 is not UTF-8" in result.message


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
@pytest.mark.parametrize(
    ("position", "expected"),
    [(3, "field late: not a single row has a label"), (2, "column 'city': the column holds no value")],
)
def test_a_column_without_any_value(world: World, compatibility: str, position: int, expected: str) -> None:
    rows = [[*row[:position], "", *row[position + 1 :]] for row in people()]
    config = {**BIAS, "facet": [{"name_or_index": "city"}]}
    result = world.run(config, csv(rows), compatibility=compatibility)
    assert result.exit_code == 255
    assert expected in result.message


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"dataset_uri": "/nowhere.csv"}, "$.dataset_uri"),
        ({"facet_dataset_uri": "/nowhere.csv"}, "$.facet_dataset_uri"),
        ({"predicted_label_dataset_uri": "/nowhere.csv"}, "$.predicted_label_dataset_uri"),
        ({"facet": [{"name_or_index": "age", "value_or_threshold": ["old"]}]}, "$.facet[0].value_or_threshold"),
        ({"facet": [{"name_or_index": "age", "value_or_threshold": ["nan"]}]}, "$.facet[0].value_or_threshold"),
        ({"label_values_or_threshold": ["yes"]}, "$.label_values_or_threshold"),
    ],
)
def test_the_setting_at_fault_is_named(world: World, change: dict[str, Any], key: str) -> None:
    assert f"field {key}: " in world.run({**BIAS, **change}, csv(people())).message


def test_no_feature_is_left_to_ask_about(world: World) -> None:
    config = {**SHAP, "excluded_columns": ["a", "b", "c"]}
    with serving(weighted()) as server:
        result = world.run(config, csv(numbers()), endpoint_url=server.url)
    assert result.message == "Error: field $.excluded_columns: leaves no feature to ask the model about"


@pytest.mark.parametrize(
    ("row", "expected"),
    [([[0], 0, 0], "expected a number or a text, got [0]"), ([0, 10**400, 0], "expected a number that fits a double")],
)
def test_baseline_values_no_model_takes(world: World, row: list[Any], expected: str) -> None:
    config = {**SHAP, "methods": {"shap": {"baseline": [row]}}}
    with serving(weighted()) as server:
        result = world.run(config, csv(numbers()), endpoint_url=server.url)
    assert expected in result.message
    assert server.requests == []


def test_the_baseline_of_an_earlier_run_is_not_overwritten(world: World) -> None:
    kept = world.write("out/explanations_shap/baseline.csv", "a,b,c\n0,0,0\n")
    config = {**SHAP, "methods": {"shap": {"baseline": kept}}}
    with serving(weighted()) as server:
        result = world.run(config, csv(numbers()), endpoint_url=server.url)
    assert "holds baseline.csv, which this job reads. Name another output folder" in result.message
    assert Path(kept).read_text() == "a,b,c\n0,0,0\n"


def bias_of(world: World, config: Any, lines: str, **env: str) -> str:
    world.write("merge/part.jsonl", lines)
    where = {"dataset_source": str(world.root / "merge"), "dataset_format": MERGE, "inference_attribute": "0"}
    return world.run(config, None, **{**where, **env}).message


def test_merged_records_without_headers(world: World) -> None:
    named = {"label_values_or_threshold": [1], "label": 3, "facet": [{"name_or_index": 2}]}
    assert bias_of(world, named, merged(people())) == COMPLETED
    section = world.report().pre_training_bias
    assert section is not None
    assert (section.label, list(section.facets)) == ("column_3", ["column_2"])


@pytest.mark.parametrize(
    ("old", "new", "env", "expected"),
    [
        (
            '"groundTruthData": {"data": "0"',
            '"groundTruthData": {"data": "0,7"',
            {},
            "groundTruthData: several columns",
        ),
        ("0,0.25", "0,high", {"probability_attribute": "1", "inference_attribute": ""}, "got 'high'"),
        ("0,0.25", "0,nan", {"probability_attribute": "1", "inference_attribute": ""}, "got 'nan'"),
        ('"data": "22,1014,Oslo"', '"data": "[22,1014]"', {}, "the payload is labelled CSV, but holds JSON"),
    ],
)
def test_a_record_at_fault_is_named(world: World, old: str, new: str, env: dict[str, str], expected: str) -> None:
    lines = merged(people(3)).splitlines()
    assert old in lines[2]
    message = bias_of(world, BIAS_MONITOR, "\n".join([*lines[:2], lines[2].replace(old, new)]) + "\n", **env)
    assert "part.jsonl, line 3" in message
    assert expected in message


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        (
            {"explanations": {"kernel_shap": {"l": {"global_shap_values": {"a": 1}, "expected_value": 0}}}},
            "no bias metrics",
        ),
        (
            {"pre_training_bias_metrics": {"label": "y", "facets": {"sex": []}, "label_value_or_threshold": "1"}},
            "measures the facets sex, and this job city",
        ),
    ],
)
def test_a_bias_baseline_of_another_job(world: World, baseline: dict[str, Any], expected: str) -> None:
    against = world.write("other.json", baseline)
    message = bias_of(world, BIAS_MONITOR, merged(people()), baseline_constraints=against)
    assert message.startswith("Error: field baseline_constraints: ")
    assert expected in message


def test_a_shap_baseline_of_other_labels(world: World) -> None:
    known = {"global_shap_values": {"a": 1}, "expected_value": 0}
    against = world.write("other.json", {"explanations": {"kernel_shap": {"no": known, "yes": known}}})
    world.write("capture/part.jsonl", captured(numbers()))
    env = {"dataset_source": str(world.root / "capture"), "dataset_format": CAPTURE, "baseline_constraints": against}
    with serving(weighted()) as server:
        result = world.run(MONITOR, None, endpoint_url=server.url, **env)
    assert "field baseline_constraints: explains no, yes, and this job label0" in result.message


def test_features_of_objects_go_by_name(world: World) -> None:
    asked: list[list[float]] = []

    def answer(request: Request) -> str:
        asked.extend(json.loads(request.body))
        return json.dumps({"scores": [0.5] * len(json.loads(request.body))})

    requests = ['{"c": 3, "a": 1, "b": 2}', '{"b": 2, "c": 3, "a": 1}']
    sides = [{"endpointInput": {"data": data, "encoding": "JSON"}} for data in requests]
    lines = [{"captureData": side, "eventMetadata": {"eventId": "1"}, "eventVersion": "0"} for side in sides]
    world.write("capture/part.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    types = {"content_type": "application/json", "content_template": "$records", "record_template": "$features"}
    config = {**MONITOR, "predictor": {**types, "probability": "scores"}}
    with serving(answer) as server:
        where = {"dataset_source": str(world.root / "capture"), "dataset_format": CAPTURE}
        assert world.run(config, None, endpoint_url=server.url, **where).message == COMPLETED
    assert asked[1:3] == [[1, 2, 3], [1, 2, 3]]
