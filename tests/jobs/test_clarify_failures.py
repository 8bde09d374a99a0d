"""What is at fault ends the Clarify job in a message that says where, and leaves nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.jobs.clarify_explained import explained
from tests.jobs.clarify_world import (
    BIAS,
    SHAP,
    World,
    csv,
    numbers,
    people,
    weighted,
)
from tests.jobs.model_server import Reply, Request, serving


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"facet": None}, "Analysis configuration schema validation error."),
        ({"labell": 1}, "field $.labell: Analysis configuration schema validation error. is no key of this object"),
        ({"headers": ["a", "b"]}, "the dataset has 4 columns and the configuration 2 headers"),
        ({"label": "lat"}, "the dataset has no column 'lat'. Did you mean 'late'?"),
        ({"facet": [{"name_or_index": "town"}]}, "the dataset has no column 'town'"),
        ({"methods": {"pdp": {"grid_resolution": 5, "features": ["age"]}}, "predictor": {"endpoint_name": "x"}}, "pdp"),
        ({"dataset_type": "application/jsonlines", "features": "x"}, "not JSON"),
        ({"dataset_uri": "/nowhere"}, "/nowhere"),
        ({"methods": {"post_training_bias": {"methods": "all"}}}, "$.predictor"),
    ],
)
def test_a_configuration_at_fault_ends_in_a_message_and_leaves_nothing(
    world: World, change: dict[str, Any], expected: str
) -> None:
    config = {key: value for key, value in {**BIAS, **change}.items() if value is not None}
    result = world.run(config, csv(people()))
    assert result.exit_code == 255
    assert result.message.startswith("Error: ")
    assert expected in result.message
    assert world.files() == []
    assert list(world.root.glob(".*")) == []


def test_a_configuration_that_is_no_json(world: World) -> None:
    result = world.run("{not json", csv(people()))
    assert "Unable to load analysis configuration as JSON." in result.message
    assert "line 1" in result.message


@pytest.mark.parametrize(
    "reply", [Reply("0.5\n" * 3), Reply("sorry"), Reply("NaN\n" * 57), Reply("out of memory", 400), Reply("", 404)]
)
def test_a_model_at_fault_ends_in_a_message_and_leaves_nothing(world: World, reply: Reply) -> None:
    config = json.loads(json.dumps(SHAP))
    config["methods"]["shap"]["save_local_shap_values"] = True
    with serving(lambda request: reply) as server:
        result = world.run(config, csv(numbers()), endpoint_url=server.url, retry_seconds="1")
    assert result.exit_code == 255
    assert f"the endpoint {server.url}/invocations" in result.message
    assert world.files() == []


def test_a_model_that_goes_away_in_the_middle_leaves_nothing(world: World) -> None:
    left = [3]

    def answer(request: Request) -> Reply | str:
        left[0] -= 1
        return weighted()(request) if left[0] >= 0 else Reply("gone", 400)

    config = json.loads(json.dumps(SHAP))
    config["methods"]["shap"]["save_local_shap_values"] = True
    with serving(answer) as server:
        result = world.run(config, csv(numbers()), endpoint_url=server.url, request_rows="5")
    assert result.exit_code == 255
    assert world.files() == []


def test_without_a_model_there_is_no_explanation(world: World) -> None:
    result = world.run(
        {**SHAP, "predictor": {"model_name": "m", "instance_type": "x", "initial_instance_count": 1}}, csv(numbers())
    )
    assert "names the model 'm' alone, and this job starts no endpoint of its own" in result.message
    assert "--endpoint-url" in result.message


def test_a_baseline_of_other_features(world: World) -> None:
    config = json.loads(json.dumps(SHAP))
    config["methods"]["shap"]["baseline"] = [[0, 0]]
    result, _ = explained(world, config)
    assert "row 1 has 2 values, and the model takes 3 features" in result.message
