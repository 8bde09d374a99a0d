"""What tests of sensors on SageMaker's executions share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk import DAG, BaseSensorOperator

from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor
from airflow_model_monitor.service.windows import HOUR
from tests.airflow.executions import RUN_AT
from tests.airflow.sagemaker_sensors.world import (
    FEW_RETRIES,
    HOURLY,
    MONITOR,
    Run,
)
from tests.scripted_sagemaker import ScriptedSageMaker, scripted


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedSageMaker]:
    """A service with one hourly schedule and no executions."""
    with scripted() as server:
        monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", server.connection(config_kwargs=FEW_RETRIES))
        server.schedule(MONITOR)
        yield server


@pytest.fixture
def sense(run_dag: Run, request: pytest.FixtureRequest) -> Run:
    """Run a DAG of one sensor, for the window that ends at ``RUN_AT``."""

    def run(sensor: type[BaseSensorOperator] = MonitoringExecutionSensor, **arguments: Any) -> Any:
        name = re.sub(r"[^\w.-]+", "-", request.node.name)
        with DAG(f"sense-{name}", schedule=arguments.pop("schedule", HOURLY), start_date=RUN_AT - HOUR) as dag:
            sensor(
                task_id="sense",
                **{
                    "monitoring_schedule_name": MONITOR,
                    "aws_conn_id": "sagemaker",
                    "poke_interval": 0.1,
                    "timeout": 30,
                    **arguments,
                },
            )
        return run_dag(dag, logical_date=RUN_AT)

    return run
