"""The Clarify job end to end: a configuration and data in folders, files, an exit message and an exit code out."""

from __future__ import annotations

import json

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.contract.shap_table import read_shap_table
from airflow_model_monitor.jobs import clarify
from tests.jobs.clarify_explained import COMPLETED, explained
from tests.jobs.clarify_world import (
    BIAS,
    HEADERS,
    SHAP,
    World,
    csv,
    numbers,
    people,
    weighted,
)
from tests.jobs.model_server import Request, serving


def test_a_bias_baseline_needs_no_model(world: World) -> None:
    result = world.run(BIAS, csv(people()))
    assert (result.exit_code, result.message, result.status) == (0, COMPLETED, "Completed")
    assert (world.root / "message").read_text() == COMPLETED
    assert world.files() == ["analysis.json", "execution.json"]
    section = world.report().pre_training_bias
    assert section is not None
    assert section.label == "late"
    metric = section.facets["city"][0].metric("CI")
    assert metric is not None
    assert metric.value == pytest.approx((20 - 40) / 60)


def test_the_execution_says_what_it_was(world: World) -> None:
    window = {"start_time": "2026-01-02T02:00:00Z", "end_time": "2026-01-02T03:00:00Z"}
    result = world.run(BIAS, csv(people()), coverage="0.5", merge_revision="000002", **window)
    execution = Execution.from_json((world.root / "out" / "execution.json").read_bytes())
    assert execution == result.execution
    assert (execution.monitor_type, execution.rows, execution.coverage) == ("ModelBias", 60, 0.5)
    assert execution.merge_revision == "000002"
    assert execution.metrics["pre_training_bias.city.Oslo.CI"] == pytest.approx(-1 / 3)
    assert list(execution.files) == ["analysis.json"]
    assert execution.files["analysis.json"].size == (world.root / "out" / "analysis.json").stat().st_size


@pytest.mark.parametrize("header", [True, False])
def test_a_header_line_that_repeats_the_headers_is_none_of_the_rows(world: World, header: bool) -> None:
    world.run(BIAS, csv(people(), HEADERS if header else None))
    assert "60 rows of 3 features read" in world.log.getvalue()


def test_columns_are_named_by_the_file_or_by_position(world: World) -> None:
    named = {key: value for key, value in BIAS.items() if key != "headers"}
    positions = {**named, "label": 3, "facet": [{"name_or_index": 2, "value_or_threshold": ["Oslo"]}]}
    world.run(named, csv(people(), HEADERS), "by name")
    world.run(positions, csv(people(), HEADERS), "by position")
    assert world.report("by name") == world.report("by position")
    result = world.run(positions, csv(people()), "without names")
    assert result.message == COMPLETED
    section = world.report("without names").pre_training_bias
    assert section is not None
    assert (section.label, list(section.facets)) == ("column_3", ["column_2"])


def test_the_format_of_the_dataset_does_not_matter(world: World) -> None:
    world.run(BIAS, csv(people()), "csv")
    lines = "".join(json.dumps({"x": row[:3], "y": row[3]}) + "\n" for row in people())
    world.run({**BIAS, "dataset_type": "application/jsonlines", "features": "x", "label": "y"}, lines, "lines")
    document = {"rows": [{"x": row[:3], "y": row[3]} for row in people()]}
    paths = {"dataset_type": "application/json", "features": "rows[*].x", "label": "rows[*].y"}
    world.run({**BIAS, **paths}, document, "json")
    columns = dict(zip(HEADERS, map(list, zip(*people(), strict=True)), strict=True))
    (world.root / "data" / "part.csv").unlink()
    pq.write_table(pa.table(columns), world.root / "data" / "part.parquet")
    world.run({**BIAS, "dataset_type": "application/x-parquet"}, None, "parquet")
    expected = (world.root / "csv" / "analysis.json").read_text()
    for other in ("lines", "json", "parquet"):
        assert (world.root / other / "analysis.json").read_text() == expected


POST = {**BIAS, "methods": {"post_training_bias": {"methods": ["DPPL", "AD"]}}}


