"""The user's record preprocessor: one captured record in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from airflow_model_monitor.contract.captured_data import CapturedRecord
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.script_process import ScriptError, ScriptProcess


class RecordPreprocessor:
    """Calls ``preprocess_handler`` of a running script for each captured record.

    :param process: the script, started with the handler ``preprocess_handler``
    :param name: file name of the script, for messages
    :param log: where the script's traceback goes
    """

    def __init__(self, process: ScriptProcess, *, name: str, log: TextIO) -> None:
        self._process, self._name, self._log = process, name, log

    def __call__(self, records: Iterable[CapturedRecord]) -> Iterator[list[dict[str, Any]]]:
        """Give the rows the script makes of each record, in step with ``records``; none drops a record.

        :raises ContractError: the script failed; the message begins as the original's, the reader of the records adds
            where the record stands
        """
        for record in records:
            try:
                yield self._process.ask(record.to_json_line())["rows"]
            except ScriptError as error:
                raise script_failure("preprocessor", self._name, error, self._log) from error


def script_failure(kind: str, name: str, error: ScriptError, log: TextIO) -> ContractError:
    """Show the script's traceback in the log and return the error that ends the job."""
    if error.traceback:
        log.write(error.traceback)
    where = f" ({error.where})" if error.where else ""
    return ContractError(f"Exception while invoking {kind} script. {name}: {error}{where}")
