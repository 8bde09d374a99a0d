from __future__ import annotations

import json
import threading
import time
from typing import Any

from tests.jobs.model_server import serving
from tests.local.traffic import (
    CLARIFY,
    capture,
    captured,
    clarify_job,
    ended,
    monitoring_definition,
    put,
    read,
    schedule,
)
from tests.local_aws import START, Client

HEADERS = ["a", "b", "c"]


def config(url: str) -> dict[str, Any]:
    return {
        "dataset_type": "text/csv",
        "headers": HEADERS,
        "methods": {"shap": {"baseline": [[0, 0, 0]], "num_samples": 6, "agg_method": "mean_abs"}},
        "predictor": {"content_type": "text/csv", "endpoint_url": url},
    }


def answers(weights: tuple[float, float, float]) -> Any:
    def answer(request: Any) -> str:
        rows = [map(float, line.split(",")) for line in request.body.decode().split("\n")]
        return "\n".join(str(sum(w * x for w, x in zip(weights, row))) for row in rows)

    return answer


def test_attributions_that_have_changed_places_are_found(world: Client) -> None:
    rows = [f"{i},{i % 3},{1 - i / 8}" for i in range(8)]
    with serving(answers((0.01, 0.1, 0.3))) as before, serving(answers((0.3, 0.1, 0.0001))) as after:
        job = clarify_job(world, "shap", config(before.url), "\n".join(rows))
        assert job["ProcessingJobStatus"] == "Completed", job
        address = put(world, "config/monitor/analysis_config.json", json.dumps(config(after.url)))
        world.sagemaker.create_model_explainability_job_definition(
            **monitoring_definition(
                "ModelExplainability",
                {"ImageUri": CLARIFY, "ConfigUri": address},
                baseline="s3://monitored/baseline/analysis.json",
            )
        )
        schedule(world, "attribution", "modelexplainability", "ModelExplainability")
        capture(world, START, captured(rows, ["0.5"] * 8, START))
        (execution,) = world.advance()["executions"]
    assert execution["MonitoringExecutionStatus"] == "CompletedWithViolations"
    found = read(world, "results/churn/attribution/2026/01/01/01/constraint_violations.json")
    assert {one["metric_name"] for one in found["violations"]} == {"shap"}


def test_an_execution_is_stopped_by_its_job(world: Client) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(request: Any) -> str:
        asked.set()
        answer.wait(60)
        return "0.5"

    with serving(slow) as model:
        address = put(world, "config/monitor/analysis_config.json", json.dumps(config(model.url)))
        world.sagemaker.create_model_explainability_job_definition(
            **monitoring_definition("ModelExplainability", {"ImageUri": CLARIFY, "ConfigUri": address})
        )
        schedule(world, "attribution", "modelexplainability", "ModelExplainability")
        capture(world, START, captured(["1,2,3"], ["0.5"], START))
        world.advance(wait=False)
        assert asked.wait(60)
        (running,) = world.executions("attribution")
        assert running["MonitoringExecutionStatus"] == "InProgress"
        name = running["ProcessingJobArn"].split("/")[-1]
        world.sagemaker.stop_processing_job(ProcessingJobName=name)
        (stopping,) = world.executions("attribution")
        assert stopping["MonitoringExecutionStatus"] in ("Stopping", "Stopped")
        assert ended(world, name)["ProcessingJobStatus"] == "Stopped"
        answer.set()
    deadline = time.monotonic() + 10
    while world.executions("attribution")[0]["MonitoringExecutionStatus"] != "Stopped":
        assert time.monotonic() < deadline
        time.sleep(0.05)
