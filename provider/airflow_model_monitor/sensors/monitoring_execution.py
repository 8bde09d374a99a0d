"""Waits for a monitoring execution, whoever runs it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator, PokeReturnValue

from airflow_model_monitor._compat import AirflowFailException, conf
from airflow_model_monitor.assets.summary import execution_summary, report_url
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.assets.window import check_window_arguments, window_of
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.service.windows import iso
from airflow_model_monitor.triggers.execution_published import ExecutionPublishedTrigger
from airflow_model_monitor.triggers.published_execution import PublishedExecution

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.service.revisions import Revision


class MonitoringExecutionSensor(BaseSensorOperator):
    """Wait until the execution of a monitor over a window is published.

    Use it where one DAG monitors and another one reads: it needs no access to the other DAG, only to the output. It
    looks for the window of its own DAG run, so the two DAGs share a schedule, unless ``window_start`` and
    ``window_end`` say otherwise. Violations do not fail it; for those there is ``ViolationSensor``. An execution that
    was published as failed does fail it.

    Returns the summary of the execution, as ``RunMonitoringOperator`` does. ``timeout``, ``soft_fail``, ``mode`` and
    the other arguments of Airflow's sensors mean what they always mean, deferred or not.

    :param output_uri: root of the monitors' output: the ``output_uri`` of ``RunMonitoringOperator``. (templated)
    :param monitoring_schedule_name: the monitor to wait for.
    :param endpoint_name: the endpoint it watches; None for batch-transform data. (templated)
    :param window_start: first instant of the window, ISO 8601; default: the run's data interval. (templated)
    :param window_end: first instant after the window, ISO 8601. (templated)
    :param aws_conn_id: Airflow connection for addresses on S3; local folders need none. None means boto3's own
        credentials. (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it. (templated)
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    :param deferrable: wait in the triggerer instead of in a worker.
    """

    template_fields: Sequence[str] = (
        "output_uri",
        "endpoint_name",
        "window_start",
        "window_end",
        "aws_conn_id",
        "region_name",
        "verify",
    )
    operator_extra_links = (ReportLink(),)

    def __init__(
        self,
        *,
        output_uri: str,
        monitoring_schedule_name: str,
        endpoint_name: str | None = None,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_window_arguments(window_start, window_end)
        self.output_uri = output_uri
        self.monitoring_schedule_name = monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.endpoint_name = endpoint_name
        self.window_start = window_start
        self.window_end = window_end
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config
        self.deferrable = deferrable

    def execute(self, context: Context) -> Any:
        """Look, and wait by poking or by deferring."""
        if not self.deferrable:
            return super().execute(context)
        # Airflow applies soft_fail and never_fail to deferrable sensors only on the way back from a trigger. Taking
        # that way for the first look too gives one rule for both.
        return self.resume_execution("look_or_defer", None, context)

    def look_or_defer(self, context: Context) -> Any:
        """The summary if the execution is there; hand over to the triggerer if it is not."""
        found = self.poke(context)
        if found:
            return found.xcom_value
        self.defer(
            trigger=ExecutionPublishedTrigger(
                **dataclasses.asdict(self._wanted(context)), poke_interval=self.poke_interval
            ),
            method_name="execute_complete",
            timeout=timedelta(seconds=self.timeout),
        )
        raise AssertionError("defer() does not return")

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Read what the trigger saw."""
        found = self.poke(context)
        if not found:
            raise AirflowFailException(
                f"the {self._wanted(context)} was published as revision {(event or {}).get('revision')} and is gone: "
                "somebody removed it from the store"
            )
        return found.xcom_value

    def poke(self, context: Context) -> PokeReturnValue:
        """One look at the store."""
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
        return PokeReturnValue(is_done=True, xcom_value=self.judge(revision))

    def judge(self, revision: Revision) -> Any:
        """What to return for a published execution."""
        return execution_summary(revision)

    def _wanted(self, context: Context) -> PublishedExecution:
        window = window_of(context, self.window_start, self.window_end)
        return PublishedExecution(
            output_uri=self.output_uri,
            monitoring_schedule_name=self.monitoring_schedule_name,
            window_start=iso(window.start),
            window_end=iso(window.end),
            endpoint_name=self.endpoint_name,
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )
