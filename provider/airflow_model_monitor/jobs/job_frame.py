"""The frame around a job: whatever happens inside becomes an exit code and an exit message."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Final, TextIO

from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.environment import OUTPUT_MESSAGE_FILE
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.location import Mounts
from airflow_model_monitor.jobs.result import JobResult

CONTRACT_EXIT_CODE: Final = 255  # what the original's failed jobs show
UNEXPECTED_EXIT_CODE: Final = 1


def framed(work: Callable[[], JobResult], *, message_file: str | None, where: Mounts, stream: TextIO) -> JobResult:
    """Run a job to its end; a failure is a result too, never an exception.

    :param message_file: where the exit message goes; the contract's place, where there is one, when ``None``
    """
    try:
        result = work()
    except ContractError as error:
        result = _failure(str(error), CONTRACT_EXIT_CODE)
    except Exception as error:  # noqa: BLE001 - whatever happens, the contract's exit message says so
        traceback.print_exc(file=stream)
        text = f"{type(error).__name__}: {error} (this is not the input's fault as far as we know: please report it)"
        result = _failure(text, UNEXPECTED_EXIT_CODE)
    try:
        _write_message(result.message, (message_file or "").strip(), where)
    except (OSError, ContractError) as error:
        stream.write(f"The exit message could not be written to output_message_file: {error}\n")
    return result


def _failure(text: str, code: int) -> JobResult:
    message = exit_message.error(text)
    return JobResult(exit_code=code, message=message, status=exit_message.status_of(message, code))


def _write_message(message: str, named: str, where: Mounts) -> None:
    """Outside a container the default folder is not there, and is not asked for."""
    location = where.locate(named or OUTPUT_MESSAGE_FILE)
    if named or location.url != OUTPUT_MESSAGE_FILE or location.path.parent.is_dir():
        location.path.parent.mkdir(parents=True, exist_ok=True)
        location.path.write_text(message, encoding="utf-8")
