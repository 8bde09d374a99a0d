"""Sets when SageMaker's model dashboard raises the alert of a monitoring schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.service.monitoring_alert_calls import update_alert

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.hooks.monitoring_alerts import AlertState


class UpdateMonitoringAlertOperator(ConnectedOperator):
    """Raise a schedule's alert when so many of its last executions failed or found violations.

    SageMaker makes an alert with each schedule. It lights the model dashboard and sends nothing: for messages there is
    ``CreateDriftAlarmOperator``. An alert that is set so already is left alone. Calls: ``ListMonitoringAlerts`` and
    ``UpdateMonitoringAlert``.

    Returns the alert: name, status (``InAlert`` or ``OK``), both numbers, and when it last changed.

    :param monitoring_schedule_name: the schedule. (templated)
    :param datapoints_to_alert: how many executions of the last ``evaluation_period``, 1 to 100.
    :param evaluation_period: how many executions are looked at, 1 to 100.
    :param monitoring_alert_name: the alert; None takes the schedule's only one. (templated)

    The connection's arguments are those of every operator of ours.
    """

    template_fields: Sequence[str] = (
        "monitoring_schedule_name",
        "monitoring_alert_name",
        *ConnectedOperator.template_fields,
    )

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        datapoints_to_alert: int,
        evaluation_period: int,
        monitoring_alert_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        # Made to be checked: the numbers are known while the DAG is parsed, the names may be templates.
        update_alert("schedule", "alert", datapoints_to_alert=datapoints_to_alert, evaluation_period=evaluation_period)
        if "{{" not in monitoring_schedule_name:
            monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.monitoring_schedule_name = monitoring_schedule_name
        self.datapoints_to_alert = datapoints_to_alert
        self.evaluation_period = evaluation_period
        self.monitoring_alert_name = monitoring_alert_name

    def execute(self, context: Context) -> AlertState:
        """Set it."""
        from airflow_model_monitor.hooks.aws_reader import AwsReader, AwsSettings
        from airflow_model_monitor.hooks.monitoring_alerts import MonitoringAlerts, NoSuchAlertError
        from airflow_model_monitor.runtimes.closed_account import ClosedAccountError

        settings = AwsSettings.of(self.aws_conn_id, self.region_name, self.verify, self.botocore_config)
        try:
            alert = MonitoringAlerts(AwsReader(settings)).update(
                self.monitoring_schedule_name,
                self.monitoring_alert_name,
                self.datapoints_to_alert,
                self.evaluation_period,
            )
        except (NoSuchAlertError, ClosedAccountError) as error:
            raise AirflowFailException(str(error)) from error
        self.log.info(
            "%s is raised by %s of %s executions, and is %s",
            alert["monitoring_alert_name"],
            alert["datapoints_to_alert"],
            alert["evaluation_period"],
            alert["status"],
        )
        return alert
