"""Requests run end to end by the worker: local folders and S3."""

from __future__ import annotations

import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import fsspec
import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.base import JobInputsHadNoData, MonitoringJobFailed, RunResult
from airflow_model_monitor.runtimes.worker import Worker
from airflow_model_monitor.service.baseline_store import BaselineStore
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.requests_data_quality import baseline_request, monitoring_request
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window

TRAIN = "late,delay,carrier\n" + "".join(f"{i % 2},{i}.5,{'AU'[i % 2]}A\n" for i in range(100))
START = datetime(2026, 1, 2, 2, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=3))
KEY = ExecutionKey("hourly", WINDOW, "flights")


class World:
    """Training data and captured traffic at one address, and a worker that reads it."""

    def __init__(self, url: str, storage_options: dict[str, Any], session: Any = None) -> None:
        self.url, self.storage_options = url, storage_options
        self.worker = Worker(storage_options=storage_options, session=session, stream=io.StringIO())

    def write(self, name: str, text: str) -> None:
        with fsspec.open(f"{self.url}/{name}", "w", auto_mkdir=True, **self.options()) as stream:
            stream.write(text)

    def options(self) -> dict[str, Any]:
        return self.storage_options if self.url.startswith("s3://") else {}

    def capture(self, hour: datetime, rows: list[str]) -> None:
        lines = "".join(json.dumps(record(hour, row)) + "\n" for row in rows)
        self.write(f"capture/flights/AllTraffic/{hour:%Y/%m/%d/%H}/00-00-000-x.jsonl", lines)

    def baseline(self) -> RunResult:
        self.write("train.csv", TRAIN)
        request = baseline_request(
            dataset=f"{self.url}/train.csv", dataset_format=Csv(header=True), output_uri=f"{self.url}/baseline"
        )
        return self.worker.run(request)

    def request(self, **arguments: Any) -> ProcessingJobRequest:
        baseline = BaselineStore(f"{self.url}/baseline", self.storage_options).resolve()
        arguments = {"environment": {"compatibility": "corrected"}, "window": WINDOW, **arguments}
        return monitoring_request(
            monitor="hourly",
            endpoint="flights",
            captured_data_uri=f"{self.url}/capture",
            output_uri=f"{self.url}/reports",
            baseline_constraints=baseline.constraints,
            baseline_statistics=baseline.statistics,
            **arguments,
        )

    def files(self, below: str) -> dict[str, bytes]:
        root = Folder(f"{self.url}/{below}", self.storage_options)
        return {path.removeprefix(root._path + "/"): root._fs.cat_file(path) for path in root._fs.find(root._path)}


def record(hour: datetime, row: str) -> dict[str, Any]:
    label, _, features = row.partition(",")
    side = {"observedContentType": "text/csv", "encoding": "CSV"}
    return {
        "captureData": {
            "endpointInput": {**side, "mode": "INPUT", "data": features},
            "endpointOutput": {**side, "mode": "OUTPUT", "data": label},
        },
        "eventMetadata": {"eventId": str(uuid.uuid4()), "inferenceTime": f"{hour:%Y-%m-%dT%H:00:01Z}"},
        "eventVersion": "0",
    }


@pytest.fixture
def aws(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_endpoint)
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-west-2"}
    return {"session": boto3.Session(**keys), "endpoint": aws_endpoint}


