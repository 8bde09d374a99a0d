"""What every operator has in common that makes, changes or removes a monitoring schedule."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.arguments import one_of, whole_number
from airflow_model_monitor.assets.literal import is_literal
from airflow_model_monitor.links.monitoring_schedule import MonitoringScheduleLink
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.service.job_name import checked_name

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.runtimes.schedule_api import KeptSchedule, ScheduleApi
    from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleChange, ScheduleLifecycle

ScheduleRuntime = Literal["sagemaker", "worker"]


class ScheduleSummary(TypedDict):
    """A schedule and what was done to it, JSON-able: the XCom of these operators.

    ``change`` is ``created``, ``updated``, ``unchanged``, ``started``, ``stopped`` or ``deleted``; the others are as
    ``DescribeMonitoringSchedule`` has them, None where there is nothing (any more).
    """

    monitoring_schedule_name: str
    change: str
    status: str | None
    monitoring_schedule_arn: str | None
    monitoring_type: str | None
    monitoring_job_definition_name: str | None
    schedule_expression: str | None


class MonitoringScheduleOperator(ConnectedOperator):
    """Makes, changes or removes one monitoring schedule. The base of our operators, not one itself.

    SageMaker accepts such a request at once and works on it for some seconds (``Pending``); the task waits for that in
    its worker, at most ``waiter_delay`` times ``waiter_max_attempts`` seconds for each step.

    :param monitoring_schedule_name: name of the monitor. (templated)
    :param runtime: who keeps the schedule and starts its executions: ``"sagemaker"``, or ``"worker"``: a folder holds
        it, and the DAG ``model_monitor_scheduler`` runs it in Airflow.
    :param store_uri: that folder, a path or URL; only for ``runtime="worker"``. (templated)
    :param waiter_delay: seconds between two looks at a schedule that is ``Pending``.
    :param waiter_max_attempts: how often to look.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = ("monitoring_schedule_name", "store_uri", *ConnectedOperator.template_fields)
    operator_extra_links = (MonitoringScheduleLink(),)

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        runtime: ScheduleRuntime = "sagemaker",
        store_uri: str | None = None,
        waiter_delay: float = 5,
        waiter_max_attempts: int = 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("runtime", runtime, get_args(ScheduleRuntime))
        whole_number("waiter_max_attempts", waiter_max_attempts, minimum=1)
        if is_literal(monitoring_schedule_name):
            checked_name("monitoring_schedule_name", monitoring_schedule_name)
        if (runtime == "worker") != (store_uri is not None):
            raise ValueError(
                f"runtime={runtime!r}, store_uri={store_uri!r}: a schedule of the worker lies in a folder, one of "
                "SageMaker does not; give store_uri with runtime='worker', and only then"
            )
        self.monitoring_schedule_name = monitoring_schedule_name
        self.runtime = runtime
        self.store_uri = store_uri
        self.waiter_delay = waiter_delay
        self.waiter_max_attempts = waiter_max_attempts

    @abstractmethod
    def change(self, lifecycle: ScheduleLifecycle) -> ScheduleChange:
        """Do what the operator is for."""

    def execute(self, context: Context) -> ScheduleSummary:
        """Change the schedule, wait until it has settled, and tell."""
        from airflow_model_monitor.runtimes.closed_account import ClosedAccountError
        from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleLifecycle
        from airflow_model_monitor.runtimes.settling import Settling

        name = checked_name("monitoring_schedule_name", self.monitoring_schedule_name)
        settling = Settling(self.waiter_delay, self.waiter_max_attempts)
        lifecycle = ScheduleLifecycle(self.schedule_api(), name, settling=settling, log=self.log.info)
        try:
            done = self.change(lifecycle)
        except ClosedAccountError as error:
            # A retry would be told the same for ever.
            raise AirflowFailException(str(error)) from error
        MonitoringScheduleLink.persist(self, None if done.kept is None else done.kept.arn)
        return _summary(name, done.change, done.kept)

    def schedule_api(self) -> ScheduleApi:
        """Who keeps the schedule."""
        if self.runtime == "worker":
            from airflow_model_monitor.runtimes.stored_schedules import StoredSchedules
            from airflow_model_monitor.service.schedule_store import ScheduleStore

            store_uri = self.store_uri or ""
            return StoredSchedules(ScheduleStore(store_uri, self.hook.storage_options(store_uri)))
        from airflow_model_monitor.runtimes.sagemaker_schedules import SageMakerSchedules

        return SageMakerSchedules(self.sagemaker)

    @cached_property
    def sagemaker(self) -> Any:
        """A client that is patient with a busy service, unless the connection or the task says otherwise."""
        from botocore.config import Config

        from airflow_model_monitor.hooks.renewed_client import RenewedClient

        patient = Config(retries={"mode": "standard", "total_max_attempts": 10})
        return RenewedClient(lambda: self.hook.client("sagemaker", defaults=patient))


def _summary(name: str, change: str, kept: KeptSchedule | None) -> ScheduleSummary:
    schedule = None if kept is None else kept.schedule
    timing = None if schedule is None else schedule.timing
    return ScheduleSummary(
        monitoring_schedule_name=name,
        change=change,
        status=None if kept is None else kept.status,
        monitoring_schedule_arn=None if kept is None else kept.arn,
        monitoring_type=None if schedule is None else schedule.monitoring_type,
        monitoring_job_definition_name=None if schedule is None else schedule.definition_name,
        schedule_expression=None if timing is None else timing.expression,
    )
