"""ViolationSensor on the executions of SageMaker's own schedules: what counts, and what is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_model_monitor.sensors.violation import ViolationSensor
from tests.airflow.executions import DRIFT, HOLES, UNKNOWN
from tests.airflow.outcomes import states, xcom
from tests.airflow.sagemaker_sensors.world import (
    OUTPUT,
    Run,
    drifted,
    failure,
)
from tests.scripted_sagemaker import ScriptedSageMaker


@pytest.mark.parametrize(
    ("filters", "state"),
    [
        ({"deferrable": True}, "success"),
        ({"minimum_count": 4}, "skipped"),
        ({"check_types": ["baseline_drift_check"], "features": ["carrier"], "deferrable": True}, "skipped"),
        ({"features": ["dep_delay"], "minimum_count": 2}, "success"),
        ({"minimum_count": 4, "on_no_violations": "fail"}, "failed"),
    ],
)
def test_filters(sagemaker: ScriptedSageMaker, sense: Run, filters: dict[str, Any], state: str) -> None:
    drifted(sagemaker, DRIFT, HOLES, UNKNOWN)

    assert states(sense(ViolationSensor, **filters))["sense"][0] == state


def test_tells_what_matched(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    drifted(sagemaker, DRIFT, HOLES, UNKNOWN)

    result = xcom(sense(ViolationSensor, features=["dep_delay"]), "sense")

    assert (result["matched"], result["features"]) == (2, ["dep_delay"])
    assert result["matched_counts"] == {"baseline_drift_check": 1, "completeness_check": 1}
    assert result["execution"]["execution_url"] == OUTPUT


def test_violations_of_model_quality(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    execution = drifted(sagemaker)
    execution["MonitoringType"] = "ModelQuality"
    violation = {
        "constraint_check_type": "LessThanThreshold",
        "description": "Metric recall with 0.5 +/- 0.1 was LessThanThreshold '0.9'",
        "metric_name": "recall",
    }
    content = json.dumps({"version": 0.0, "violations": [violation]}).encode()
    sagemaker.objects[f"{OUTPUT.removeprefix('s3://')}/constraint_violations.json"] = content

    result = xcom(sense(ViolationSensor, check_types=["LessThanThreshold"], features=["recall"]), "sense")

    assert (result["matched"], result["features"]) == (1, ["recall"])


@pytest.mark.parametrize("gone", ["file", "job"])
def test_violations_whose_file_is_gone(
    sagemaker: ScriptedSageMaker, sense: Run, gone: str, caplog: Any, capsys: Any
) -> None:
    drifted(sagemaker, DRIFT, HOLES)
    if gone == "file":
        sagemaker.objects.clear()
    else:
        sagemaker.jobs.clear()

    run = sense(ViolationSensor)

    assert states(run)["sense"][0] == "failed"
    assert "found violations, but" in failure(caplog, capsys)


def test_a_file_that_is_gone_leaves_the_number(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    drifted(sagemaker, DRIFT, HOLES)
    sagemaker.objects.clear()

    result = xcom(sense(), "sense")

    assert (result["violations"], result["counts"], result["rows"]) == (2, {}, 0)
