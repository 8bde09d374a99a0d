"""Models that an operator asks, as its arguments name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_model_monitor.contract.predictor_config import PredictorConfig
    from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
    from airflow_model_monitor.jobs.predictors.opening import Access


def predictor_of(model: Mapping[str, Any], argument: str) -> PredictorConfig:
    """How a model is asked.

    :param model: as ``model_config`` names one: ``{"model_uri": "….onnx"}``, ``{"endpoint_name": "…"}`` and so on
    :param argument: what the operator calls it, for errors
    :raises ContractError: a key that is unknown, missing or wrong
    """
    import json

    from airflow_model_monitor.contract.json_reader import load
    from airflow_model_monitor.contract.predictor_config import read_predictor

    return read_predictor(load(json.dumps(dict(model)), argument))


def access_to(hook: ModelMonitorHook, *models: Mapping[str, Any]) -> Access:
    """What it takes to reach these models: the connection's session, and what opens their files."""
    from airflow_model_monitor.jobs.predictors.opening import Access

    files = [str(model.get("model_uri") or "") for model in models]
    remote = next((uri for uri in files if uri.startswith(("s3://", "s3a://"))), "")
    return Access(session=hook, storage_options=hook.storage_options(remote))
