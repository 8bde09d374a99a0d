"""Decides on a candidate that ``retrain_on_drift`` left as pending approval, and goes on with it.

For Airflow 3.0, which cannot ask a person by itself, and for candidates that nobody answered for in time. Run it by
hand: ``candidate`` is the name that the task ``pending`` returned, or a folder below ``retrainings/approvals/``.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task
from model_monitor_approval import LEDGER, approvals, name_of
from model_monitor_deployment import put_in_service
from model_monitor_schedules import RETRIED

from airflow_model_monitor._compat import AirflowFailException, AirflowSkipException
from airflow_model_monitor.operators.record_retraining import RecordRetrainingOperator

with DAG(
    "approve_retraining",
    schedule=None,
    catchup=False,
    default_args=RETRIED,
    params={
        "candidate": Param("", type="string", description="candidate that waits"),
        "approve": Param(True, type="boolean", description="whether it is put in service; otherwise it is rejected"),
    },
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):

    @task
    def decide(params: Any = None, dag_run: Any = None, ti: Any = None) -> dict[str, Any]:
        """Record what was decided; the first decision stands."""
        by = getattr(dag_run, "triggering_user_name", None) or "approve_retraining"
        try:
            found = approvals().decide(params["candidate"], approved=params["approve"], by=by, run=name_of(dag_run))
        except (LookupError, ValueError) as error:
            raise AirflowFailException(str(error)) from error
        if not found.approved:
            ti.xcom_push(key="return_value", value=dict(found.request))
            raise AirflowSkipException(f"rejected by {found.by}")
        return dict(found.request)

    begun = {
        "retraining_dag_id": "retrain_on_drift",
        "retraining_run_id": "{{ ti.xcom_pull(task_ids='decide')['run_id'] }}",
        **LEDGER,
    }
    decided = decide()
    put_in_service(decided) >> RecordRetrainingOperator(task_id="finished", outcome="finished", **begun)
    decided >> RecordRetrainingOperator(task_id="rejected", outcome="rejected", trigger_rule="all_skipped", **begun)
