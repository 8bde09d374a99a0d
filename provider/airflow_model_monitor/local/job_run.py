"""One processing job: inputs fetched, a process of its own run on them, outputs sent up when it has succeeded."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import airflow_model_monitor
from airflow_model_monitor.contract.environment import CLOUDWATCH_METRICS_DIRECTORY, OUTPUT_MESSAGE_FILE
from airflow_model_monitor.contract.exit_message import LONGEST
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.clients import CREDENTIALS
from airflow_model_monitor.local.clock import Stopwatch
from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.local.job_image import check_image
from airflow_model_monitor.local.job_log import JobLog
from airflow_model_monitor.local.job_variables import job_variables
from airflow_model_monitor.local.processing_jobs import TERMINAL, read_request
from airflow_model_monitor.local.s3_folders import fetch, send
from airflow_model_monitor.local.schedules import REGION
from airflow_model_monitor.service.images import is_aws_image
from airflow_model_monitor.service.job_kind import job_kind

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

LONGEST_RUN: Final = 86_400
"""Seconds, where a request does not say; SageMaker's default."""
PUBLISH_OUTSIDE: Final = "AlgorithmError: CloudWatch publishing is available only for jobs from MonitoringSchedules."
_POLL: Final = 0.05


class Interrupted(BaseException):
    """The server stops; the job is not at its end."""


class Ended(NamedTuple):
    """How a job's process came to its end; ``result`` is what it wrote down, None when it was killed."""

    exit_code: int
    result: Mapping[str, Any] | None
    stopped: bool = False


