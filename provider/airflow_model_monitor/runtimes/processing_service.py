"""The calls about processing jobs, and their logs: patient with a busy service, and plain in what fails."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.aws_failure import error_code, error_message, is_expired, is_missing, is_transient
from airflow_model_monitor.runtimes.closed_account import closed_account
from airflow_model_monitor.runtimes.cloudwatch import Clients
from airflow_model_monitor.runtimes.processing_job import ProcessingJob

LOG_GROUP: Final = "/aws/sagemaker/ProcessingJobs"
#: How long a call is repeated while the service is throttling, ailing or out of reach, seconds.
PATIENCE: Final = 300.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 20.0
_TAKEN: Final = ("ResourceInUse", "ResourceInUseException")
_REMEDIES: Final = {
    "ResourceLimitExceeded": "ask AWS for a higher quota of this instance type for processing jobs (Service Quotas), "
    "or give another instance_type",
    "AccessDeniedException": "the connection needs sagemaker:CreateProcessingJob, sagemaker:DescribeProcessingJob, "
    "sagemaker:StopProcessingJob and iam:PassRole on role_arn, and sagemaker:AddTags where tags are given",
    "ValidationException": "check role_arn, image_uri, instance_type and the addresses of the request",
}


class ProcessingJobRefusedError(RuntimeError):
    """SageMaker would not start the job; the text has its words and what to do."""


class ProcessingService:
    """SageMaker's processing jobs.

    :param clients: makes the ``sagemaker`` and ``logs`` clients, and fresh ones when credentials have expired
    :param patience: how long a call is repeated while the service is throttling or ailing, seconds; 0 asks once
    """

    def __init__(self, clients: Clients, *, patience: float = PATIENCE) -> None:
        self._clients = clients
        self._patience = patience
        self._made: dict[str, Any] = {}
        # Entered again where a signal stops a job while its thread is making a client.
        self._making = threading.RLock()

    @property
    def region(self) -> str:
        """The region the jobs run in."""
        return str(self._client("sagemaker").meta.region_name)

    @property
    def partition(self) -> str:
        """Its partition, as in an ARN."""
        return str(self._client("sagemaker").meta.partition)

    def create(self, request: ProcessingJobRequest) -> bool:
        """Start a job; False when there is one of that name already, e.g. of a try whose answer was lost.

        :raises ClosedAccountError: the account is closed to it, whatever is tried
        :raises ProcessingJobRefusedError: SageMaker will not run it; the text says why and what to do
        """
        try:
            self._call("sagemaker", "create_processing_job", **request.to_api())
        except Exception as error:
            code = error_code(error)
            if code in _TAKEN:
                return False
            closed = closed_account(error)
            if closed is not None:
                raise closed from error
            if code in _REMEDIES:
                told = f"CreateProcessingJob {request.job_name}: {code}: {error_message(error)}"
                raise ProcessingJobRefusedError(f"{told}. Remedy: {_REMEDIES[code]}.") from error
            raise
        return True

    def describe(self, name: str) -> ProcessingJob | None:
        """The job as it is now; None when there is none of that name."""
        try:
            answer = self._call("sagemaker", "describe_processing_job", ProcessingJobName=name)
        except Exception as error:
            if is_missing(error):
                return None
            raise
        return ProcessingJob.from_api(answer)

    def newest(self, token: str | None = None) -> tuple[dict[str, str], str | None]:
        """A page of all jobs by name, the newest first, with their status; and the token of the next page, if any."""
        given = {} if token is None else {"NextToken": token}
        answer = self._call(
            "sagemaker",
            "list_processing_jobs",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=100,
            **given,
        )
        found = {one["ProcessingJobName"]: one["ProcessingJobStatus"] for one in answer["ProcessingJobSummaries"]}
        return found, answer.get("NextToken")

    def stop(self, name: str) -> None:
        """Ask for the job's end; nothing happens when it has ended or was never there."""
        try:
            self._call("sagemaker", "stop_processing_job", ProcessingJobName=name)
        except Exception as error:
            # A job that has ended is refused with a ValidationException of varying words; what counts is its state.
            if not is_missing(error) and error_code(error) != "ValidationException":
                raise

    def log_lines(self, name: str, limit: int) -> list[str]:
        """The last lines that the job's containers have written, at most ``limit`` of each; oldest first."""
        answer = self._call("logs", "describe_log_streams", logGroupName=LOG_GROUP, logStreamNamePrefix=f"{name}/")
        lines: list[str] = []
        for stream in answer.get("logStreams", []):
            events = self._call(
                "logs",
                "get_log_events",
                logGroupName=LOG_GROUP,
                logStreamName=stream["logStreamName"],
                limit=limit,
                startFromHead=False,
            )
            lines += [str(event["message"]).rstrip("\n") for event in events.get("events", [])]
        return lines

    def _call(self, service: str, operation: str, **arguments: Any) -> Any:
        deadline = time.monotonic() + self._patience
        pause, renewed = _FIRST_PAUSE, False
        while True:
            try:
                call: Callable[..., Any] = getattr(self._client(service), operation)
                return call(**arguments)
            except Exception as error:
                if is_expired(error) and not renewed:
                    renewed = True
                    self._made.pop(service, None)
                    continue
                if not is_transient(error) or time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _client(self, service: str) -> Any:
        with self._making:
            if service not in self._made:
                self._made[service] = self._clients.client(service)
            return self._made[service]
