"""One execution of a monitoring schedule that is kept in a folder."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow_model_monitor._compat import AirflowFailException, AirflowSkipException
from airflow_model_monitor.assets.airflow_metrics import job_ended, job_without_result
from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.assets.events import emit_scheduled_violations
from airflow_model_monitor.assets.summary import ExecutionSummary, execution_summary
from airflow_model_monitor.assets.window import instant
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.operators.worker_job import run_in_worker

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context

    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.runtimes.base import RunResult
    from airflow_model_monitor.runtimes.scheduled_execution import ScheduledExecution

OnNoData = Literal["skip", "fail"]


class RunScheduledExecutionOperator(ConnectedOperator):
    """Run the execution of a schedule that is due at a time: first the merge with labels, where there are, then the
    analysis, in this worker.

    Use it mapped over what ``ListDueSchedulesOperator`` returns, as the DAG ``model_monitor_scheduler`` does. The jobs
    are those that SageMaker would launch for the same documents, and the results lie where they would lie.

    A window without data is recorded as a failed execution, as SageMaker does (``Job inputs had no data``); so is one
    without labels. The task is then skipped, and with it nothing else. Run again when data has come, it is judged. Any
    other failure is recorded and fails the task.

    Returns an :class:`~airflow_model_monitor.assets.summary.ExecutionSummary`. When there are violations, it updates
    ``violations_asset("model-monitor-scheduler")`` and the monitor's own ``violations_asset``, as far as ``partial``
    was given them as ``outlets``: assets are declared when a DAG is parsed, and schedules come and go. The event's
    ``extra`` names the monitor.

    :param store_uri: the folder of the schedules. (templated)
    :param monitoring_schedule_name: which schedule. (templated)
    :param scheduled_time: when the execution is due, ISO 8601 with offset. (templated)
    :param on_no_data: what a window without data or labels does to the task: ``"skip"`` or ``"fail"``.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        "store_uri",
        "monitoring_schedule_name",
        "scheduled_time",
        *ConnectedOperator.template_fields,
    )
    operator_extra_links = (ReportLink(),)

    def __init__(
        self,
        *,
        store_uri: str,
        monitoring_schedule_name: str,
        scheduled_time: str | datetime,
        on_no_data: OnNoData = "skip",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("on_no_data", on_no_data, get_args(OnNoData))
        self.store_uri = store_uri
        self.monitoring_schedule_name = monitoring_schedule_name
        self.scheduled_time = scheduled_time
        self.on_no_data = on_no_data
        self._request: ProcessingJobRequest | None = None
        self._result: RunResult | None = None

    def execute(self, context: Context) -> ExecutionSummary:
        """Plan, merge, judge, publish, and tell."""
        from airflow_model_monitor.runtimes.base import MonitoringJobFailed
        from airflow_model_monitor.runtimes.scheduled_execution import NOTHING_TO_JUDGE
        from airflow_model_monitor.service.store import ExecutionStore

        execution, headers = self._execution()
        definition = execution.monitor.definition
        tags = {"monitor": execution.monitor.name, "monitoring_type": definition.monitoring_type, "runtime": "worker"}

        def run_job(request: ProcessingJobRequest) -> RunResult:
            self._request, self._result = request, None
            self._result = run_in_worker(self, request, headers)
            return self._result

        start = time.monotonic()
        try:
            revision = execution.run(run_job).revision
        except MonitoringJobFailed as error:
            job_without_result(**tags, status="NoData" if isinstance(error, NOTHING_TO_JUDGE) else "Failed")
            store = ExecutionStore(definition.output_uri, self.hook.storage_options(definition.output_uri))
            recorded = execution.record_failure(store, error)
            self.log.info("Recorded as %s: %s", recorded.execution.status, recorded.url)
            if self.on_no_data == "skip" and isinstance(error, NOTHING_TO_JUDGE):
                raise AirflowSkipException(str(error)) from error
            raise
        job_ended(
            **tags,
            took=timedelta(seconds=time.monotonic() - start),
            status=revision.execution.status,
            rows=revision.execution.rows or 0,
            found=revision.execution.violations_by_check,
        )
        summary = execution_summary(revision)
        if summary["report_url"] is not None:
            ReportLink.persist(self, context, revision_url=revision.url, connection=self.connection)
        monitor = execution.monitor
        baseline = {"constraints": monitor.baseline_constraints, "statistics": monitor.baseline_statistics}
        emit_scheduled_violations(self, context, monitor.name, summary=summary, baseline=baseline)
        return summary

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage | None:
        """What the last job read and wrote, for Airflow's OpenLineage provider where that is installed."""
        from airflow_model_monitor.operators.lineage import lineage_of

        return None if self._request is None else lineage_of(self._request, self._result)

    def _execution(self) -> tuple[ScheduledExecution, dict[str, str]]:
        """What is to run, and the headers of requests to its model."""
        from airflow_model_monitor.runtimes.scheduled_execution import ScheduledExecution
        from airflow_model_monitor.runtimes.stored_schedules import StoredSchedules
        from airflow_model_monitor.service.schedule_store import ScheduleStore
        from airflow_model_monitor.service.worker_settings import monitor_of

        name, moment = self.monitoring_schedule_name, instant("scheduled_time", self.scheduled_time)
        schedules = StoredSchedules(ScheduleStore(self.store_uri, self.hook.storage_options(self.store_uri)))
        kept = schedules.describe_schedule(name)
        if kept is None:
            raise AirflowSkipException(f"the schedule {name} has been deleted since it was found due")
        schedule = kept.schedule
        definition = None
        if schedule.definition_name is not None and schedule.monitoring_type is not None:
            definition = schedules.describe_definition(schedule.monitoring_type, schedule.definition_name)
        try:
            monitor, settings = monitor_of(schedule, definition)
        except ValueError as error:
            raise AirflowFailException(f"{name}: {error}") from error
        if settings.model_conn_id is None:
            return ScheduledExecution(monitor, moment), {}
        from airflow_model_monitor.operators.model_connection import model_connection

        model = model_connection(settings.model_conn_id)
        if model.url is not None:
            variables = {**monitor.definition.environment, "endpoint_url": model.url}
            reached = dataclasses.replace(monitor.definition, environment=variables)
            monitor = dataclasses.replace(monitor, definition=reached)
        return ScheduledExecution(monitor, moment), model.headers
