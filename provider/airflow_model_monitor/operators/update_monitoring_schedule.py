"""Changes some of what a monitoring schedule says, and nothing else."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.operators.clarify_config import config_of, kept_config, plain_config
from airflow_model_monitor.operators.monitoring_type import CLARIFY
from airflow_model_monitor.operators.schedule_arguments import ARGUMENTS, ScheduleArgumentsOperator

if TYPE_CHECKING:
    from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleChange, ScheduleLifecycle
    from airflow_model_monitor.service.job_definition import JobDefinition


class UpdateMonitoringScheduleOperator(ScheduleArgumentsOperator):
    """Change the given members of a monitoring schedule and keep all others.

    Use it to move a monitor to a new baseline, to another expression or to larger machines. A job definition cannot be
    changed, so a changed one is made beside it, the schedule moves over, and the old one is deleted; of inputs and
    machines too only what is said is changed: ``instance_type`` leaves the volume as it is, and
    ``endpoint_input="other"`` the attributes. ``environment`` and ``network_config`` are replaced as a whole. Repeated,
    it changes nothing.

    Tags of the schedule itself cannot be changed; ``tags`` are those of the new definition, beside the old one's.

    Returns a :class:`~airflow_model_monitor.operators.monitoring_schedule.ScheduleSummary`; fails when there is no such
    schedule.

    :param analysis_config: of bias and explainability: the address of analysis_config.json, its content, or a
        ``BiasAnalysisConfig`` or ``ExplainabilityAnalysisConfig``; content is written below the output. (templated)

    The other arguments are those of
    :class:`~airflow_model_monitor.operators.schedule_arguments.ScheduleArgumentsOperator`.
    """

    def __init__(self, *, analysis_config: Any = None, **kwargs: Any) -> None:
        if analysis_config is not None and not isinstance(analysis_config, str):
            analysis_config = plain_config("analysis_config", analysis_config)
        super().__init__(analysis_config=analysis_config, **kwargs)
        if analysis_config is None and all(getattr(self, name) is None for name in ARGUMENTS):
            raise ValueError(
                f"{self.task_id}: nothing to change; say what shall be different, such as schedule_expression or "
                "baseline_uri"
            )
        # Arguments that exclude each other are refused while the DAG is parsed.
        _ = self.request

    def change(self, lifecycle: ScheduleLifecycle) -> ScheduleChange:
        """Read, modify, write."""
        return lifecycle.update(self._changed, self.request.timing)

    def _changed(self, definition: JobDefinition) -> JobDefinition:
        request = self.request
        if self.analysis_config is not None:
            request = dataclasses.replace(request, config_uri=self._config_uri(request.applied(definition)))
        return self.staged(request.applied(definition))

    def _config_uri(self, definition: JobDefinition) -> str:
        kind = definition.monitoring_type
        if kind not in CLARIFY:
            raise ValueError(
                f"analysis_config={self.analysis_config!r}: it is for bias and explainability, and "
                f"{self.monitoring_schedule_name} is a {kind} monitor"
            )
        elsewhere = "model_conn_id" in definition.environment
        found = config_of(
            CLARIFY[kind],
            "monitor",
            analysis_config=self.analysis_config,
            model_conn_id=definition.environment.get("model_conn_id"),
        )
        return kept_config(
            found,
            CLARIFY[kind],
            "monitor",
            root_uri=definition.output_uri,
            storage_options=self.hook.storage_options(definition.output_uri),
            model_named_elsewhere=elsewhere,
        )
