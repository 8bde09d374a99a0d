"""The button beside a task that opens an execution's job in AWS's console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

_ADDRESS = "monitoring_execution_in_console"


class MonitoringExecutionLink(BaseOperatorLink):
    """Opens the processing job of a SageMaker monitoring execution."""

    name = "SageMaker execution"

    @staticmethod
    def persist(operator: BaseOperator, url: str) -> None:
        """Remember the address, also for a task that goes on to fail or skip.

        :param operator: the running task's operator.
        :param url: in AWS's console; empty where there is none.
        """
        setattr(operator, _ADDRESS, url)

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address; empty for an execution without a job, or of another place.

        Airflow 3 asks once, in the worker, when the task ends, with the operator that has just run.
        """
        return str(getattr(operator, _ADDRESS, ""))
