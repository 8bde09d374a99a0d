"""docker-compose.yaml's services are healthy by their own health checks, started with their own commands."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.system.stack import Stack

pytestmark = pytest.mark.system


def test_every_service_is_healthy_by_its_own_check(stack: Stack) -> None:
    assert set(stack.health) == {"postgres", "local-aws", "api-server", "scheduler", "dag-processor", "triggerer"}


def test_airflow_sees_every_component(stack: Stack) -> None:
    health = stack.call("GET", "monitor/health")

    assert {part: found["status"] for part, found in health.items()} == dict.fromkeys(
        ("metadatabase", "scheduler", "triggerer", "dag_processor"), "healthy"
    )


def test_the_local_sagemaker_is_reached_by_its_connection(stack: Stack) -> None:
    health = json.loads(stack.health["local-aws"])
    connection = json.loads(stack.services["scheduler"].environment["AIRFLOW_CONN_LOCAL_AWS"])
    address = connection["extra"]["endpoint_url"]

    assert health["status"] == "ready"
    assert httpx.get(f"{address}/_model_monitor/clock").json()["simulated"] is False


def test_the_provider_is_installed(stack: Stack) -> None:
    providers = stack.call("GET", "providers", params={"limit": 100})["providers"]

    assert "airflow-model-monitor" in {provider["package_name"] for provider in providers}
