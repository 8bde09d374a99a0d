"""What a person answers, or does not, when ``retrain_on_drift`` asks: the end of that DAG with a small beginning."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, task

from airflow_model_monitor._compat import AirflowSkipException
from airflow_model_monitor.operators.record_retraining import RecordRetrainingOperator
from airflow_model_monitor.operators.retraining_guard import RetrainingGuardOperator
from airflow_model_monitor.service.approvals import Approvals
from airflow_model_monitor.service.retraining_ledger import RetrainingLedger
from demo.home import DAGS, dag_bag, environment
from tests.airflow.outcomes import states, xcom
from tests.dags.question import Person, asks, let_time_run_out, meanwhile

DAG_ID = "retrain_on_drift"
CANDIDATE = "0123456789abcdef-1"
PROPOSAL = {
    "candidate": CANDIDATE,
    "version": "0123456789abcdef",
    "rows": "rows.csv",
    "requests": "",
    "since": "",
    "reason": "better",
}


@pytest.fixture
def approval() -> str:
    """Who is asked, as the settings say it."""
    return "person"


@pytest.fixture
def worse() -> bool:
    """Whether the comparison rejects the challenger."""
    return False


@pytest.fixture
def chain(approval: str, worse: bool, tmp_path: Path, airflow_db: None, monkeypatch: pytest.MonkeyPatch) -> DAG:
    """Guards that let pass, a candidate, the question, and a deployment that does nothing."""
    for name, value in environment(tmp_path, approval=approval).items():
        if name.startswith("MODEL_MONITOR"):
            monkeypatch.setenv(name, value)
    for name in [name for name in sys.modules if name.startswith("model_monitor_")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(DAGS))
    ask_for_approval = importlib.import_module("model_monitor_approval").ask_for_approval
    ledger = str(tmp_path / "retrainings")
    with DAG(DAG_ID, schedule=None) as dag:
        guards = RetrainingGuardOperator(task_id="guards", guards=[], ledger_uri=ledger)

        @task(task_id="candidate")
        def propose(run_id: Any = None) -> dict[str, Any]:
            if worse:
                raise AirflowSkipException("no better")
            return {**PROPOSAL, "run_id": run_id}

        proposed = propose()
        guards >> proposed
        approved = ask_for_approval(proposed)
        (
            approved
            >> EmptyOperator(task_id="deploy")
            >> RecordRetrainingOperator(task_id="finished", outcome="finished", ledger_uri=ledger)
        )
    return dag


def ended(root: Path) -> list[str | None]:
    """How each retraining ended, by the ledger."""
    found = RetrainingLedger(str(root / "retrainings")).retrainings()
    return [None if one.ended is None else one.ended.outcome for one in found]


def decision(root: Path) -> tuple[str, str | None]:
    found = Approvals(str(root / "retrainings" / "approvals")).read(CANDIDATE)
    return found.state, found.by


def decide(run_dag: Callable[..., Any], *, approve: bool) -> Any:
    return run_dag(dag_bag(DAGS).dags["approve_retraining"], run_conf={"candidate": CANDIDATE, "approve": approve})


@asks
@pytest.mark.parametrize(
    ("option", "state", "outcome", "deployed"),
    [("Approve", "approved", "finished", "success"), ("Reject", "rejected", "rejected", "skipped")],
)
def test_an_answer_is_a_decision_with_a_name(
    chain: DAG, tmp_path: Path, run_dag: Callable[..., Any], option: str, state: str, outcome: str, deployed: str
) -> None:
    ada = Person("ada")

    with meanwhile(DAG_ID, lambda asked: ada.answer(asked, option)):
        run = run_dag(chain)

    assert run.state == "success", states(run)
    assert decision(tmp_path) == (state, "ada")
    assert ended(tmp_path) == [outcome]
    assert states(run)["deploy"][0] == deployed


@asks
def test_what_was_rejected_cannot_be_approved_any_more(chain: DAG, tmp_path: Path, run_dag: Callable[..., Any]) -> None:
    ada = Person("ada")
    with meanwhile(DAG_ID, lambda asked: ada.answer(asked, "Reject")):
        run_dag(chain)

    late = decide(run_dag, approve=True)

    assert states(late)["decide"][0] == "failed"
    assert decision(tmp_path) == ("rejected", "ada")


@asks
def test_silence_is_neither_a_yes_nor_a_no(chain: DAG, tmp_path: Path, run_dag: Callable[..., Any]) -> None:
    chain.get_task("approval").response_timeout = timedelta(seconds=1)  # type: ignore[attr-defined]

    with meanwhile(DAG_ID, let_time_run_out):
        run = run_dag(chain)

    assert run.state == "success", states(run)
    assert decision(tmp_path) == ("pending approval", None)
    assert ended(tmp_path) == [None]
    assert CANDIDATE in xcom(run, "pending")

    decide(run_dag, approve=False)

    assert decision(tmp_path)[0] == "rejected"
    assert ended(tmp_path) == ["rejected"]


@asks
@pytest.mark.parametrize("option", ["Approve", "Reject"])
def test_an_answer_after_the_decision_changes_nothing(
    chain: DAG, tmp_path: Path, run_dag: Callable[..., Any], option: str
) -> None:
    ada, approvals = Person("ada"), Approvals(str(tmp_path / "retrainings" / "approvals"))

    def too_late(asked: Any) -> None:
        approvals.decide(CANDIDATE, approved=True, by="bob", run="approve_retraining/manual")
        ada.answer(asked, option)

    with meanwhile(DAG_ID, too_late):
        run = run_dag(chain)

    assert run.state == "success", states(run)
    assert decision(tmp_path) == ("approved", "bob")
    assert states(run)["deploy"][0] == "skipped"
    assert ended(tmp_path) == [None]  # its end is for the run to tell that goes on with it
    assert "approve_retraining/manual" in xcom(run, "pending")


@pytest.mark.parametrize("approval", ["automatic"])
def test_nobody_is_asked_where_the_settings_say_so(chain: DAG, tmp_path: Path, run_dag: Callable[..., Any]) -> None:
    run = run_dag(chain)

    assert run.state == "success", states(run)
    assert decision(tmp_path) == ("approved", 'nobody: approval = "automatic" in the settings')
    assert ended(tmp_path) == ["finished"]


@pytest.mark.parametrize("approval", ["later"])
def test_what_is_decided_later_waits_for_approve_retraining(
    chain: DAG, tmp_path: Path, run_dag: Callable[..., Any]
) -> None:
    run = run_dag(chain)

    assert run.state == "success", states(run)
    assert decision(tmp_path) == ("pending approval", None)
    assert ended(tmp_path) == [None]

    assert decide(run_dag, approve=False).state == "success"

    assert decision(tmp_path)[0] == "rejected"
    assert ended(tmp_path) == ["rejected"]


@pytest.mark.parametrize("approval", ["automatic", "later", pytest.param("person", marks=asks)])
@pytest.mark.parametrize("worse", [True])
def test_a_worse_challenger_ends_without_a_question(chain: DAG, tmp_path: Path, run_dag: Callable[..., Any]) -> None:
    run = run_dag(chain)

    assert run.state == "success", states(run)
    assert Approvals(str(tmp_path / "retrainings" / "approvals")).pending() == ()
    assert ended(tmp_path) == ["rejected"]
