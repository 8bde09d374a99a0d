"""A person says yes: with Airflow's human in the loop where there is one (3.1 on), else through ``approve_retraining``.

Whatever waits is recorded below ``retrainings/``. Nobody's silence is a yes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import task
from model_monitor_loop import S, storage_options

from airflow_model_monitor._compat import AirflowSkipException, approval_operator

APPROVAL = approval_operator() if S.retraining.approval == "person" else None
#: Whether a retraining comes to its end in the DAG that began it.
ANSWERED_HERE = APPROVAL is not None or S.retraining.approval == "automatic"
BODY = """{{ ti.xcom_pull(task_ids='candidate')['reason'] }}

Candidate `{{ ti.xcom_pull(task_ids='candidate')['version'] }}`. Approved, it is deployed and every monitor gets a
baseline of the data it was trained on."""


def approvals() -> Any:
    """What waits and what was decided; called in tasks only."""
    from airflow_model_monitor.service.approvals import Approvals

    return Approvals(f"{S.retrainings}/approvals", storage_options(S.retrainings))


def ask_for_approval(candidate: Any) -> Any:
    """Tasks that end in the candidate, approved; or skipped, where it was rejected or is pending."""

    @task
    def pending_approval(candidate: dict[str, Any]) -> dict[str, Any]:
        """The candidate is recorded as pending."""
        approvals().ask(candidate["version"], candidate)
        return candidate

    @task
    def approved(candidate: dict[str, Any], by: str) -> dict[str, Any]:
        """The decision is recorded."""
        approvals().decide(candidate["version"], approved=True, by=by)
        return candidate

    asked = pending_approval(candidate)
    if S.retraining.approval == "automatic":
        return approved(asked, 'nobody: approval = "automatic" in the settings')
    if APPROVAL is None:

        @task
        def pending(candidate: dict[str, Any]) -> dict[str, Any]:
            """Nobody is asked here."""
            raise AirflowSkipException(
                f"pending approval: run the DAG approve_retraining with candidate = {candidate['version']!r}"
            )

        return approved(pending(asked), "nobody")
    decision = APPROVAL(
        task_id="approval",
        subject=f"Retraining of {S.name}",
        body=BODY,
        defaults="Reject",
        response_timeout=timedelta(days=7),
    )
    asked >> decision
    by = "{{ (ti.xcom_pull(task_ids='approval').get('responded_by_user') or {}).get('name', 'a person') }}"
    answered = approved(asked, by)
    decision >> answered
    return answered
