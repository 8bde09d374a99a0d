"""A local SageMaker for tests: in this process with a simulated clock, or as a process that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest

REGION = "us-west-2"
START = datetime(2026, 1, 1, tzinfo=UTC)
ROLE = "arn:aws:iam::123456789012:role/monitor"
BUCKET = "monitored"


@dataclass
class Client:
    """What a test does with a local SageMaker at ``url``."""

    url: str
    region: str = REGION
    made: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of it; one without options is made once."""
        import boto3

        if options or service not in self.made:
            session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=self.region)
            made = session.client(service, endpoint_url=self.url, **options)
            if options:
                return made
            self.made[service] = made
        return self.made[service]

    @property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")

    @property
    def s3(self) -> Any:
        return self.client("s3")

    def get(self, path: str) -> Any:
        """JSON of an address such as ``/_model_monitor/clock``."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return json.load(answer)

    def advance(self, offset: str = "PT1H", *, wait: bool = True) -> Any:
        """Move the simulated clock, and by default wait for the executions that makes due."""
        body = json.dumps({"advance": offset, "wait": wait}).encode()
        request = urllib.request.Request(f"{self.url}/_model_monitor/clock", data=body)
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)

    def make_bucket(self, name: str = BUCKET) -> str:
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.region})
        return name

    def make_endpoint(self, name: str = "churn", capture: str | None = f"s3://{BUCKET}/capture") -> str:
        """An endpoint that captures its traffic below ``capture``; None captures nothing. It answers nobody."""
        sagemaker = self.sagemaker
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE)
        options: dict[str, Any] = {}
        if capture is not None:
            options["DataCaptureConfig"] = {
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": capture,
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            }
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **options)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        return name

    def executions(self, schedule: str) -> list[dict[str, Any]]:
        """The executions of a schedule, first due first."""
        answer = self.sagemaker.list_monitoring_executions(
            MonitoringScheduleName=schedule, SortBy="ScheduledTime", SortOrder="Ascending"
        )
        return answer["MonitoringExecutionSummaries"]


@contextmanager
def local_aws(*, clock: datetime | None = START, **settings: Any) -> Iterator[Client]:
    """A local SageMaker in this process, on a free port; by a simulated clock unless ``clock`` is None.

    :param settings: of ``airflow_model_monitor.local.settings.Settings``
    """
    pytest.importorskip("moto.server")
    from airflow_model_monitor.local.server import LocalAwsServer
    from airflow_model_monitor.local.settings import Settings

    with LocalAwsServer(Settings(clock=clock, **{"pending": 0.05, **settings})) as server:
        yield Client(server.url)


class LocalAwsProcess(Client):
    """A local SageMaker as a process of its own; started when made.

    :param arguments: further ones of ``model-monitor local-aws``
    """

    def __init__(self, *arguments: str, data: Path | None = None, clock: datetime | None = START) -> None:
        pytest.importorskip("moto.server")
        command = [sys.executable, "-m", "airflow_model_monitor.cli", "local-aws", "--port", "0", "--pending", "0.05"]
        if data is not None:
            command += ["--data", str(data)]
        if clock is not None:
            command += ["--clock", clock.isoformat()]
        self.process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True, env=os.environ)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://" in line, f"the server did not start: {line!r}, exit code {self.process.poll()}"
        super().__init__(line.rsplit(" ", 1)[-1].strip())

    def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
        self._wait()

    def stop(self) -> int:
        """End it by SIGTERM; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def _wait(self) -> int:
        try:
            return self.process.wait(timeout=30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.stop()
