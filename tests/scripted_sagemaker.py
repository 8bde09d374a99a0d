"""A SageMaker whose answers a test writes: executions, jobs, schedules and objects on S3, over HTTP on 127.0.0.1.

For what a well-behaved service does not do on demand: pages without content, executions that never come, jobs that
vanish, faults of any kind. It keeps the service's rules for filters, order and paging.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

REGION = "us-west-2"
JOB = f"arn:aws:sagemaker:{REGION}:111122223333:processing-job/"


class Call(NamedTuple):
    """One request: when (monotonic seconds), which operation, its parameters, the access key it was signed with."""

    at: float
    operation: str
    parameters: Mapping[str, Any]
    key: str


class Refusal(Exception):  # noqa: N818  an answer, not an error of the test
    """An answer with an error code."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code, message)
        self.code, self.message, self.status = code, message, status


class ScriptedSageMaker:
    """The server; ``url`` is its address.

    :param page: executions on one page, whatever MaxResults allows
    """

    def __init__(self, page: int = 100) -> None:
        self.page = page
        self.executions: list[dict[str, Any]] = []
        self.jobs: dict[str, dict[str, Any]] = {}
        self.schedules: dict[str, dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.alerts: dict[str, list[dict[str, Any]]] = {}
        self.calls: list[Call] = []
        self.empty_pages = 0
        #: Called before each answer; may raise Refusal, sleep, or change the state.
        self.before: Callable[[Call], None] = lambda call: None
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def connection(self, **extra: Any) -> str:
        """An Airflow connection to this server, as the JSON of an ``AIRFLOW_CONN_…`` variable."""
        extra = {"endpoint_url": self.url, "region_name": REGION, **extra}
        return json.dumps({"conn_type": "aws", "login": "key", "password": "secret", "extra": extra})

    def schedule(self, name: str, expression: str | None = "cron(0 * ? * * *)", status: str = "Scheduled") -> None:
        """Make a schedule."""
        config = {} if expression is None else {"ScheduleConfig": {"ScheduleExpression": expression}}
        self.schedules[name] = {
            "MonitoringScheduleName": name,
            "MonitoringScheduleArn": f"arn:aws:sagemaker:{REGION}:111122223333:monitoring-schedule/{name}",
            "MonitoringScheduleStatus": status,
            "MonitoringScheduleConfig": config,
            "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
            "LastModifiedTime": datetime(2026, 1, 1, tzinfo=UTC),
        }

    def execute(self, name: str, at: datetime, status: str = "Completed", **members: Any) -> dict[str, Any]:
        """Make an execution; ``ProcessingJobArn=None`` makes one without a job. It may be changed afterwards."""
        job = f"model-monitoring-{at:%Y%m%d%H%M}-{len(self.executions):024x}"
        execution = {
            "MonitoringScheduleName": name,
            "ScheduledTime": at,
            "CreationTime": at + timedelta(minutes=7),
            "LastModifiedTime": at + timedelta(minutes=9),
            "MonitoringExecutionStatus": status,
            "MonitoringType": "DataQuality",
            "EndpointName": "churn",
            "ProcessingJobArn": JOB + job,
            **members,
        }
        if execution["ProcessingJobArn"] is None:
            del execution["ProcessingJobArn"]
        self.executions.append(execution)
        return execution

    def job(self, execution: Mapping[str, Any], output: str | None = None, **members: Any) -> None:
        """Make the job of an execution."""
        name = execution["ProcessingJobArn"].removeprefix(JOB)
        s3 = {"S3Uri": output, "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "Continuous"}
        self.jobs[name] = {
            "ProcessingJobName": name,
            "ProcessingJobArn": execution["ProcessingJobArn"],
            "ProcessingJobStatus": "Completed",
            "ProcessingResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 20}
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
            "AppSpecification": {"ImageUri": "analyzer"},
            "Environment": {"output_path": "/opt/ml/processing/output"},
            "CreationTime": execution["CreationTime"],
            **(
                {} if output is None else {"ProcessingOutputConfig": {"Outputs": [{"OutputName": "r", "S3Output": s3}]}}
            ),
            **members,
        }

    def asked(self, operation: str) -> list[Call]:
        """The calls of one operation so far."""
        with self.lock:
            return [call for call in self.calls if call.operation == operation]

    def answer(self, call: Call) -> dict[str, Any]:
        """What the service says to a call.

        :raises Refusal: it refuses
        """
        if call.operation == "ListMonitoringExecutions":
            return self._executions(call.parameters)
        if call.operation == "DescribeProcessingJob":
            name = call.parameters["ProcessingJobName"]
            if name not in self.jobs:
                raise Refusal("ValidationException", f"Could not find requested job with name: {name}")
            return self.jobs[name]
        if call.operation == "DescribeMonitoringSchedule":
            name = call.parameters["MonitoringScheduleName"]
            if name not in self.schedules:
                raise Refusal("ResourceNotFound", f"Monitoring Schedule {name} not found")
            return self.schedules[name]
        if call.operation == "ListMonitoringAlerts":
            return {"MonitoringAlertSummaries": self.alerts[call.parameters["MonitoringScheduleName"]]}
        raise Refusal("UnknownOperationException", call.operation)

    def _executions(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        def chosen(one: Mapping[str, Any]) -> bool:
            at = one["ScheduledTime"].timestamp()
            return asked.get("MonitoringScheduleName") in (None, one["MonitoringScheduleName"]) and asked.get(
                "ScheduledTimeAfter", 0
            ) < at < asked.get("ScheduledTimeBefore", 1e12)

        found = sorted(filter(chosen, self.executions), key=lambda one: one["ScheduledTime"], reverse=True)
        token = asked.get("NextToken", "0/0")
        start, empty = map(int, token.split("/"))
        if empty < self.empty_pages:
            return {"MonitoringExecutionSummaries": [], "NextToken": f"{start}/{empty + 1}"}
        end = start + min(self.page, asked.get("MaxResults", 100))
        more = {"NextToken": f"{end}/0"} if end < len(found) else {}
        return {"MonitoringExecutionSummaries": found[start:end], **more}


def _handler(server: ScriptedSageMaker) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body in two packets would wait for each other's acknowledgement.
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(self.headers["X-Amz-Target"].split(".")[-1], json.loads(body or b"{}"))

        def do_GET(self) -> None:
            self._answer("GetObject", {"Path": self.path.split("?")[0].lstrip("/")})

        def _answer(self, operation: str, parameters: dict[str, Any]) -> None:
            signed = self.headers.get("Authorization", "")
            key = signed.split("Credential=")[-1].split("/")[0]
            call = Call(time.monotonic(), operation, parameters, key)
            with server.lock:
                server.calls.append(call)
            try:
                server.before(call)
                if operation != "GetObject":
                    self._send(200, json.dumps(server.answer(call), default=datetime.timestamp).encode())
                elif parameters["Path"] in server.objects:
                    self._send(200, server.objects[parameters["Path"]], "binary/octet-stream")
                else:
                    self._send(404, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>", "application/xml")
            except Refusal as refusal:
                error = {"__type": refusal.code, "message": refusal.message}
                self._send(refusal.status, json.dumps(error).encode())

        def _send(self, status: int, body: bytes, kind: str = "application/x-amz-json-1.1") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


@contextmanager
def scripted(page: int = 100) -> Iterator[ScriptedSageMaker]:
    """The server, stopped at the end."""
    server = ScriptedSageMaker(page)
    try:
        yield server
    finally:
        server.stop()
