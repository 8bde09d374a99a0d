from __future__ import annotations

import json
from typing import Any

from tests.jobs.model_server import serving
from tests.local.traffic import CLARIFY, capture, captured, clarify_job, monitoring_definition, put, read, schedule
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
