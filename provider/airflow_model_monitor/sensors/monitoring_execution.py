"""Waits for a monitoring execution, whoever runs it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow.sdk import PokeReturnValue

from airflow_model_monitor._compat import AirflowFailException, AirflowSensorTimeout, AirflowSkipException
from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.assets.summary import report_url
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.assets.window import check_window_arguments, window_of
from airflow_model_monitor.links.monitoring_execution import MonitoringExecutionLink
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.sensors.connected import ConnectedSensor
from airflow_model_monitor.sensors.found_execution import FoundExecution, StoredExecution
from airflow_model_monitor.sensors.sagemaker_execution import SageMakerExecution, failed, stopped, without_job
from airflow_model_monitor.sensors.scheduled_execution import check_it_can_come, why_it_is_not_there
from airflow_model_monitor.service.due_execution import due_execution
from airflow_model_monitor.service.monitoring_execution import MonitoringExecution
from airflow_model_monitor.service.offsets import parse_offset
from airflow_model_monitor.service.windows import HOUR, iso
from airflow_model_monitor.triggers.execution_published import ExecutionPublishedTrigger
from airflow_model_monitor.triggers.monitoring_execution import MonitoringExecutionTrigger
from airflow_model_monitor.triggers.published_execution import PublishedExecution

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.hooks.monitoring_executions import MonitoringExecutions
    from airflow_model_monitor.service.due_execution import DueExecution

OnNoData = Literal["skip", "fail", "succeed"]


class MonitoringExecutionSensor(ConnectedSensor):
    """Wait until the execution of a monitor over a window has ended, in a store of ours or in SageMaker.

    Use it where one DAG, or SageMaker's own schedule, monitors and another DAG reads. It looks for the window of its
    own DAG run, so the two share a schedule, unless ``window_start`` and ``window_end`` say otherwise. Violations do
    not fail it; for those there is ``ViolationSensor``. An execution that failed does fail it, without retries.

    With ``output_uri`` it waits for what ``RunMonitoringOperator`` publishes below that address. Without, it waits for
    the execution of the SageMaker schedule that was due when the window was over, and tells apart: an execution that
    completed, one without traffic (``on_no_data``), one whose job could not be started, one that failed (with the job's
    own words), and one that was stopped. Throttling and faults of AWS are waited out within ``timeout``. Calls:
    ``ListMonitoringExecutions``, ``DescribeProcessingJob``, ``DescribeMonitoringSchedule``, and ``s3:GetObject`` on the
    execution's output.

    Returns the summary of the execution, as ``RunMonitoringOperator`` does. ``timeout``, ``soft_fail``, ``mode`` and
    the other arguments of Airflow's sensors mean what they always mean, deferred or not.

    :param monitoring_schedule_name: the monitor to wait for: the name of the schedule.
    :param output_uri: root of the monitors' output: the ``output_uri`` of ``RunMonitoringOperator``; None: the
        execution is SageMaker's. (templated)
    :param endpoint_name: in a store, the endpoint it watches; None for batch-transform data. (templated)
    :param window_start: first instant of the window, ISO 8601; default: the run's data interval. (templated)
    :param window_end: first instant after the window, ISO 8601. (templated)
    :param on_no_data: of SageMaker: what a window without traffic does: ``"skip"`` this task and what hangs on it,
        ``"fail"``, or ``"succeed"`` with the status ``NoData``.
    :param end_time_offset: of SageMaker: the schedule's ``EndTimeOffset`` or ``DataAnalysisEndTime``, such as ``-P1D``,
        where the window of the DAG run is that of the data; the execution is due that much later. (templated)
    :param scheduled_within: of SageMaker: how long after the window's end the execution may be due. For a schedule
        without an expression, which runs once a day at a time of SageMaker's choice, give a day.
    :param appears_within: of SageMaker: how long after it was due, or after the task began to wait, an execution may
        take to appear (SageMaker starts it up to 20 minutes late); then the sensor times out and says why. None waits
        until ``timeout``.
    :param aws_conn_id: Airflow connection for AWS; local folders need none. None means boto3's own credentials.
        (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it. (templated)
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    :param deferrable: wait in the triggerer instead of in a worker. All sensors that wait for SageMaker there share one
        list of executions per ``poke_interval``.
    """

    template_fields: Sequence[str] = (
        "output_uri",
        "endpoint_name",
        "window_start",
        "window_end",
        "end_time_offset",
        *ConnectedSensor.template_fields,
    )
    operator_extra_links = (ReportLink(), MonitoringExecutionLink())

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        output_uri: str | None = None,
        endpoint_name: str | None = None,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        on_no_data: OnNoData = "skip",
        end_time_offset: str | timedelta | None = None,
        scheduled_within: timedelta = HOUR,
        appears_within: timedelta | None = HOUR,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_window_arguments(window_start, window_end)
        one_of("on_no_data", on_no_data, get_args(OnNoData))
        _above_zero("scheduled_within", scheduled_within)
        if appears_within is not None:
            _above_zero("appears_within", appears_within)
        if end_time_offset is not None and "{{" not in str(end_time_offset):
            parse_offset(end_time_offset, argument="end_time_offset")
        self.output_uri = output_uri
        self.monitoring_schedule_name = monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.endpoint_name = endpoint_name
        self.window_start = window_start
        self.window_end = window_end
        self.on_no_data = on_no_data
        self.end_time_offset = end_time_offset
        self.scheduled_within = scheduled_within
        self.appears_within = appears_within
        self._executions: MonitoringExecutions | None = None
        self._started: datetime | None = None
        self._seen = False

    def execute(self, context: Context) -> Any:
        """Look, and wait by poking or by deferring."""
        if self.deferrable:  # a time-out passes through resume_execution
            return super().execute(context)
        try:
            return super().execute(context)
        except AirflowSensorTimeout as error:
            raise self._timed_out(context, error) from error

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """The way back from a trigger; a time-out says what was waited for in vain."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except AirflowSensorTimeout as error:
            raise self._timed_out(context, error) from error

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Read what the trigger saw."""
        seen = event or {}
        if self.output_uri is None:
            if seen.get("status") == "error":
                # As in a worker: a retry may find the credentials or the permission that was wanting.
                raise RuntimeError(f"the {self._due(context)} could not be looked up: {seen.get('error')}")
            if seen.get("status") == "ended":
                return self._concluded(context, MonitoringExecution.from_event(seen["execution"]))
            # None had appeared when the trigger gave up. It may have since: a worker may have taken its time.
            self._started = datetime.min.replace(tzinfo=UTC)
            return self.look_or_defer(context)
        found = self.poke(context)
        if not found:
            raise AirflowFailException(
                f"the {self._wanted(context)} was published as revision {seen.get('revision')} and is gone: somebody "
                "removed it from the store"
            )
        return found.xcom_value

    def poke(self, context: Context) -> PokeReturnValue:
        """One look."""
        return self._poke_sagemaker(context) if self.output_uri is None else self._poke_store(context)

    def judge(self, found: FoundExecution) -> Any:
        """What to return for an execution that ran to its end."""
        return found.summary()

    def _poke_store(self, context: Context) -> PokeReturnValue:
        wanted = self._wanted(context)
        revision = wanted.read()
        if revision is None:
            self.log.info("Not published yet: %s", wanted)
            return PokeReturnValue(is_done=False)
        if revision.execution.status == "Failed":
            raise AirflowFailException(f"the {wanted} failed: {revision.execution.exit_message}")
        self.log.info("Found revision %s: %s", revision.execution.revision, revision.execution.exit_message)
        if report_url(revision) is not None:
            ReportLink.persist(
                self,
                context,
                revision_url=revision.url,
                connection={name: getattr(self, name) for name in ("aws_conn_id", "region_name", "verify")},
            )
        return PokeReturnValue(is_done=True, xcom_value=self.judge(StoredExecution(revision)))

    def _poke_sagemaker(self, context: Context) -> PokeReturnValue:
        from airflow_model_monitor.hooks.aws_failure import is_transient

        due = self._due(context)
        try:
            execution = self._sagemaker().find(due)
            if execution is not None and execution.outcome is not None:
                return PokeReturnValue(is_done=True, xcom_value=self._concluded(context, execution))
            self._seen = execution is not None
            if execution is None:
                self._check_absence(context, due)
        except Exception as error:
            if not is_transient(error):
                raise
            self.log.warning("AWS does not answer, looking again later: %s", error)
        else:
            self.log.info("Waiting for the %s: %s", due, "not there yet" if execution is None else execution.status)
        return PokeReturnValue(is_done=False)

    def _concluded(self, context: Context, execution: MonitoringExecution) -> Any:
        executions = self._sagemaker()
        window = window_of(context, self.window_start, self.window_end)
        console = executions.console(execution)
        MonitoringExecutionLink.persist(self, console)
        self.log.info("The %s is %s. %s", execution, execution.status, console)
        if execution.outcome == "no_data":
            message = f"the {execution} had no data: nothing was captured in its window"
            if self.on_no_data == "skip":
                raise AirflowSkipException(message)
            if self.on_no_data == "fail":
                raise AirflowFailException(message)
        elif execution.outcome == "no_job":
            raise without_job(execution)
        job = executions.job(execution)
        if execution.outcome == "failed":
            raise failed(execution, job, console)
        if execution.outcome == "stopped":
            raise stopped(execution, job, console)
        return self.judge(SageMakerExecution(execution, job, window, executions))

    def _check_absence(self, context: Context, due: DueExecution) -> None:
        """Raise when an execution that is not there will not come, or has had its time."""
        if self._started is None:
            earlier = context["ti"].get_first_reschedule_date(context) if self.reschedule else None
            if earlier is None:
                check_it_can_come(due, self._sagemaker())
            self._started = earlier or datetime.now(UTC)
        if self.appears_within is not None and datetime.now(UTC) >= self._appears_before(due, self.appears_within):
            raise AirflowSensorTimeout(f"nothing for {self.appears_within} after it was due")

    def _appears_before(self, due: DueExecution, within: timedelta) -> datetime:
        # Counted from the task's own start for windows of long ago, and for clocks that differ from SageMaker's.
        return max(self._started or datetime.now(UTC), due.due_from) + within

    def _timed_out(self, context: Context, error: AirflowSensorTimeout) -> AirflowSensorTimeout:
        if self.output_uri is not None:
            return error
        return AirflowSensorTimeout(f"{error}: {why_it_is_not_there(self._due(context), self._sagemaker())}")

    def _trigger(self, context: Context) -> ExecutionPublishedTrigger | MonitoringExecutionTrigger:
        if self.output_uri is not None:
            return ExecutionPublishedTrigger(
                **dataclasses.asdict(self._wanted(context)), poke_interval=self.poke_interval
            )
        due = self._due(context)
        appears_before = None
        if not self._seen and self.appears_within is not None:
            appears_before = iso(self._appears_before(due, self.appears_within))
        return MonitoringExecutionTrigger(
            monitoring_schedule_name=due.schedule,
            due_from=iso(due.due_from),
            due_before=iso(due.due_before),
            appears_before=appears_before,
            poke_interval=self.poke_interval,
            **self.connection,
        )

    def _due(self, context: Context) -> DueExecution:
        try:
            return due_execution(
                self.monitoring_schedule_name,
                window_of(context, self.window_start, self.window_end),
                end_time_offset=self.end_time_offset,
                scheduled_within=self.scheduled_within,
            )
        except ValueError as error:
            raise AirflowFailException(str(error)) from error

    def _sagemaker(self) -> MonitoringExecutions:
        if self._executions is None:
            from airflow_model_monitor.hooks.monitoring_executions import MonitoringExecutions

            self._executions = MonitoringExecutions(self.settings)
        return self._executions

    def _wanted(self, context: Context) -> PublishedExecution:
        window = window_of(context, self.window_start, self.window_end)
        return PublishedExecution(
            output_uri=self.output_uri or "",
            monitoring_schedule_name=self.monitoring_schedule_name,
            window_start=iso(window.start),
            window_end=iso(window.end),
            endpoint_name=self.endpoint_name,
            **self.connection,
        )


def _above_zero(argument: str, value: timedelta) -> None:
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise ValueError(f"{argument}={value!r}: expected a timedelta above 0, such as timedelta(hours=1)")
