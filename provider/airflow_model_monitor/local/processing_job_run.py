"""One processing job: inputs fetched, a process of its own run on them, outputs sent up when it has succeeded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from airflow_model_monitor.contract.environment import CLOUDWATCH_METRICS_DIRECTORY, OUTPUT_MESSAGE_FILE
from airflow_model_monitor.contract.exit_message import LONGEST
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.local.job_child import ChildEnd, run_child, server_variables
from airflow_model_monitor.local.job_image import check_image
from airflow_model_monitor.local.job_log import PROCESSING, JobLog
from airflow_model_monitor.local.job_run import LONGEST_RUN, JobRun, algorithm_error
from airflow_model_monitor.local.job_variables import job_variables
from airflow_model_monitor.local.processing_jobs import read_request
from airflow_model_monitor.local.s3_folders import fetch, send
from airflow_model_monitor.local.schedules import REGION
from airflow_model_monitor.service.images import is_aws_image
from airflow_model_monitor.service.job_kind import job_kind

PUBLISH_OUTSIDE: Final = "AlgorithmError: CloudWatch publishing is available only for jobs from MonitoringSchedules."


class _Ended(NamedTuple):
    """How the process came to its end, and what it wrote down of that; None when it was killed."""

    child: ChildEnd
    result: Mapping[str, Any] | None


class ProcessingJobRun(JobRun):
    """A processing job that is run once."""

    def work(self, document: Mapping[str, Any], folder: Path) -> None:
        """Run analyzer, merger or Clarify; see :class:`.JobRun`."""
        region = document[REGION]
        request = read_request(document)
        check_image(request.image_uri or "", self.aws.settings.images)
        scheduled = document.get("MonitoringScheduleArn") is not None
        if request.environment.get("publish_cloudwatch_metrics") == "Enabled" and not scheduled:
            # What the original's process says and does outside a schedule.
            self._close("Failed", reason=PUBLISH_OUTSIDE, message=f"Error: {PUBLISH_OUTSIDE.split(': ', 1)[1]}")
            return
        mounts = self._mounts(region, request, folder)
        child, result = self._process(region, request, mounts, folder)
        if child.by != "itself":
            self.end("Stopped")
            return
        message = str((result or {}).get("message") or "")
        if child.exit_code != 0 or result is None:
            reason = algorithm_error(message.removeprefix("Error: "), child.exit_code)
            self._close("Failed", reason=reason, message=message)
            return
        keep_record = not is_aws_image(request.image_uri or "")
        for output in request.outputs:
            written = Path(mounts[output.local_path.rstrip("/")])
            if not keep_record:
                (written / "execution.json").unlink(missing_ok=True)
            send(self.aws, region, written, output.uri, request.output_kms_key)
        if scheduled and result.get("namespace"):
            metrics = folder / "metrics" / "cloudwatch_metrics.jsonl"
            records = [json.loads(line) for line in metrics.read_bytes().split(b"\n") if line]
            self.aws.publish(region, result["namespace"], records, self.watch.now())
        self._close("Completed", message=message)

    def _mounts(self, region: str, request: ProcessingJobRequest, folder: Path) -> dict[str, str]:
        """Container folders to folders here; the inputs' are filled."""
        mounts = {str(Path(OUTPUT_MESSAGE_FILE).parent): str(folder / "message")}
        mounts[CLOUDWATCH_METRICS_DIRECTORY] = str(folder / "metrics")
        (folder / "message").mkdir()
        for number, one in enumerate(request.inputs):
            place = folder / "inputs" / str(number)
            place.mkdir(parents=True)
            fetch(self.aws, region, one, place)
            mounts[one.local_path.rstrip("/")] = str(place)
        for number, output in enumerate(request.outputs):
            place = folder / "outputs" / str(number)
            place.mkdir(parents=True)
            mounts[output.local_path.rstrip("/")] = str(place)
        return mounts

    def _process(self, region: str, request: ProcessingJobRequest, mounts: Mapping[str, str], folder: Path) -> _Ended:
        spec, result = folder / "spec.json", folder / "result.json"
        document = {
            "kind": job_kind(request),
            "environment": job_variables(self.aws, region, request, mounts),
            "mounts": mounts,
            "service_url": self.aws.url,
            "result": str(result),
        }
        spec.write_text(json.dumps(document), encoding="utf-8")
        (folder / "tmp").mkdir()
        with JobLog(self.aws, region, PROCESSING, request.job_name, self.watch, folder / "log") as log:
            child = run_child(
                "airflow_model_monitor.local.job_process",
                spec,
                log=log,
                orders=self.orders,
                limit=request.max_runtime_in_seconds or LONGEST_RUN,
                environment=server_variables(self.aws.url, region, folder / "tmp"),
            )
        by_itself = child.by == "itself" and result.is_file()
        return _Ended(child, json.loads(result.read_text(encoding="utf-8")) if by_itself else None)

    def _close(self, status: str, *, reason: str | None = None, message: str = "") -> None:
        self.end(status, reason=reason, **({"ExitMessage": message[:LONGEST]} if message else {}))
