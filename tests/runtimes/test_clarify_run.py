"""Clarify requests run end to end by the worker: local folders and S3, models behind HTTP and behind SageMaker."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import fsspec
import pytest

from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.base import JobInputsHadNoData, MonitoringJobFailed, RunResult
from airflow_model_monitor.runtimes.worker import Worker
from airflow_model_monitor.service.baseline_store import BaselineStore
from airflow_model_monitor.service.clarify_attributes import ClarifyAttributes
from airflow_model_monitor.service.clarify_config import (
    ClarifyAnalysis,
    baseline_document,
    checked_config,
    monitor_document,
)
from airflow_model_monitor.service.config_store import keep_config
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.requests_clarify import baseline_request, monitoring_request
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from tests.jobs.model_server import Reply, Request, serving

START = datetime(2026, 1, 2, 2, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(hours=1))
KEY = ExecutionKey("hourly", WINDOW, "flights")
BIAS: dict[str, Any] = {"label_values_or_threshold": [1], "facet": [{"name_or_index": "airport"}]}
SHAP: dict[str, Any] = {"baseline": [[0, 0]], "seed": 1}


def rows(count: int = 60) -> list[tuple[int, str, int]]:
    return [(n % 30, "EWR" if n % 3 else "JFK", int(n % 4 == 0)) for n in range(count)]


def record(number: int, request: str, answer: str, label: str | None = None) -> dict[str, Any]:
    side = {"observedContentType": "text/csv", "encoding": "CSV"}
    truth = {} if label is None else {"groundTruthData": {"data": label, "encoding": "CSV"}}
    return {
        "captureData": {
            "endpointInput": {**side, "mode": "INPUT", "data": request},
            "endpointOutput": {**side, "mode": "OUTPUT", "data": answer},
        },
        **truth,
        "eventMetadata": {"eventId": str(number), "inferenceTime": "2026-01-02T02:00:01Z"},
        "eventVersion": "0",
    }


def doubled(request: Request) -> str:
    """A model that counts the first feature twice as much."""
    found = [list(map(float, line.split(","))) for line in request.body.decode().splitlines()]
    return "\n".join(str((2 * a + b) / 100) for a, b in found)


class World:
    """Data and results at one address, and a worker that reads and writes there."""

    def __init__(self, url: str, storage_options: Mapping[str, Any], session: Any = None) -> None:
        self.url, self.storage_options = url, storage_options
        self.worker = Worker(storage_options=storage_options, session=session, stream=io.StringIO())

    def write(self, name: str, text: str) -> str:
        options = self.storage_options if self.url.startswith("s3://") else {}
        with fsspec.open(f"{self.url}/{name}", "w", auto_mkdir=True, **options) as stream:
            stream.write(text)
        return f"{self.url}/{name}"

    def configured(self, document: dict[str, Any], analysis: ClarifyAnalysis, role: Any, below: str) -> str:
        config = checked_config(document, analysis, role)
        return keep_config(f"{self.url}/{below}", config, self.storage_options)

    def baseline(self, document: dict[str, Any], analysis: ClarifyAnalysis, data: list[Any], **env: str) -> RunResult:
        text = "".join(",".join(map(str, row)) + "\n" for row in data)
        request = baseline_request(
            dataset=self.write("train.csv", text),
            config_uri=self.configured(document, analysis, "job", "baseline"),
            output_uri=f"{self.url}/baseline",
            environment={"compatibility": "corrected", **env},
        )
        return self.worker.run(request)

    def request(self, document: dict[str, Any], analysis: ClarifyAnalysis, **arguments: Any) -> ProcessingJobRequest:
        resolved = BaselineStore(f"{self.url}/baseline", self.storage_options).resolve("analysis.json")
        return monitoring_request(
            **{
                "analysis": analysis,
                "monitor": "hourly",
                "window": WINDOW,
                "endpoint": "flights",
                "output_uri": f"{self.url}/reports",
                "config_uri": self.configured(document, analysis, "monitor", "reports"),
                "attributes": ClarifyAttributes(),
                "baseline_constraints": resolved.constraints,
                "environment": {"compatibility": "corrected"},
                **arguments,
            }
        )

    def files(self, below: str) -> set[str]:
        """What readers that know only SageMaker see: what stands below ``_…`` is ours."""
        return set(Folder(f"{self.url}/{below}", self.storage_options).sizes())

    def judge_bias(self, unfair: bool, **arguments: Any) -> RunResult:
        lines = [
            record(n, f"{delay},{airport}", str(1 if unfair and airport == "EWR" and n % 2 else late), str(late))
            for n, (delay, airport, late) in enumerate(rows())
        ]
        self.write("merged/part.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        document = monitor_document("MODEL_BIAS", headers=["delay", "airport", "late"], label="late", bias=BIAS)
        arguments = {"attributes": ClarifyAttributes(inference_attribute="0"), **arguments}
        return self.worker.run(
            self.request(document, "MODEL_BIAS", merged_data={"": f"{self.url}/merged"}, **arguments)
        )

    def explain(self, predictor: dict[str, Any], **arguments: Any) -> RunResult:
        lines = [record(n, f"{n % 7},{n % 5}", "0") for n in range(35)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        self.write("capture/flights/AllTraffic/2026/01/02/02/part.jsonl", text)
        document = monitor_document("MODEL_EXPLAINABILITY", headers=["a", "b"], shap=SHAP, predictor=predictor)
        return self.worker.run(
            self.request(document, "MODEL_EXPLAINABILITY", captured_data_uri=f"{self.url}/capture", **arguments)
        )


def bias_baseline(world: World) -> RunResult:
    document = baseline_document(
        "MODEL_BIAS",
        dataset_type="text/csv",
        headers=["delay", "airport", "late", "said"],
        label="late",
        predicted_label="said",
        bias=BIAS,
    )
    return world.baseline(document, "MODEL_BIAS", [(*row, row[2]) for row in rows()])


def shap_baseline(world: World, predictor: dict[str, Any], **shap: Any) -> RunResult:
    document = baseline_document(
        "MODEL_EXPLAINABILITY",
        dataset_type="text/csv",
        headers=["a", "b"],
        shap={**SHAP, **shap},
        predictor=predictor,
    )
    return world.baseline(document, "MODEL_EXPLAINABILITY", [(n % 7, n % 5) for n in range(35)])


@pytest.fixture
def session(aws_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_endpoint)
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-west-2")


@pytest.fixture(params=["local", "s3"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "local":
        return World(str(tmp_path), {})
    aws = request.getfixturevalue("session")
    bucket = f"monitor-{uuid.uuid4().hex}"
    aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    client = {"endpoint_url": request.getfixturevalue("aws_endpoint"), "region_name": "us-west-2"}
    return World(f"s3://{bucket}/flights", {"key": "testing", "secret": "testing", "client_kwargs": client}, aws)


def test_bias_is_judged_by_the_published_baseline(world: World) -> None:
    bias_baseline(world)

    result = world.judge_bias(unfair=True, coverage=0.5, merge_revision="000003")

    revision = ExecutionStore(f"{world.url}/reports", world.storage_options).read(KEY)
    assert revision is not None
    execution = revision.execution
    assert (result.status, execution.monitor_type) == ("CompletedWithViolations", "ModelBias")
    assert execution.violations_by_check == {"bias_drift_check": execution.violations}
    assert (execution.rows, execution.coverage, execution.merge_revision) == (60, 0.5, "000003")
    assert {"analysis.json", "constraint_violations.json", "execution.json"} <= world.files(
        "reports/flights/hourly/2026/01/02/03"
    )


def test_a_window_as_fair_as_the_baseline_is_completed(world: World) -> None:
    bias_baseline(world)

    result = world.judge_bias(unfair=False)

    assert (result.status, result.to_dict()["violations"]) == ("Completed", 0)
    assert "constraint_violations.json" not in world.files("reports/flights/hourly/2026/01/02/03")


def test_judged_again_with_other_labels_a_window_gets_a_further_revision(world: World) -> None:
    bias_baseline(world)

    numbers = [world.judge_bias(unfair=unfair).revision.number for unfair in (True, True, False)]

    assert numbers == [1, 1, 2]
    assert "constraint_violations.json" not in world.files("reports/flights/hourly/2026/01/02/03")


def test_attributions_through_http(world: World) -> None:
    with serving(doubled) as server:
        predictor = {"endpoint_url": server.url}
        shap_baseline(world, predictor)
        result = world.explain(predictor)

    assert (result.status, result.revision.execution.monitor_type) == ("Completed", "ModelExplainability")
    assert result.revision.execution.metrics == {"ndcg.label0": pytest.approx(1.0)}


def test_local_values_leave_with_the_revision_that_had_them(world: World) -> None:
    with serving(doubled) as server:
        shap_baseline(world, {"endpoint_url": server.url}, save_local_shap_values=True)
        before = world.files("baseline")
        shap_baseline(world, {"endpoint_url": server.url})

    assert {"explanations_shap/out.csv", "explanations_shap/baseline.csv"} <= before
    assert not any(name.startswith("explanations_shap") for name in world.files("baseline"))
    assert "explanations_shap/out.csv" in world.files("baseline/_revisions/000001")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda request: Reply("no", status=404), "HTTP status 404"),
        (lambda request: "nan\n" * 40, "nan|finite|number"),
        (lambda request: "0.5", "predictions|answers"),
    ],
)
def test_a_model_that_does_not_answer_fails_the_job_and_publishes_nothing(
    tmp_path: Path, answer: Any, message: str
) -> None:
    world = World(str(tmp_path), {})
    with serving(doubled) as server:
        shap_baseline(world, {"endpoint_url": server.url})

    with serving(answer) as broken, pytest.raises(MonitoringJobFailed, match=message):
        world.explain({"endpoint_url": broken.url})

    assert world.files("reports") == set()
    assert not (tmp_path / "reports" / "_executions").exists()


def test_a_window_without_traffic(tmp_path: Path) -> None:
    world = World(str(tmp_path), {})
    with serving(doubled) as server:
        shap_baseline(world, {"endpoint_url": server.url})
        with pytest.raises(JobInputsHadNoData):
            world.explain(
                {"endpoint_url": server.url}, window=Window(START + timedelta(hours=3), START + timedelta(hours=4))
            )


def test_a_sagemaker_endpoint_is_asked_with_the_session(
    tmp_path: Path, session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(doubled) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", server.url)
        shap_baseline(World(str(tmp_path), {}, session), {"endpoint_name": "late-model"})

    assert {request.path for request in server.requests} == {"/endpoints/late-model/invocations"}
    assert "testing/" in server.requests[0].headers["Authorization"]


def test_headers_reach_a_model_behind_http(tmp_path: Path) -> None:
    world = World(str(tmp_path), {})
    world.worker = Worker(headers={"Authorization": "Bearer token"}, stream=io.StringIO())
    with serving(doubled) as server:
        shap_baseline(world, {"endpoint_url": server.url})

    assert {request.headers["Authorization"] for request in server.requests} == {"Bearer token"}


@pytest.mark.parametrize(("endpoint", "scope"), [("flights", "Endpoints"), (None, "ModelMonitoring")])
def test_metrics_are_published_once(tmp_path: Path, session: boto3.Session, endpoint: str | None, scope: str) -> None:
    world = World(str(tmp_path), {}, session)
    bias_baseline(world)
    recent = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
    arguments = {
        "publish_cloudwatch_metrics": True,
        "endpoint": endpoint,
        "window": Window(recent, recent + timedelta(hours=1)),
    }

    first, second = (world.judge_bias(unfair=True, **arguments) for _ in range(2))

    assert first.revision.execution.metrics_namespace == f"aws/sagemaker/{scope}/bias-metrics"
    assert first.metrics_published > 10
    assert second.metrics_published == 0


def test_the_model_server_is_told_apart_from_the_watched_endpoint(tmp_path: Path) -> None:
    """The endpoint that is watched is not asked by itself: that would be load, and captured as traffic."""
    world = World(str(tmp_path), {})
    with serving(doubled) as server:
        shap_baseline(world, {"endpoint_url": server.url})

    with pytest.raises(MonitoringJobFailed, match="starts no endpoint of its own"):
        world.explain({"model_name": "late", "instance_type": "ml.m5.xlarge", "initial_instance_count": 1})