@pytest.fixture(params=["local", "s3"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "local":
        return World(str(tmp_path), {})
    aws = request.getfixturevalue("aws")
    bucket = f"monitor-{uuid.uuid4().hex}"
    aws["session"].client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    options = {
        "key": "testing",
        "secret": "testing",
        "client_kwargs": {"endpoint_url": aws["endpoint"], "region_name": "us-west-2"},
    }
    return World(f"s3://{bucket}/flights", options, aws["session"])


def test_a_baseline_and_an_execution(world: World) -> None:
    assert world.baseline().status == "Completed"
    assert set(world.files("baseline")) >= {"constraints.json", "statistics.json", "execution.json"}
    for hours, rows in ((0, ["1,3.5,UA", "0,,AA"]), (2, ["1,late,AA"])):  # nothing in the hour between
        world.capture(START + timedelta(hours=hours), rows)
    result = world.worker.run(world.request())
    assert result.status == "CompletedWithViolations"
    assert result.to_dict()["rows"] == 3
    assert set(result.to_dict()["violations_by_check"]) >= {"data_type_check", "completeness_check"}
    published = ExecutionStore(f"{world.url}/reports", world.storage_options).read(KEY)
    assert published == result.revision
    layout = world.files("reports/flights/hourly/2026/01/02/05")
    assert set(layout) == {"constraints.json", "statistics.json", "constraint_violations.json", "execution.json"}
    assert layout["constraint_violations.json"] == result.revision.read("constraint_violations.json")


def test_run_again_nothing_changes(world: World) -> None:
    world.baseline()
    world.capture(START, ["1,3.5,UA", "0,,AA"])
    first = world.worker.run(world.request())
    before = world.files("reports")
    assert world.worker.run(world.request()).revision == first.revision
    assert world.files("reports") == before


def test_an_empty_window_publishes_nothing(world: World) -> None:
    world.baseline()
    world.capture(START + timedelta(days=1), ["1,3.5,UA"])
    with pytest.raises(JobInputsHadNoData, match=r"Job inputs had no data\. .*flights/AllTraffic .*2026-01-02T02:00"):
        world.worker.run(world.request())
    assert world.files("reports") == {}


def test_a_missing_folder_is_named(world: World) -> None:
    world.baseline()
    with pytest.raises(JobInputsHadNoData, match=r'No S3 objects found under S3 URL "\S+/capture/flights/AllTraffic"'):
        world.worker.run(world.request())


def test_bad_input_fails_with_the_contracts_message(world: World) -> None:
    world.baseline()
    world.capture(START, ["1,3.5,UA"])
    world.write(f"capture/flights/AllTraffic/{START:%Y/%m/%d/%H}/00-01-000-y.jsonl", '{"captureData": {"endp')
    with pytest.raises(MonitoringJobFailed, match=r"^Error: .*00-01-000-y\.jsonl, line 1") as failure:
        world.worker.run(world.request())
    assert isinstance(failure.value, RuntimeError)
    assert world.files("reports") == {}


def test_late_traffic_makes_a_later_revision(world: World) -> None:
    world.baseline()
    world.capture(START, ["1,3.5,UA", "0,,AA"])
    world.worker.run(world.request())
    world.capture(START, ["1,3.5,UA", "0,4.5,AA"])
    assert world.worker.run(world.request()).status == "Completed"
    statuses = [
        r.execution.status for r in ExecutionStore(f"{world.url}/reports", world.storage_options).revisions(KEY)
    ]
    assert statuses == ["CompletedWithViolations", "Completed"]
    assert "constraint_violations.json" not in world.files("reports/flights/hourly/2026/01/02/05")


def test_scripts_reach_the_job(world: World) -> None:
    world.baseline()
    world.capture(START, ["1,3.5,UA"])
    world.write("code/pre.py", "def preprocess_handler(record):\n    return {'a': 1, 'b': None, 'c': 'UA'}\n")
    environment = {"compatibility": "corrected", "enable_scripts": "true"}
    request = world.request(record_preprocessor_script=f"{world.url}/code/pre.py", environment=environment)
    assert world.worker.run(request).to_dict()["violations_by_check"]["completeness_check"] == 1


def test_metrics_are_published_once(aws: dict[str, Any], tmp_path: Path) -> None:
    world = World(str(tmp_path), {}, aws["session"])
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    window = Window(now - timedelta(hours=1), now)
    world.baseline()
    world.capture(window.start, ["1,3.5,UA", "0,7.5,AA"])
    request = world.request(window=window, publish_cloudwatch_metrics=True)
    first, again = world.worker.run(request), world.worker.run(request)
    assert first.metrics_published > 0
    assert (first.metrics_skipped, again.metrics_published) == (0, 0)
    statistics = (
        aws["session"]
        .client("cloudwatch")
        .get_metric_statistics(
            Namespace="aws/sagemaker/Endpoints/data-metrics",
            MetricName="feature_data_delay",
            Dimensions=[{"Name": "Endpoint", "Value": "flights"}, {"Name": "MonitoringSchedule", "Value": "hourly"}],
            StartTime=window.start - timedelta(hours=1),
            EndTime=window.end,
            Period=3600,
            Statistics=["Maximum"],
        )
    )
    assert [point["Maximum"] for point in statistics["Datapoints"]] == [7.5]


def test_metrics_of_history_are_left_out_and_counted(aws: dict[str, Any], tmp_path: Path) -> None:
    world = World(str(tmp_path), {}, aws["session"])
    world.baseline()
    world.capture(START, ["1,3.5,UA"])
    result = world.worker.run(world.request(publish_cloudwatch_metrics=True))
    assert (result.metrics_published, result.metrics_skipped > 0) == (0, True)


def test_metrics_need_a_session(tmp_path: Path) -> None:
    world = World(str(tmp_path), {})
    world.baseline()
    world.capture(START, ["1,3.5,UA"])
    with pytest.raises(ValueError, match="session: None, but the request has publish_cloudwatch_metrics=Enabled"):
        world.worker.run(world.request(publish_cloudwatch_metrics=True))
