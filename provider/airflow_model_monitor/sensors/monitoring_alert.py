"""Waits for an alert of SageMaker's model dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow.sdk import PokeReturnValue

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.sensors.connected import ConnectedSensor
from airflow_model_monitor.triggers.monitoring_alert import MonitoringAlertTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.hooks.monitoring_alerts import AlertState

AlertStatus = Literal["InAlert", "OK"]


class MonitoringAlertSensor(ConnectedSensor):
    """Wait until the alert of a SageMaker monitoring schedule is raised, or is over.

    An alert looks at the schedule's last executions, not at the window of a DAG run: for that there is
    ``MonitoringExecutionSensor``. ``UpdateMonitoringAlertOperator`` sets how many of how many raise it. Calls:
    ``ListMonitoringAlerts``. Throttling and faults of AWS are waited out within ``timeout``.

    Returns the alert: name, status, both numbers, and when it last changed.

    :param monitoring_schedule_name: the schedule. (templated)
    :param monitoring_alert_name: the alert; None takes the schedule's only one. (templated)
    :param status: ``"InAlert"`` waits until it is raised, ``"OK"`` until it is over.
    :param aws_conn_id: Airflow connection for AWS. None means boto3's own credentials. (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it. (templated)
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    :param deferrable: wait in the triggerer instead of in a worker.
    """

    template_fields: Sequence[str] = (
        "monitoring_schedule_name",
        "monitoring_alert_name",
        *ConnectedSensor.template_fields,
    )

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        monitoring_alert_name: str | None = None,
        status: AlertStatus = "InAlert",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("status", status, get_args(AlertStatus))
        if "{{" not in monitoring_schedule_name:
            monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.monitoring_schedule_name = monitoring_schedule_name
        self.monitoring_alert_name = monitoring_alert_name
        self.status = status

    def execute_complete(self, context: Context, event: Mapping[str, Any] | None = None) -> AlertState:
        """Take over what the trigger saw."""
        seen = event or {}
        if seen.get("status") == "missing":
            raise AirflowFailException(str(seen.get("error")))
        if seen.get("status") != "reached":
            # As in a worker: a retry may find the credentials or the permission that was wanting.
            raise RuntimeError(
                f"the alert of {self.monitoring_schedule_name} could not be looked up: {seen.get('error')}"
            )
        alert: AlertState = seen["alert"]
        return alert

    def poke(self, context: Context) -> PokeReturnValue:
        """One look."""
        from airflow_model_monitor.hooks.aws_failure import is_transient
        from airflow_model_monitor.hooks.aws_reader import AwsReader
        from airflow_model_monitor.hooks.monitoring_alerts import MonitoringAlerts, NoSuchAlertError

        try:
            alert = MonitoringAlerts(AwsReader(self.settings)).one(
                self.monitoring_schedule_name, self.monitoring_alert_name
            )
        except NoSuchAlertError as error:
            raise AirflowFailException(str(error)) from error
        except Exception as error:
            if not is_transient(error):
                raise
            self.log.warning("AWS does not answer, looking again later: %s", error)
            return PokeReturnValue(is_done=False)
        self.log.info("%s is %s", alert["monitoring_alert_name"], alert["status"])
        return PokeReturnValue(is_done=alert["status"] == self.status, xcom_value=alert)

    def _trigger(self, context: Context) -> MonitoringAlertTrigger:
        return MonitoringAlertTrigger(
            monitoring_schedule_name=self.monitoring_schedule_name,
            monitoring_alert_name=self.monitoring_alert_name,
            status=self.status,
            poke_interval=self.poke_interval,
            **self.connection,
        )
