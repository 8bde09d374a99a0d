"""A person says yes or no: asked by Airflow where it can ask (3.1 on), else through the DAG ``approve_retraining``.

What waits is recorded below ``retrainings/approvals/``, and the first decision counts, wherever it was made. Nobody's
silence is a yes, nor a no: what was not answered in time stays pending.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import task
from model_monitor_models import storage_options
from model_monitor_monitors import CONNECTED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor._compat import AirflowSkipException, answered_within, question_operator
from airflow_model_monitor.operators.record_retraining import RecordRetrainingOperator

#: Which retrainings there were, and how each ended.
LEDGER = {"ledger_uri": S.retrainings, **CONNECTED}
APPROVE, REJECT, LATER = "Approve", "Reject", "Later"
QUESTION = question_operator() if S.retraining.approval == "person" else None
BODY = """{{ ti.xcom_pull(task_ids='candidate')['reason'] }}

Candidate `{{ ti.xcom_pull(task_ids='candidate')['candidate'] }}`. Approved, it is deployed and every monitor gets a
baseline of the data it was trained on. Without an answer it stays pending."""


def approvals() -> Any:
    """What waits and what was decided; called in tasks only."""
    from airflow_model_monitor.service.approvals import Approvals

    return Approvals(f"{S.retrainings}/approvals", storage_options(S.retrainings))


def name_of(dag_run: Any) -> str:
    """The run as it stands beside a decision."""
    return f"{dag_run.dag_id}/{dag_run.run_id}"


@task
def candidate(version: str, rows: Any, figures: dict[str, Any], guards: Any, run_id: Any = None) -> dict[str, Any]:
    """What is proposed, as a person reads it and as the deployment needs it."""
    metric, end = figures["metric"], guards["window"]["end"]
    return {
        # The same rows give the same version again; every retraining is a question of its own.
        "candidate": f"{version}-{guards['number']}",
        "version": version,
        "rows": rows["dataset"],
        "requests": rows["requests"],
        "since": end if S.retraining.clock == "data" else "",
        "run_id": run_id,
        "reason": f"retrained after drift up to {end}: {metric} {figures['champion'][metric]:.4f} → "
        f"{figures['challenger'][metric]:.4f} on {figures['rows']} rows that neither model had seen",
    }


def ask_for_approval(proposed: Any) -> Any:
    """Tasks that end in the candidate, approved; or skipped, where it was rejected or still waits.

    A rejection ends the retraining in the ledger, be it a person's or that of the comparison before.
    """

    @task
    def pending_approval(candidate: dict[str, Any]) -> dict[str, Any]:
        """The candidate is recorded: it waits."""
        approvals().ask(candidate["candidate"], candidate)
        return candidate

    @task
    def approved(candidate: dict[str, Any], answer: dict[str, Any], dag_run: Any = None) -> dict[str, Any]:
        """The answer is recorded as the decision. Only a yes goes on."""
        (chosen,) = answer["chosen_options"]
        if chosen == LATER:
            raise AirflowSkipException("nobody has decided")
        by = (answer["responded_by_user"] or {}).get("name", "a person")
        try:
            approvals().decide(candidate["candidate"], approved=chosen == APPROVE, by=by, run=name_of(dag_run))
        except ValueError as decided_before:
            raise AirflowSkipException(str(decided_before)) from None
        if chosen == REJECT:
            raise AirflowSkipException(f"rejected by {by}")
        return candidate

    @task(trigger_rule="none_failed")
    def pending(candidate: dict[str, Any] | None, dag_run: Any = None) -> str:
        """Succeeds where the decision is not this run's: it is still to come, or ``approve_retraining`` made it."""
        if candidate is None:
            raise AirflowSkipException("nothing was proposed")
        found = approvals().read(candidate["candidate"])
        if found.approved is None:
            return f"pending approval: run the DAG approve_retraining with candidate = {found.candidate!r}"
        if found.run == name_of(dag_run):
            raise AirflowSkipException(f"{found.state} by {found.by}")
        return f"{found.state} by {found.by} in {found.run}"

    asked = pending_approval(proposed)
    answered = approved(asked, _answer(asked))
    waits = pending(asked)
    answered >> waits
    # Skipped is what a worse challenger leaves behind, too; the guards' no skips this one as well.
    rejected = RecordRetrainingOperator(task_id="rejected", outcome="rejected", trigger_rule="all_skipped", **LEDGER)
    [answered, waits] >> rejected
    return answered


def _answer(asked: Any) -> Any:
    if S.retraining.approval == "automatic":
        nobody = {"name": 'nobody: approval = "automatic" in the settings'}
        return {"chosen_options": [APPROVE], "responded_by_user": nobody}
    if QUESTION is None:
        return {"chosen_options": [LATER]}
    question = QUESTION(
        task_id="approval",
        subject=f"Retraining of {S.name}",
        body=BODY,
        options=[APPROVE, REJECT, LATER],
        defaults=LATER,
        **answered_within(QUESTION, timedelta(days=7)),
    )
    asked >> question
    return question.output
