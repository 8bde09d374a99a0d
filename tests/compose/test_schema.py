"""docker-compose.yaml by the Compose specification's own schema, and by what the services need of each other."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml

from tests.system.compose import FILE, services

COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
SERVICES = ("postgres", "local-aws", *AIRFLOW)


def test_it_is_valid_by_the_compose_specification() -> None:
    # check-jsonschema carries the specification's schema (Apache-2.0).
    schema = json.loads(files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text())

    validator = jsonschema.validators.validator_for(schema)(schema)

    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(COMPOSE)] == []


def test_the_schema_refuses_nonsense() -> None:
    schema = json.loads(files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text())
    broken = COMPOSE | {"services": {"postgres": {"image": 15, "commands": []}}}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_the_services_are_airflows_components_a_database_and_a_local_sagemaker() -> None:
    assert tuple(COMPOSE["services"]) == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check(name: str) -> None:
    assert services({})[name].healthcheck


@pytest.mark.parametrize("name", SERVICES[1:])
def test_the_package_is_mounted_into_every_service_that_runs_it(name: str) -> None:
    service = COMPOSE["services"][name]

    assert ".:/opt/model-monitor" in service["volumes"]
    # The example DAGs retrain, which takes what the demonstration takes.
    package = f"/opt/model-monitor[{'local' if name == 'local-aws' else 'demo'}]"
    assert service["environment"]["_PIP_ADDITIONAL_REQUIREMENTS"].endswith(f"-e {package}}}")
    assert service["environment"]["AIRFLOW__CORE__DAGS_FOLDER"] == "/opt/model-monitor/dags"


@pytest.mark.parametrize("name", AIRFLOW)
def test_services_start_only_after_what_they_need_is_healthy(name: str) -> None:
    needed = COMPOSE["services"][name]["depends_on"]

    assert set(needed) == ({"postgres"} if name == "api-server" else {"api-server"})
    assert all(condition == {"condition": "service_healthy"} for condition in needed.values())


def test_only_this_machine_reaches_the_ports() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]

    assert sorted(ports) == ["127.0.0.1:5055:5055", "127.0.0.1:8080:8080"]


def test_a_connection_leads_to_the_local_sagemaker() -> None:
    connection = json.loads(services({})["scheduler"].environment["AIRFLOW_CONN_LOCAL_AWS"])

    assert (connection["conn_type"], connection["extra"]["endpoint_url"]) == ("aws", "http://local-aws:5055")
    assert "--port 5055" in services({})["local-aws"].command[-1]


def test_variables_and_dollar_signs_become_what_compose_makes_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "from the environment")
    monkeypatch.delenv("FERNET_KEY", raising=False)

    scheduler, triggerer = services({})["scheduler"], services({})["triggerer"]

    assert scheduler.environment["AIRFLOW__API_AUTH__JWT_SECRET"] == "from the environment"
    assert scheduler.environment["AIRFLOW__CORE__FERNET_KEY"].endswith("=")
    assert triggerer.healthcheck[-1].endswith('--hostname "${HOSTNAME}"')
