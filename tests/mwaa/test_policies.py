"""The policies in the documentation are those our calls need: none is missing, none is too much."""

from __future__ import annotations

import ast
import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.service.monitor_kind import KINDS
from tests.airflow.cloud import aws  # noqa: F401  a fixture
from tests.airflow.conftest import airflow_db, run_dag  # noqa: F401  fixtures
from tests.airflow.traffic import ENDPOINT, MONITOR, write_captured_hour, write_training_data
from tests.mwaa.images import ROOT

PACKAGE = ROOT / "provider" / "airflow_model_monitor"
#: Which files make the calls that a section's policy allows.
SECTIONS = {
    "Monitoring on the worker, ground truth, baselines, retraining guards": ("runtimes/cloudwatch.py",),
    "Asking a SageMaker endpoint": ("jobs/predictors/sagemaker_endpoint.py",),
    "Jobs on SageMaker": ("runtimes/processing_service.py",),
    "SageMaker's schedules": (
        "service/monitoring_schedule_calls.py",
        "service/job_definition_calls.py",
        "runtimes/sagemaker_schedules.py",
    ),
    "Executions of SageMaker's schedules": (
        "service/monitoring_execution_calls.py",
        "service/monitoring_alert_calls.py",
    ),
    "Alarms": (
        "operators/create_drift_alarm.py",
        "hooks/cloudwatch_alarms.py",
        "service/drift_alarm.py",
        "service/composite_alarm.py",
    ),
    "Watching a queue": ("triggers/alarm_queue.py",),
    "Telling people": ("notifications/drift.py",),
}
#: Files that name operations without sending them, or whose words only look like some.
NO_CALLS = re.compile(r"^(cli|contract|analysis|report|tables|local|plugin|assets|links)/|^service/list_call.py$")
#: Permissions that no call is named after.
IMPLIED = {"iam:PassRole", "sagemaker:AddTags", "s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"}
RENAMED = {"sqs:DeleteMessageBatch": "sqs:DeleteMessage"}
SERVICES = ("sagemaker", "cloudwatch", "logs", "sqs", "sns", "sagemaker-runtime")
#: Methods of other things, by the same name.
AMBIGUOUS = {"search", "publish"}


def policies() -> dict[str, Any]:
    """Section to policy."""
    page = (ROOT / "docs" / "mwaa.md").read_text()
    sections = (part.split("\n", 1) for part in page.split("\n### ")[1:])
    blocks = ((title, re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)) for title, text in sections)
    return {title: json.loads(block) for title, found in blocks for block in found}


def actions(policy: Any) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


@cache
def operations() -> dict[str, set[str]]:
    """Permission by the method of a client, and by the name of an operation."""
    import botocore.session
    from botocore import xform_name

    found: dict[str, set[str]] = {}
    for service in SERVICES:
        for name in botocore.session.get_session().get_service_model(service).operation_names:
            permission = f"{service.removesuffix('-runtime')}:{name}"
            for spelled in (name, xform_name(name)):
                found.setdefault(spelled, set()).add(RENAMED.get(permission, permission))
    return found


