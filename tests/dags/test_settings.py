"""One file of settings: what is in it reaches the DAGs, and what is wrong with it is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demo.home import DAGS, SETTINGS

TEMPLATE = DAGS / "model_monitor.toml"
ASK = """
import json, sys
from demo.home import DAGS, dag_bag
bag = dag_bag(DAGS)
print(json.dumps({"errors": dict(bag.import_errors), "dags": {
    dag.dag_id: {task.task_id: json.loads(json.dumps(
        {name: getattr(task, name) for name in ("config", "captured_data_uri", "runtime", "role_arn", "operation",
         "monitoring_schedule_name", "headers") if hasattr(task, name)}, default=str)) for task in dag.tasks}
    for dag in bag.dags.values()}}))
"""


def parsed(settings: Path, **variables: str) -> dict[str, Any]:
    """The DAGs as a process of its own reads them."""
    environment = {**os.environ, "MODEL_MONITOR_SETTINGS": str(settings), **variables}
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, cwd=DAGS.parent, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def changed(tmp_path: Path, *pairs: tuple[str, str]) -> Path:
    """The template with some text replaced."""
    text = TEMPLATE.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mine.toml").write_text(text)
    return tmp_path / "mine.toml"


def test_the_demonstration_differs_from_the_template_in_its_pace_alone() -> None:
    different = [
        (ours, theirs)
        for ours, theirs in zip(TEMPLATE.read_text().splitlines(), SETTINGS.read_text().splitlines(), strict=True)
        if ours != theirs
    ]

    assert [theirs.split("#")[0].strip() for _, theirs in different] == [
        'schedule = "0 0 * * MON"',
        "look_back_days = 420",
        "cool_down_days = 180",
    ]


def test_another_service_needs_another_file_and_nothing_else(tmp_path: Path) -> None:
    bias = TEMPLATE.read_text().split("[bias]")[1].split("[attribution]")[0]
    attribution = TEMPLATE.read_text().split("[attribution]")[1].split("[retraining]")[0]
    settings = changed(
        tmp_path,
        ('name = "late-arrivals" ', 'name = "churn" '),
        ('root = "$MODEL_MONITOR_DEMO"', 'root = "s3://bucket/churn"'),
        ('features = ["dep_delay", "distance", "hour", "carrier", "origin"]', 'features = ["age", "plan"]'),
        (f"[bias]{bias}[attribution]{attribution}", ""),
    )

    found = parsed(settings)

    assert found["errors"] == {}
    assert not {"monitor_bias", "monitor_attribution"} & set(found["dags"])
    monitor = found["dags"]["monitor_data_quality"]["monitor"]
    assert (monitor["monitoring_schedule_name"], monitor["captured_data_uri"]) == (
        "churn",
        "s3://bucket/churn/captures",
    )
    assert found["dags"]["retrain_on_drift"]["recent_windows"]["headers"] == ["age", "plan"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "late-arrivals" ', "# ", "missing: name"),
        ("least_gain = 0.0", "least_gains = 0.0", "missing in [retraining]: least_gain"),
        ('facet = "origin"', 'facet = "origin"\nfacets = 2', "unknown in [bias]: facets"),
        ('runtime = "$MODEL_MONITOR_RUNTIME"', 'runtime = "spark"', "runtime = 'spark': expected one of"),
        ("start = 2012-12-31T00:00:00Z", "start = 2012-12-31", "are instants"),
        ("start = 2012-12-31T00:00:00Z", "start = 2026-01-01T00:00:00Z", "end = 2013-12-30 in [windows] is not after"),
        ('facet = "origin"', 'facet = "age"', "facet = 'age' in [bias] is none of the features"),
        ('"carrier", "origin"]', '"carrier", "origin", "age"]', "compare_with in [attribution] needs 6 values"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    settings = changed(tmp_path, (old, new))
    command = [sys.executable, "-c", "import model_monitor_settings"]
    environment = {**os.environ, "MODEL_MONITOR_SETTINGS": str(settings), "PYTHONPATH": str(DAGS)}

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert message in done.stderr
    assert str(settings) in done.stderr


def test_on_sagemaker_the_chain_goes_through_the_amazon_providers_operators(tmp_path: Path) -> None:
    import boto3
    from botocore.validate import validate_parameters

    found = parsed(
        changed(tmp_path, ('root = "$MODEL_MONITOR_DEMO"', 'root = "s3://bucket/flights"')),
        MODEL_MONITOR_RUNTIME="sagemaker",
        MODEL_MONITOR_ROLE_ARN="arn:aws:iam::111122223333:role/Monitor",
        MODEL_MONITOR_TRAINING_IMAGE="111122223333.dkr.ecr.us-east-1.amazonaws.com/trees:1",
    )

    assert found["errors"] == {}
    model = boto3.client("sagemaker", region_name="us-east-1").meta.service_model
    chain = found["dags"]["retrain_on_drift"]
    requests = {
        "train_on_sagemaker.train": "CreateTrainingJob",
        "train_on_sagemaker.model": "CreateModel",
        "train_on_sagemaker.challenger_config": "CreateEndpointConfig",
        "train_on_sagemaker.challenger": "CreateEndpoint",
        "put_in_service.update_endpoint.config": "CreateEndpointConfig",
        "put_in_service.update_endpoint.update": "UpdateEndpoint",
    }
    for task, operation in requests.items():
        config = chain[task]["config"]
        validate_parameters(config, model.operation_model(operation).input_shape)
        assert not {"DebugHookConfig", "ProfilerConfig", "DebugRuleConfigurations"} & set(config)
    assert "retrain" not in chain
    assert found["dags"]["monitor_data_quality"]["monitor"]["runtime"] == "sagemaker"
