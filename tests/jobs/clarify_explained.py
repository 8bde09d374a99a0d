"""An explanation job beside a model that is served."""

from __future__ import annotations

from typing import Any

from airflow_model_monitor.jobs.result import JobResult
from tests.jobs.clarify_world import (
    SHAP,
    World,
    csv,
    numbers,
    weighted,
)
from tests.jobs.model_server import ModelServer, serving

COMPLETED = "Completed: SageMaker XAI Analyzer ran successfully"


def explained(world: World, config: Any = SHAP, output: str = "out", **env: str) -> tuple[JobResult, ModelServer]:
    with serving(weighted()) as server:
        return world.run(config, csv(numbers()), output, endpoint_url=server.url, **env), server