def calls(file: str) -> set[str]:
    """The permissions that the calls in a file need."""
    text = (PACKAGE / file).read_text()
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = ast.unparse(node.func.value)
            if node.func.attr not in AMBIGUOUS or receiver in ("sns", "client", "self._client"):
                names.add(node.func.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= {node.value} - AMBIGUOUS - {"Search", "Publish"}
    names |= {f"{verb}MonitoringSchedule" for verb in re.findall(r'_named\("(\w+)"', text)}
    verbs = re.findall(r'\.action\("(\w+)"\)', text)
    names |= {kind.action(verb) for kind in KINDS.values() for verb in verbs}  # type: ignore[arg-type]
    if ".list_action" in text:
        names |= {kind.list_action for kind in KINDS.values()}
    found = {permission for name in names for permission in operations().get(name, ())}
    # tag_resource is a method of several clients; only alarms are tagged afterwards.
    return {one for one in found if not one.endswith(":TagResource") or one.startswith("cloudwatch")}


def test_every_block_is_a_policy_without_wildcards_in_its_actions() -> None:
    assert set(policies()) == set(SECTIONS)
    for policy in policies().values():
        assert policy["Version"] == "2012-10-17"
        for statement in policy["Statement"]:
            assert statement["Effect"] == "Allow"
            assert statement["Action"] == sorted(statement["Action"])
            assert not any("*" in action for action in statement["Action"])
            assert statement["Resource"]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_sections_policy_is_what_its_calls_need(section: str) -> None:
    needed = set().union(*(calls(file) for file in SECTIONS[section]))

    assert actions(policies()[section]) - IMPLIED == needed


def test_no_call_is_made_elsewhere() -> None:
    listed = {file for files in SECTIONS.values() for file in files}
    allowed = set().union(*map(actions, policies().values()))
    others = {
        file: calls(file) - allowed
        for path in PACKAGE.rglob("*.py")
        if not NO_CALLS.match(file := path.relative_to(PACKAGE).as_posix()) and file not in listed
    }

    assert {file: missing for file, missing in others.items() if missing} == {}


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every call that boto3 and s3fs make, as ``service:Operation``."""
    import aiobotocore.client
    import botocore.client

    found: set[str] = set()
    sync, asynchronous = botocore.client.BaseClient._make_api_call, aiobotocore.client.AioBaseClient._make_api_call

    def call(self: Any, operation: str, parameters: Any) -> Any:
        found.add(f"{self.meta.service_model.service_name}:{operation}")
        return sync(self, operation, parameters)

    async def call_async(self: Any, operation: str, parameters: Any) -> Any:
        found.add(f"{self.meta.service_model.service_name}:{operation}")
        return await asynchronous(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    monkeypatch.setattr(aiobotocore.client.AioBaseClient, "_make_api_call", call_async)
    return found


#: The permission that S3 asks for, by operation.
S3 = {
    "ListObjectsV2": "s3:ListBucket",
    "ListObjects": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "GetObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "CopyObject": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "DeleteObjects": "s3:DeleteObject",
}


def test_what_a_worker_really_asks_of_s3_and_cloudwatch(
    tmp_path: Path,
    aws: Callable[[str], Any],  # noqa: F811
    run_dag: Callable[..., Any],  # noqa: F811
    recorded: set[str],
) -> None:
    from airflow.sdk import DAG
    from airflow.timetables.interval import CronDataIntervalTimetable

    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    hour = at - timedelta(hours=1)
    s3, bucket = aws("s3"), f"policies-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    write_training_data(tmp_path / "training" / "data.csv")
    write_captured_hour(tmp_path / "traffic", hour, shift=500)
    for path in tmp_path.rglob("*.*"):
        s3.upload_file(str(path), bucket, str(path.relative_to(tmp_path)))
    recorded.clear()
    common = {
        "monitoring_schedule_name": MONITOR,
        "aws_conn_id": "cloud",
        "baseline_uri": f"s3://{bucket}/baseline",
    }
    timetable = CronDataIntervalTimetable("@hourly", timezone="UTC")
    with DAG("policies", schedule=timetable, start_date=hour, catchup=False) as dag:
        suggest = SuggestBaselineOperator(
            task_id="suggest",
            dataset=f"s3://{bucket}/training/data.csv",
            dataset_format={"csv": {"header": True}},
            **common,
        )
        suggest >> RunMonitoringOperator(
            task_id="monitor",
            endpoint_name=ENDPOINT,
            captured_data_uri=f"s3://{bucket}/traffic",
            output_uri=f"s3://{bucket}/executions",
            publish_cloudwatch_metrics=True,
            **common,
        )

    run = run_dag(dag, logical_date=at)

    asked = {S3.get(one.removeprefix("s3:"), one) if one.startswith("s3:") else one for one in recorded}
    (section, *_) = SECTIONS
    assert str(run.state) == "success"
    assert asked == actions(policies()[section])
