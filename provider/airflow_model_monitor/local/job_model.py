"""The model that a Clarify job would start an endpoint of its own for."""

from __future__ import annotations

import json
from pathlib import Path

from airflow_model_monitor.contract.analysis_config import FILE_NAME


def model_name(config_folder: str | None) -> str | None:
    """``predictor.model_name`` of the configuration in a folder, where no endpoint is named beside it.

    None for other jobs, and for a configuration that cannot be read: the job says what is wrong with it.
    """
    file = None if config_folder is None else Path(config_folder) / FILE_NAME
    if file is None or not file.is_file():
        return None
    try:
        predictor = json.loads(file.read_bytes()).get("predictor") or {}
    except (ValueError, AttributeError):
        return None
    if not isinstance(predictor, dict) or predictor.get("endpoint_name"):
        return None
    name = predictor.get("model_name")
    return name if isinstance(name, str) else None
