"""Which monitoring schedules of a folder are due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.assets.window import check_window_arguments, window_of
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.service.due_schedules import DueExecution

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.sdk import Context

_READ_AT_ONCE = 8


class ListDueSchedulesOperator(ConnectedOperator):
    """List the executions that are due in the data interval of the DAG run, of all schedules kept in a folder.

    Use it before ``RunScheduledExecutionOperator.partial(…).expand_kwargs(…)``, which runs them. A time is due in the
    interval that ends with it. Stopped schedules are passed over. What was due before a schedule was made is left out,
    as SageMaker does, except by backfills and by runs that somebody started by hand: they want history.

    Returns a list of ``{"monitoring_schedule_name": …, "scheduled_time": …}``, in order of names and times. A schedule
    whose document cannot be read is listed too, so that its own task fails and no other.

    :param store_uri: the folder, ``store_uri`` of ``CreateMonitoringScheduleOperator``. (templated)
    :param window_start: beginning of the interval instead of the data interval's, ISO 8601 with offset. (templated)
    :param window_end: its end. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = ("store_uri", "window_start", "window_end", *ConnectedOperator.template_fields)

    def __init__(
        self,
        *,
        store_uri: str,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_window_arguments(window_start, window_end)
        self.store_uri = store_uri
        self.window_start = window_start
        self.window_end = window_end

    def execute(self, context: Context) -> list[dict[str, str]]:
        """Read the schedules and see what is due."""
        from concurrent.futures import ThreadPoolExecutor

        from airflow_model_monitor.service.due_schedules import due_executions
        from airflow_model_monitor.service.schedule_store import ScheduleStore
        from airflow_model_monitor.service.windows import iso

        interval = window_of(context, self.window_start, self.window_end)
        run_type = context["dag_run"].run_type
        since_made = str(getattr(run_type, "value", run_type)) not in ("backfill", "manual")
        store = ScheduleStore(self.store_uri, self.hook.storage_options(self.store_uri))

        def due(name: str) -> tuple[DueExecution, ...]:
            try:
                document = store.schedule(name)
                return () if document is None else due_executions(document, interval, since_made=since_made)
            except ValueError as error:
                self.log.error("The schedule %s cannot be read: %s", name, error)
                return (DueExecution(name, interval.end),)

        with ThreadPoolExecutor(_READ_AT_ONCE) as threads:
            found = [one for some in threads.map(due, store.names()) for one in some]
        self.log.info("%s executions are due from %s to %s", len(found), iso(interval.start), iso(interval.end))
        return [{"monitoring_schedule_name": one.schedule, "scheduled_time": iso(one.scheduled_time)} for one in found]
