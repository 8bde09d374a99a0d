"""The button beside a task that opens its monitoring schedule in AWS's console."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow.sdk import BaseOperatorLink

from airflow_model_monitor.links.console_domain import console_url

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

_ADDRESS = "console_address"


class MonitoringScheduleLink(BaseOperatorLink):
    """Opens the schedule in the SageMaker console. Schedules in a folder have no page there."""

    name = "SageMaker monitoring schedule"

    @staticmethod
    def persist(operator: BaseOperator, arn: str | None) -> None:
        """Remember where the schedule is.

        :param operator: the running task's operator.
        :param arn: the schedule's ARN; None, or one that is not AWS's, has no page.
        """
        setattr(operator, _ADDRESS, schedule_page(arn))

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Address of the page; empty where there is none.

        Airflow 3 asks once, in the worker, when the task ends, with the operator that has just run.
        """
        found: str = getattr(operator, _ADDRESS, "")
        return found


def schedule_page(arn: str | None) -> str:
    """Address of a schedule's page in the console; empty for what is in no region of AWS's.

    :param arn: ``arn:aws:sagemaker:us-west-2:111122223333:monitoring-schedule/churn``
    """
    parts = (arn or "").split(":", 5)
    if len(parts) != 6 or "-" not in parts[3] or parts[3] == "self-hosted":
        return ""
    _, partition, _, region, _, resource = parts
    name = resource.rpartition("/")[2]
    return console_url(region, f"sagemaker/home#/monitoring-schedules/{quote(name, safe='')}", partition=partition)
