"""What a job's process prints, on its way into moto's CloudWatch Logs, where AWS has it."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

from airflow_model_monitor.local.clients import client
from airflow_model_monitor.local.clock import Stopwatch

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

PROCESSING: Final = "/aws/sagemaker/ProcessingJobs"
TRAINING: Final = "/aws/sagemaker/TrainingJobs"
_BATCH: Final = 1_000
_LONGEST_LINE: Final = 200_000


class JobLog:
    """A context manager: a file the process writes to, whose lines are sent on as they come.

    A log that cannot be sent does not fail its job; the server's own log says so.

    :param group: log group
    :param path: of the file
    """

    def __init__(self, aws: LocalAws, region: str, group: str, job: str, watch: Stopwatch, path: Path) -> None:
        self._logs: Any = None
        self._group = group
        self._aws, self._region, self._watch, self._path = aws, region, watch, path
        self._name = f"{job}/algo-1-{int(watch.now().timestamp() * 1000)}"
        self._rest = b""
        self._broken = False

    def __enter__(self) -> Self:
        self.stream: BinaryIO = self._path.open("wb")
        self._reader = self._path.open("rb")
        return self

    def send(self, *, last: bool = False) -> None:
        """Send the lines that have come; with ``last`` also one that has no end."""
        *lines, self._rest = (self._rest + self._reader.read()).split(b"\n")
        if last and self._rest:
            lines, self._rest = [*lines, self._rest], b""
        # A carriage return begins a line anew: what progress has shown before is gone.
        texts = [line.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode("utf-8", "replace") for line in lines]
        texts = [text[:_LONGEST_LINE] for text in texts if text.strip()]
        if texts and not self._broken:
            try:
                self._put(texts)
            except Exception as error:  # noqa: BLE001 - of any client library; the job goes on without its log
                self._broken = True
                sys.stderr.write(f"local-aws: the log of {self._name} is lost from here on: {error}\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stream.close()
        self.send(last=True)
        self._reader.close()

    def _put(self, texts: list[str]) -> None:
        if self._logs is None:
            self._logs = client(self._aws, "logs", self._region)
            there = self._logs.exceptions.ResourceAlreadyExistsException
            with contextlib.suppress(there):
                self._logs.create_log_group(logGroupName=self._group)
            with contextlib.suppress(there):
                self._logs.create_log_stream(logGroupName=self._group, logStreamName=self._name)
        # This machine's time: CloudWatch Logs refuses events of two weeks ago, where a simulated clock may well be.
        moment = int(time.time() * 1000)
        for first in range(0, len(texts), _BATCH):
            events = [{"timestamp": moment, "message": text} for text in texts[first : first + _BATCH]]
            self._logs.put_log_events(logGroupName=self._group, logStreamName=self._name, logEvents=events)