class JobRun:
    """A processing job that is run once.

    :param start: when it starts, by the clock
    """

    def __init__(self, aws: LocalAws, key: str, start: datetime) -> None:
        self._aws, self._key = aws, key
        self._watch = Stopwatch(aws.clock, start)
        self._stop = threading.Event()
        self._interrupt = threading.Event()

    def stop(self) -> None:
        """Kill the process; the job is then ``Stopped``."""
        self._stop.set()

    def interrupt(self) -> None:
        """Kill the process and leave the job as it is."""
        self._interrupt.set()

    def run(self) -> None:
        """Run the job to its end.

        :raises Interrupted: :meth:`interrupt` was called
        """
        document = self._aws.processing_jobs.get_key(self._key)
        if document["ProcessingJobStatus"] in TERMINAL:
            return
        if document["ProcessingJobStatus"] == "Stopping":
            self._end("Stopped")
            return
        self._change(ProcessingStartTime=epoch(self._watch.now()))
        folder = Path(tempfile.mkdtemp(prefix="job-", dir=self._aws.work))
        try:
            self._run(document, folder)
        except ServiceError as error:
            self._end("Failed", reason=f"{error.code}: {error.message}")
        except Exception as error:  # noqa: BLE001 - a job comes to an end whatever happens
            traceback.print_exc(file=sys.stderr)
            self._end("Failed", reason=f"InternalServerError: {type(error).__name__}: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, document: Mapping[str, Any], folder: Path) -> None:
        region = document[REGION]
        request = read_request(document)
        check_image(request.image_uri or "", self._aws.settings.images)
        scheduled = document.get("MonitoringScheduleArn") is not None
        if request.environment.get("publish_cloudwatch_metrics") == "Enabled" and not scheduled:
            # What the original's process says and does outside a schedule.
            self._end("Failed", reason=PUBLISH_OUTSIDE, message=f"Error: {PUBLISH_OUTSIDE.split(': ', 1)[1]}")
            return
        mounts = self._mounts(region, request, folder)
        ended = self._process(region, request, mounts, folder)
        if ended.stopped:
            self._end("Stopped")
            return
        message = str((ended.result or {}).get("message") or "")
        if ended.exit_code != 0 or ended.result is None:
            said = message.removeprefix("Error: ") or "See job logs for more information"
            # Of a process that a signal ended, what a shell makes of it.
            code = ended.exit_code if ended.exit_code >= 0 else 128 - ended.exit_code
            self._end("Failed", reason=f"AlgorithmError: {said}, exit code: {code}", message=message)
            return
        keep_record = not is_aws_image(request.image_uri or "")
        for output in request.outputs:
            written = Path(mounts[output.local_path.rstrip("/")])
            if not keep_record:
                (written / "execution.json").unlink(missing_ok=True)
            send(self._aws, region, written, output.uri, request.output_kms_key)
        if scheduled and ended.result.get("namespace"):
            metrics = folder / "metrics" / "cloudwatch_metrics.jsonl"
            records = [json.loads(line) for line in metrics.read_bytes().split(b"\n") if line]
            self._aws.publish(region, ended.result["namespace"], records, self._watch.now())
        self._end("Completed", message=message)

    def _mounts(self, region: str, request: ProcessingJobRequest, folder: Path) -> dict[str, str]:
        """Container folders to folders here; the inputs' are filled."""
        mounts = {str(Path(OUTPUT_MESSAGE_FILE).parent): str(folder / "message")}
        mounts[CLOUDWATCH_METRICS_DIRECTORY] = str(folder / "metrics")
        (folder / "message").mkdir()
        for number, one in enumerate(request.inputs):
            place = folder / "inputs" / str(number)
            place.mkdir(parents=True)
            fetch(self._aws, region, one, place)
            mounts[one.local_path.rstrip("/")] = str(place)
        for number, output in enumerate(request.outputs):
            place = folder / "outputs" / str(number)
            place.mkdir(parents=True)
            mounts[output.local_path.rstrip("/")] = str(place)
        return mounts

    def _process(self, region: str, request: ProcessingJobRequest, mounts: Mapping[str, str], folder: Path) -> Ended:
        spec = {
            "kind": job_kind(request),
            "environment": job_variables(self._aws, region, request, mounts),
            "mounts": mounts,
            "service_url": self._aws.url,
            "result": str(folder / "result.json"),
        }
        (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        (folder / "tmp").mkdir()
        limit = time.monotonic() + (request.max_runtime_in_seconds or LONGEST_RUN)
        with JobLog(self._aws, region, request.job_name, self._watch, folder / "log") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", "airflow_model_monitor.local.job_process", str(folder / "spec.json")],
                # The process ends when this pipe does, which is when this server does, however it is killed.
                stdin=subprocess.PIPE,
                stdout=log.stream,
                stderr=subprocess.STDOUT,
                env=_variables(self._aws.url, region, folder),
                start_new_session=True,
            )
            stopped = self._wait(process, limit, log)
        result = folder / "result.json"
        found = json.loads(result.read_text(encoding="utf-8")) if result.is_file() and not stopped else None
        return Ended(process.returncode, found, stopped)

    def _wait(self, process: subprocess.Popen[bytes], limit: float, log: JobLog) -> bool:
        """Wait for the process's end; True when it was killed because of a limit or a stop."""
        try:
            while process.poll() is None:
                if self._interrupt.is_set():
                    raise Interrupted
                if self._stop.is_set() or time.monotonic() > limit:
                    return True
                log.send()
                self._stop.wait(_POLL)
            return self._stop.is_set()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def _end(self, status: str, *, reason: str | None = None, message: str = "") -> None:
        document: dict[str, Any] = {"ProcessingJobStatus": status, "ProcessingEndTime": epoch(self._watch.now())}
        if reason:
            document["FailureReason"] = reason[:LONGEST]
        if message:
            document["ExitMessage"] = message[:LONGEST]
        self._change(**document)

    def _change(self, **members: Any) -> None:
        self._aws.processing_jobs.change(self._key, self._watch.now(), **members)


def _variables(url: str, region: str, folder: Path) -> dict[str, str]:
    """Environment of the process: what it takes to run Python and to find this server; no secrets of this process."""
    package = str(Path(airflow_model_monitor.__file__).parent.parent)
    paths = [package, *(path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path)]
    kept = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "HOME", "VIRTUAL_ENV")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder / "tmp"),
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
    }
