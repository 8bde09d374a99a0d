"""The Clarify job as a monitor: attributions that drift, bias of merged records, a score and its threshold."""

from __future__ import annotations

import json

import pytest

from airflow_model_monitor.jobs.result import JobResult
from tests.jobs.clarify_explained import COMPLETED, explained
from tests.jobs.clarify_world import (
    BIAS,
    BIAS_MONITOR,
    CAPTURE,
    MERGE,
    MONITOR,
    World,
    captured,
    csv,
    merged,
    numbers,
    people,
    weighted,
)
from tests.jobs.model_server import serving


def monitored(world: World, weights: tuple[float, ...], **env: str) -> JobResult:
    explained(world, output="baseline")
    world.write("capture/part.jsonl", captured(numbers()))
    baseline = str(world.root / "baseline" / "analysis.json")
    with serving(weighted(weights)) as server:
        return world.run(
            MONITOR,
            None,
            "today",
            dataset_source=str(world.root / "capture"),
            dataset_format=CAPTURE,
            baseline_constraints=baseline,
            endpoint_url=server.url,
            **env,
        )


def test_attributions_that_kept_their_order(world: World) -> None:
    result = monitored(world, (0.01, 0.1, 0.3))
    assert result.message == COMPLETED
    assert world.files("today") == ["analysis.json", "execution.json", "report.html"]
    assert result.execution is not None
    assert result.execution.metrics == {"ndcg.label0": 1.0}
    assert list(result.execution.baseline) == ["constraints"]


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
def test_attribution_drift(world: World, compatibility: str) -> None:
    metrics = {
        "publish_cloudwatch_metrics": "Enabled",
        "cloudwatch_metrics_directory": str(world.root / "metrics"),
        "sagemaker_endpoint_name": "delays",
        "sagemaker_monitoring_schedule_name": "hourly",
        "start_time": "2026-01-02T02:00:00Z",
    }
    result = monitored(world, (1.0, 0.1, 0.001), compatibility=compatibility, **metrics)
    assert result.message == "CompletedWithViolations: Job completed successfully with 1 violations."
    assert world.files("today") == ["analysis.json", "constraint_violations.json", "execution.json", "report.html"]
    [violation] = json.loads((world.root / "today/constraint_violations.json").read_text())["violations"]
    assert violation["description"].startswith("Feature attribution drift 0.")
    assert violation["constraint_check_type"] == "feature_attribution_drift_check"
    assert result.execution is not None
    assert result.execution.metrics_namespace == "aws/sagemaker/Endpoints/explainability-metrics"
    assert (result.execution.original_verdict is None) == (compatibility == "sagemaker")
    assert result.metrics_file is not None
    names = [json.loads(line)["MetricName"] for line in result.metrics_file.read_text().splitlines()]
    assert names == ["feature_a", "feature_b", "feature_c", "ExpectedValue"]


@pytest.mark.parametrize("encoding", ["CSV", "JSON"])
def test_bias_of_merged_records(world: World, encoding: str) -> None:
    config = {**BIAS, "methods": {"pre_training_bias": {"methods": "all"}, "post_training_bias": {"methods": "all"}}}
    labels = world.write("predicted/labels.csv", "predicted_label\n" + "".join(f"{row[3]}\n" for row in people()))
    world.run({**config, "predicted_label_dataset_uri": labels}, csv(people()), "baseline")
    world.write("merge/part.jsonl", merged(people(), encoding))
    where = (
        {"inference_attribute": "0"}
        if encoding == "CSV"
        else {"inference_attribute": "label", "features_attribute": "x"}
    )
    monitor = BIAS_MONITOR if encoding == "CSV" else {**BIAS_MONITOR, "label": "y"}
    result = world.run(
        monitor,
        None,
        "today",
        **{"dataset_source": str(world.root / "merge"), "dataset_format": MERGE, **where},
        baseline_constraints=str(world.root / "baseline" / "analysis.json"),
    )
    assert result.message == COMPLETED
    expected = (world.root / "baseline" / "analysis.json").read_text()
    assert (world.root / "today" / "analysis.json").read_text() == expected


def test_bias_of_a_batch_transform_joined_with_its_input(world: World) -> None:
    lines = []
    for i, row in enumerate(people()):
        output = {"data": ",".join(map(str, row)), "encoding": "CSV"}  # the features, then the answer
        record = {
            "eventMetadata": {"eventId": str(i)},
            "eventVersion": "0",
            "groundTruthData": {"data": str(row[3]), "encoding": "CSV"},
            "captureData": {"batchTransformOutput": output},
        }
        lines.append(json.dumps(record) + "\n")
    world.write("merge/part.jsonl", "".join(lines))
    form = '{"sagemakerMergeJson":{"captureIndexNames":["batchTransformOutput"]}}'
    where = {"dataset_source": str(world.root / "merge"), "dataset_format": form, "inference_attribute": "3"}
    assert world.run(BIAS_MONITOR, None, **where).message == COMPLETED
    section = world.report().post_training_bias
    assert section is not None
    assert section.facets["city"][0].metric("AD").value == 0.0  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("request_data", "answer", "truth", "expected"),
    [
        ("20,1000", "1", "1", "endpointInput: a row of 2 values, and the headers name 3 features"),
        ("20,1000,Oslo", "1", "1\n0", "unlike numbers of values: 1 of features, 2 of label"),
        ("20,1000,Oslo", "", "1", "unlike numbers of values: 1 of features, 1 of label, 0 of inference"),
    ],
)
def test_a_merged_record_at_fault_is_named(
    world: World, request_data: str, answer: str, truth: str, expected: str
) -> None:
    record = {
        "eventVersion": "0",
        "groundTruthData": {"data": truth, "encoding": "CSV"},
        "captureData": {
            "endpointInput": {"data": request_data, "encoding": "CSV"},
            "endpointOutput": {"data": answer, "encoding": "CSV"},
        },
        "eventMetadata": {"eventId": "last"},
    }
    world.write("merge/part.jsonl", merged(people(3)) + json.dumps(record) + "\n")
    where = {"dataset_source": str(world.root / "merge"), "dataset_format": MERGE, "inference_attribute": "0"}
    message = world.run(BIAS_MONITOR, None, **where).message
    assert "part.jsonl, line 4" in message
    assert expected in message


def test_scores_and_the_monitor_s_threshold(world: World) -> None:
    world.write("merge/part.jsonl", merged(people()))
    where = {"dataset_source": str(world.root / "merge"), "dataset_format": MERGE, "probability_attribute": "1"}
    refused = world.run(BIAS_MONITOR, None, **where, probability_threshold_attribute="0.25")
    assert "No Label values are present in the predicted Label Column" in refused.message
    assert world.run(BIAS_MONITOR, None, **where, probability_threshold_attribute="0.2").message == COMPLETED