def test_predictions_come_from_a_model(world: World) -> None:
    def answer(request: Request) -> str:
        return "\n".join("0.9" if '"Oslo"' in line else "0.5" for line in request.body.decode().split("\n"))

    config = {**POST, "predictor": {"content_type": "text/csv", "probability": 0}}
    with serving(answer) as server:
        result = world.run(config, csv(people()), endpoint_url=server.url)
    assert result.message == COMPLETED
    assert server.requests[0].body.startswith(b'20,1000,"Bergen"\n21,1007,"Oslo"\n')
    assert "60 predictions made" in world.log.getvalue()
    section = world.report().post_training_bias
    assert section is not None
    assert section.facets["city"][0].metric("DPPL").value == -1.0  # type: ignore[union-attr]


def test_predictions_come_from_a_file(world: World) -> None:
    uri = world.write("predicted/labels.csv", "predicted_label\n" + "".join(f"{i % 2}\n" for i in range(60)))
    result = world.run({**POST, "predicted_label_dataset_uri": uri}, csv(people()))
    assert result.message == COMPLETED
    assert world.report().post_training_bias is not None


def test_predictions_of_a_file_are_joined_by_an_identifier(world: World) -> None:
    rows = [[f"id{i}", *row] for i, row in enumerate(people())]
    labels = [[f"id{i}", int(i % 4 == 0)] for i in reversed(range(60)) if i != 7]
    config = {
        **POST,
        "headers": ["id", *HEADERS],
        "joinsource_name_or_index": "id",
        "predicted_label": "guess",
        "predicted_label_headers": ["id", "guess"],
        "predicted_label_dataset_uri": world.write("predicted/labels.csv", csv(labels)),
    }
    result = world.run(config, csv(rows))
    assert result.message == COMPLETED
    section = world.report().post_training_bias
    assert section is not None
    assert section.facets["city"][0].metric("AD").value == 0.0  # type: ignore[union-attr]
    world.write("predicted/labels.csv", csv([labels[0], *labels]))
    assert "the identifier 'id59' stands twice" in world.run(config, csv(rows)).message


def test_facets_come_from_a_file(world: World) -> None:
    uri = world.write("facets/facets.csv", "group\n" + "".join("ab"[i % 2] + "\n" for i in range(60)))
    facet = [{"name_or_index": "group", "value_or_threshold": ["a"]}]
    assert world.run({**BIAS, "facet_dataset_uri": uri, "facet": facet}, csv(people())).message == COMPLETED
    section = world.report().pre_training_bias
    assert section is not None
    assert list(section.facets) == ["group"]


def test_an_explanation(world: World) -> None:
    result, server = explained(world)
    assert result.message == COMPLETED
    assert world.files() == ["analysis.json", "execution.json"]
    explanations = world.report().explanations
    assert explanations is not None
    found = explanations.kernel_shap["label0"]
    means = [sum(column) / 8 for column in zip(*numbers(), strict=True)]
    expected = {"a": 0.01 * means[0], "b": 0.1 * means[1], "c": 0.3 * means[2]}
    assert found.global_shap_values == pytest.approx(expected)
    assert found.expected_value == 0.0
    predictions = 8 * (6 + 1) + 1
    assert sum(request.body.count(b"\n") + 1 for request in server.requests) == predictions
    assert f"{predictions} predictions made" in world.log.getvalue()


def test_the_endpoint_of_the_configuration_is_asked_through_the_session(world: World) -> None:
    config = world.write("analysis_config.json", {**SHAP, "predictor": {"endpoint_name": "delays"}})
    env = {"analysis_config": config, "dataset_source": world.write("data.csv", csv(numbers()))}
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    with serving(weighted()) as server:
        output = {"output_path": str(world.root / "out")}
        result = clarify.run({**env, **output}, session=session, service_url=server.url, stream=world.log)
    assert result.message == COMPLETED
    assert {request.path for request in server.requests} == {"/endpoints/delays/invocations"}


def test_container_folders_are_mounted(world: World) -> None:
    world.write("config/analysis_config.json", SHAP)
    world.write("in/data.csv", csv(numbers()))
    mounts = {
        "/opt/ml/processing/input/config": str(world.root / "config"),
        "/opt/ml/processing/input/data": str(world.root / "in"),
        "/opt/ml/processing/output": str(world.root / "out"),
    }
    with serving(weighted()) as server:
        result = clarify.run({"endpoint_url": server.url}, mounts=mounts, stream=world.log)
    assert result.message == COMPLETED
    assert world.files() == ["analysis.json", "execution.json"]


