"""The button beside a task that opens its report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink

from airflow_model_monitor.links.address import report_page

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context
    from airflow.sdk.types import TaskInstanceKey

#: XCom under which a task says where its report stands; read by the page that the link opens.
REPORT_KEY = "model_monitor_report"
_PUBLISHED = "published_report"


class ReportLink(BaseOperatorLink):
    """Opens the HTML report of the execution, served by our plugin to users who may see the DAG run."""

    name = "Monitoring report"

    @staticmethod
    def persist(operator: BaseOperator, context: Context, *, revision_url: str, connection: dict[str, Any]) -> None:
        """Remember where the report is, also for a task that goes on to fail or skip.

        :param operator: the running task's operator.
        :param context: the task's context.
        :param revision_url: the folder of the published revision that holds the report.
        :param connection: the connection arguments (``aws_conn_id``, ``region_name``, ``verify``) it is read with.
        """
        context["ti"].xcom_push(key=REPORT_KEY, value={"revision_url": revision_url, **connection})
        setattr(operator, _PUBLISHED, True)

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Address of the report's page; empty where there is no report.

        Airflow 3 asks once, in the worker, when the task ends, with the operator that has just run.
        """
        # Not asked of the XCom: Airflow logs an error for one that is not there, in every task without a report.
        if not getattr(operator, _PUBLISHED, False):
            return ""
        return report_page(
            dag_id=ti_key.dag_id, run_id=ti_key.run_id, task_id=ti_key.task_id, map_index=_map_index(ti_key)
        )


def _map_index(ti_key: TaskInstanceKey) -> int:
    # Airflow hands over the task instance in place of its key; an unmapped one may say None there.
    return -1 if ti_key.map_index is None else ti_key.map_index
