"""The SageMaker variant's tasks, each of which dies once just after SageMaker has done what it was asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.home import DAGS
from tests.airflow.outcomes import states, xcom
from tests.local.traffic import put
from tests.local_aws import REGION, Client, local_aws
from tests.system.churn import ages, leaves, requests

SYSTEM = Path(__file__).parents[1] / "system"
IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/trees"
CALLS = ("create_training_job", "create_model", "create_endpoint_config", "create_endpoint", "update_endpoint")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A local SageMaker, which the example DAGs are set to."""
    pytest.importorskip("airflow.providers.amazon")
    program = (sys.executable, str(SYSTEM / "train_churn.py"))
    with local_aws(training_images={IMAGE: program}) as aws:
        aws.make_bucket()
        known = ages(0, 200)
        rows = [f"{request},{leaves(age, 0)}" for request, age in zip(requests(known), known)]
        put(aws, "training/windows/1/rows.csv", "\n".join(["age,plan,left", *rows]) + "\n")
        extra = {"region_name": REGION, "endpoint_url": aws.url}
        connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_AWS_LOCAL", json.dumps(connection))
        monkeypatch.setenv("MODEL_MONITOR_SETTINGS", str(SYSTEM / "loop.toml"))
        monkeypatch.setenv("MODEL_MONITOR_RUNTIME", "sagemaker")
        monkeypatch.syspath_prepend(str(DAGS))
        for name in [name for name in sys.modules if name.startswith("model_monitor_")]:
            monkeypatch.delitem(sys.modules, name)
        yield aws


@pytest.fixture
def accidents(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call that makes something succeeds and is then the last its worker has done, the first time."""
    from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook

    met: list[str] = []

    def dying(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def once(hook: Any, config: dict[str, Any], *given: Any, **more: Any) -> Any:
            answer = call(hook, config, *given, **more)
            thing = f"{name} {config['EndpointName']}" if "EndpointName" in config else name
            if thing not in met:
                met.append(thing)
                raise ConnectionError("the worker died")
            return answer

        return once

    for name in CALLS:
        monkeypatch.setattr(SageMakerHook, name, dying(name, getattr(SageMakerHook, name)))
    return met


def test_a_repeated_task_never_meets_what_it_has_made_before(
    aws: Client, accidents: list[str], run_dag: Callable[..., Any]
) -> None:
    from airflow.sdk import DAG, task
    from model_monitor_sagemaker import train_on_sagemaker

    start = datetime(2026, 1, 1, tzinfo=UTC)
    with DAG("trained_again", schedule=None, default_args={"retries": 3, "retry_delay": timedelta(0)}) as dag:

        @task(task_id="recent_windows")
        def recent() -> dict[str, Any]:
            rows = "s3://monitored/training/windows/1/rows.csv"
            return {"dataset": rows, "start": "2026-01-01T02:00:00Z", "end": "2026-01-01T05:00:00Z"}

        train_on_sagemaker(recent())

    run = run_dag(dag, logical_date=start)

    assert run.state == "success", states(run)
    assert set(accidents) >= {"create_training_job", "create_model", "create_endpoint_config"}
    tries = {name.split(".")[-1]: number for name, (_, number) in states(run).items()}
    assert tries["train"] == tries["model"] == tries["challenger_config"] == 2
    assert tries["challenger"] > 1
    model = xcom(run, "train_on_sagemaker.registered")["model"]
    runtime = aws.client("sagemaker-runtime")
    asked = {"EndpointName": model["endpoint_name"], "ContentType": "text/csv", "Accept": "text/csv"}
    answer = runtime.invoke_endpoint(**asked, Body="60,gold\n30,basic\n")["Body"].read().decode()
    assert [line.split(",")[0] for line in answer.splitlines()] == ["1", "0"]
    jobs = aws.sagemaker.list_training_jobs(SortOrder="Ascending")["TrainingJobSummaries"]
    assert [one["TrainingJobStatus"] for one in jobs] == ["Completed", "Completed"]
