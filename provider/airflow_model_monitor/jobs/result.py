"""What a job leaves behind besides its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.contract.exit_message import ExecutionStatus


@dataclass(frozen=True, slots=True)
class JobResult:
    """The end of one job.

    :param exit_code: 0 when it ran to its end, with violations or without
    :param message: the exit message, one line
    :param status: what SageMaker makes of both
    :param output_dir: local folder with the files; ``None`` when the job did not come as far as knowing it
    :param execution: what ``execution.json`` says; ``None`` for a failed job, which publishes nothing
    :param metrics_file: CloudWatch metric records as JSON lines; ``None`` when none were asked for
    """

    exit_code: int
    message: str
    status: ExecutionStatus
    output_dir: Path | None = None
    execution: Execution | None = None
    metrics_file: Path | None = None
