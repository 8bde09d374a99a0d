"""A schedule of SageMaker with one execution, as sensors see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.timetables.interval import CronDataIntervalTimetable

from airflow_model_monitor.contract.violations import ConstraintViolations
from tests.airflow.executions import RUN_AT
from tests.airflow.outcomes import said
from tests.scripted_sagemaker import ScriptedSageMaker

Run = Callable[..., Any]
BOTH_MODES = pytest.mark.parametrize("deferrable", [False, True], ids=["poke", "deferred"])
MONITOR = "churn"
OUTPUT = "s3://bucket/out/churn/churn/2026/01/02/02"
FEW_RETRIES = {"retries": {"mode": "standard", "total_max_attempts": 2}}
HOURLY = CronDataIntervalTimetable("@hourly", timezone="UTC")


def drifted(sagemaker: ScriptedSageMaker, *violations: Any) -> dict[str, Any]:
    """An execution that found violations, with its job and files."""
    execution = sagemaker.execute(MONITOR, RUN_AT, "CompletedWithViolations")
    message = f"CompletedWithViolations: Job completed successfully with {len(violations)} violations."
    sagemaker.job(execution, OUTPUT, ExitMessage=message)
    folder = OUTPUT.removeprefix("s3://")
    sagemaker.objects[f"{folder}/constraint_violations.json"] = ConstraintViolations(violations).to_json().encode()
    sagemaker.objects[f"{folder}/statistics.json"] = json.dumps({"version": 0, "dataset": {"item_count": 400}}).encode()
    return execution


def failure(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> str:
    """All that the run said."""
    return said(caplog.text, *capsys.readouterr())
