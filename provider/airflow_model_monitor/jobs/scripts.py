"""The two scripts a job may run: asked for by the environment, allowed by ``enable_scripts``, fetched, started."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.location import Location
from airflow_model_monitor.jobs.record_preprocessor import RecordPreprocessor, script_failure
from airflow_model_monitor.jobs.script_limits import ScriptLimits
from airflow_model_monitor.jobs.script_process import ScriptError, ScriptProcess


@dataclass(frozen=True, slots=True)
class Scripts:
    """Where the scripts are and what they may use.

    :param preprocessor: script with ``preprocess_handler``, or ``None``
    :param post_processor: script with ``postprocess_handler``, or ``None``
    :param limits: time and memory of each
    :param environment: the job's variables, as the scripts see them
    :param log: where their prints go
    """

    preprocessor: Location | None
    post_processor: Location | None
    limits: ScriptLimits
    environment: Mapping[str, str]
    log: TextIO

    def require_enabled(self, enabled: bool) -> None:
        """Refuse a script that is asked for while scripts are switched off.

        :raises ContractError: naming the script's variable and the switch
        """
        asked = (
            ("record_preprocessor_script", self.preprocessor),
            ("post_analytics_processor_script", self.post_processor),
        )
        for variable, location in asked:
            if location is not None and not enabled:
                raise ContractError(
                    f"{location.url} is to be run, but user scripts are switched off",
                    field=variable,
                    remedy="Set enable_scripts=true (--enable-scripts) if you trust this script, or leave it out",
                )

    @contextmanager
    def running_preprocessor(self) -> Iterator[RecordPreprocessor | None]:
        """Start the record preprocessor for the time of the block; ``None`` without one."""
        if self.preprocessor is None:
            yield None
            return
        with self._running(self.preprocessor, "preprocess_handler", self.environment) as process:
            yield RecordPreprocessor(process, name=self.preprocessor.name, log=self.log)

    def post_process(self, output: Path) -> None:
        """Call ``postprocess_handler()`` once, with ``output`` as its ``output_path``.

        :raises ContractError: the script failed
        """
        if self.post_processor is None:
            return
        environment = {**self.environment, "output_path": str(output)}
        with self._running(self.post_processor, "postprocess_handler", environment) as process:
            try:
                process.ask("{}")
            except ScriptError as error:
                raise script_failure("post-processor", self.post_processor.name, error, self.log) from error

    @contextmanager
    def _running(self, location: Location, handler: str, environment: Mapping[str, str]) -> Iterator[ScriptProcess]:
        with tempfile.TemporaryDirectory(prefix="model-monitor-script-") as folder:
            script = location.fetch(Path(folder))
            settings: dict[str, Any] = {"limits": self.limits, "environment": self.limits.environment(environment)}
            with ScriptProcess(script, handler, log=self.log, **settings) as process:
                yield process