def test_local_values_and_their_baseline(world: World) -> None:
    config = json.loads(json.dumps(SHAP))
    config["methods"]["shap"]["save_local_shap_values"] = True
    result, _ = explained(world, config)
    assert world.files() == [
        "analysis.json",
        "execution.json",
        "explanations_shap/baseline.csv",
        "explanations_shap/out.csv",
    ]
    table = read_shap_table((world.root / "out/explanations_shap/out.csv").read_text())
    assert table.columns == ("a_label0", "b_label0", "c_label0")
    assert table.values[5] == pytest.approx((0.05, 0.2, 0.3 * 3 / 8))
    assert (world.root / "out/explanations_shap/baseline.csv").read_text() == "a,b,c\n0,0,0\n"
    assert result.execution is not None
    assert "explanations_shap/out.csv" in result.execution.files
    explained(world)  # without them: those of the run before are gone
    assert world.files() == ["analysis.json", "execution.json"]
    assert not (world.root / "out/explanations_shap").exists()


def test_some_features_are_explained_and_reported(world: World) -> None:
    config = json.loads(json.dumps(SHAP))
    config["methods"]["shap"] |= {"features_to_explain": ["c", 0], "save_local_shap_values": True}
    result, _ = explained(world, config, report_enabled="true")
    assert result.message == COMPLETED
    explanations = world.report().explanations
    assert explanations is not None
    assert list(explanations.kernel_shap["label0"].global_shap_values) == ["a", "c"]
    assert (world.root / "out/explanations_shap/out.csv").read_text().startswith("a_label0,c_label0\n")
    assert result.execution is not None
    assert result.execution.report == "report.html"


def test_bias_and_explanation_in_one_job(world: World) -> None:
    rows = [[*row, int(i % 2)] for i, row in enumerate(numbers())]
    config = {
        **{key: BIAS[key] for key in ("dataset_type", "label", "label_values_or_threshold")},
        "headers": ["a", "b", "c", "late"],
        "facet": [{"name_or_index": "b", "value_or_threshold": [1]}],
        "methods": {**SHAP["methods"], "pre_training_bias": {"methods": "all"}, "report": {"name": "report"}},
        "predictor": {},
    }
    with serving(weighted()) as server:
        assert world.run(config, csv(rows), endpoint_url=server.url).message == COMPLETED
    assert world.files() == ["analysis.json", "execution.json", "report.html"]
    assert world.report().explanations is not None
    assert world.report().pre_training_bias is not None


def test_excluded_columns_are_not_sent(world: World) -> None:
    config = {**SHAP, "headers": ["id", "a", "b", "c"], "excluded_columns": ["id"]}
    with serving(weighted()) as server:
        rows = [[i, *row] for i, row in enumerate(numbers())]
        assert world.run(config, csv(rows), endpoint_url=server.url).message == COMPLETED


@pytest.mark.parametrize(("compatibility", "label"), [("sagemaker", "0.3"), ("corrected", "label0")])
def test_scores_taken_for_labels_name_the_label_in_the_original(world: World, compatibility: str, label: str) -> None:
    def answer(request: Request) -> str:
        return json.dumps({"p": [0.01 * x[0] + 0.1 * x[1] + 0.3 * x[2] for x in json.loads(request.body)]})

    predictor = {"content_type": "application/json", "content_template": "$records", "record_template": "$features"}
    config = {**SHAP, "predictor": {**predictor, "label": "p"}}
    with serving(answer) as server:
        world.run(config, csv(numbers()), endpoint_url=server.url, compatibility=compatibility)
    explanations = world.report().explanations
    assert explanations is not None
    assert list(explanations.kernel_shap) == [label]


def test_a_baseline_of_clusters_and_a_seed_give_the_same_bytes(world: World) -> None:
    config = {**SHAP, "methods": {"shap": {"num_clusters": 2, "seed": 3, "num_samples": 4}}}
    explained(world, config, "first")
    explained(world, config, "second")
    first, second = ((world.root / name / "analysis.json").read_bytes() for name in ("first", "second"))
    assert first == second
