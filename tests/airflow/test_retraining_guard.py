"""Guards in a real Airflow: what they let pass, what they skip, and what stands in the run's notes."""

from __future__ import annotations

import http.server
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.guards import (
    CoolDown,
    IgnoreBackfills,
    IgnoreRepeats,
    MonthlyLimit,
    OneAtATime,
    ViolatedWindows,
)
from airflow_model_monitor.hooks.airflow_api import add_note
from airflow_model_monitor.operators.record_retraining import RecordRetrainingOperator
from airflow_model_monitor.operators.retraining_guard import NOTE_KEY, RetrainingGuardOperator
from airflow_model_monitor.service.retraining_ledger import RetrainingLedger
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from tests.airflow import executions
from tests.airflow.outcomes import states, xcom

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
EVERY = [IgnoreBackfills(), IgnoreRepeats(), CoolDown(hours=24), MonthlyLimit(at_most=4), OneAtATime()]


def window_event(end: datetime = NOON, run_type: str = "scheduled") -> Any:
    """As RunMonitoringOperator emits it."""
    window = {"start": (end - timedelta(hours=1)).isoformat(), "end": end.isoformat()}
    return event({"monitor": "churn", "run_type": run_type, "window": window, "violations": 2})


def alarm_event(dedup: str = "one", at: datetime = NOON) -> Any:
    """As a watcher emits it."""
    payload = {"alarm_name": "churn-drift", "state": "ALARM", "state_changed": at.isoformat(), "dedup": dedup}
    return event({"from_trigger": True, "payload": payload})


def event(extra: dict[str, Any]) -> Any:
    return SimpleNamespace(extra=extra, asset=SimpleNamespace(name="churn/violations"), timestamp=NOON)


class Instance:
    """A task instance as far as the operators look at it."""

    def __init__(self, start: datetime = NOON, run_state: Any = "running") -> None:
        self.start_date = start
        self.run_state = run_state
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value

    def get_dagrun_state(self, dag_id: str, run_id: str) -> Any:
        if isinstance(self.run_state, Exception):
            raise self.run_state
        return self.run_state


def context(*events: Any, run_id: str = "run-1", ti: Instance | None = None, run_type: str = "asset_triggered") -> Any:
    run = SimpleNamespace(dag_id="retrain", run_id=run_id, run_type=run_type, run_after=NOON, logical_date=None)
    return {
        "dag_run": run,
        "ti": ti or Instance(),
        "triggering_asset_events": {"asset": list(events)} if events else {},
    }


def guard(tmp_path: Path, guards: Any = EVERY, **changed: Any) -> RetrainingGuardOperator:
    # Without downstream tasks: what is skipped is asked in a DAG, below.
    return RetrainingGuardOperator(task_id="guard", ledger_uri=str(tmp_path / "ledger"), guards=guards, **changed)


def ledger(tmp_path: Path) -> RetrainingLedger:
    return RetrainingLedger(str(tmp_path / "ledger"))


def record(tmp_path: Path, outcome: str, ctx: Any, **changed: Any) -> dict[str, Any]:
    operator = RecordRetrainingOperator(
        task_id="record", ledger_uri=str(tmp_path / "ledger"), outcome=outcome, **changed
    )
    return operator.execute(ctx)


def test_an_alarm_begins_a_retraining_and_the_next_in_the_cool_down_does_not(tmp_path: Path) -> None:
    first = guard(tmp_path).execute(context(alarm_event("one")))
    record(tmp_path, "finished", context(ti=Instance(NOON + timedelta(hours=2))))
    second = guard(tmp_path).execute(context(alarm_event("two", NOON + timedelta(hours=20)), run_id="run-2"))
    third = guard(tmp_path).execute(context(alarm_event("three", NOON + timedelta(hours=27)), run_id="run-3"))

    assert (first["allowed"], first["number"]) == (True, 1)
    assert (second["allowed"], second["number"]) == (False, None)
    # The retraining took two hours, so the cool-down ends 26 hours after the first alarm.
    assert "ends at 2026-06-16T14:00:00Z" in second["reason"]
    assert (third["allowed"], third["number"]) == (True, 2)
    assert [one.run_id for one in ledger(tmp_path).retrainings()] == ["run-1", "run-3"]


def test_a_backfill_of_26_windows_begins_none(tmp_path: Path) -> None:
    events = [window_event(NOON + timedelta(hours=number), "backfill") for number in range(26)]

    together = guard(tmp_path).execute(context(*events))
    alone = [guard(tmp_path).execute(context(one, run_id=f"r{place}")) for place, one in enumerate(events)]

    assert not any(one["allowed"] for one in [together, *alone])
    assert ledger(tmp_path).retrainings() == ()


def test_a_window_replayed_first_is_still_news_when_it_comes_for_real(tmp_path: Path) -> None:
    assert not guard(tmp_path).execute(context(window_event(run_type="backfill")))["allowed"]
    assert guard(tmp_path).execute(context(window_event(), run_id="run-2"))["allowed"]


def test_an_alarm_told_twice_is_dealt_with_once(tmp_path: Path) -> None:
    guards = [IgnoreRepeats()]

    decisions = [guard(tmp_path, guards).execute(context(alarm_event("one"), run_id=run)) for run in ("a", "b")]

    assert [one["allowed"] for one in decisions] == [True, False]
    assert decisions[1]["reason"] == "IgnoreRepeats: all 1 findings were told before"


def test_a_task_that_is_tried_again_decides_the_same(tmp_path: Path) -> None:
    ctx = context(alarm_event())
    first = guard(tmp_path).execute(ctx)

    # Whatever happened in the meantime, and even if the decision was not written down any more.
    assert guard(tmp_path).execute(ctx) == first
    (tmp_path / "ledger" / "decisions" / f"{first['retraining_id']}.json").unlink()
    again = guard(tmp_path).execute(ctx)

    assert (again["allowed"], again["number"], again["window"]) == (True, 1, first["window"])
    assert len(ledger(tmp_path).retrainings()) == 1


def test_a_refusal_stands_too(tmp_path: Path) -> None:
    guard(tmp_path).execute(context(alarm_event("one")))
    refused = guard(tmp_path).execute(context(alarm_event("two"), run_id="run-2"))
    record(tmp_path, "failed", context())

    assert guard(tmp_path).execute(context(alarm_event("two"), run_id="run-2")) == refused
    assert guard(tmp_path).execute(context(alarm_event("three"), run_id="run-3"))["allowed"]


def test_of_two_runs_at_once_one_begins(tmp_path: Path) -> None:
    results: list[Any] = []
    both = threading.Barrier(2)

    class AtOnce(Instance):
        def get_dagrun_state(self, dag_id: str, run_id: str) -> str:
            return "running"

    def one(run: str) -> None:
        both.wait()
        operator = guard(tmp_path, [OneAtATime(), CoolDown(hours=24)])
        results.append(operator.execute(context(alarm_event(run), run_id=run, ti=AtOnce())))

    threads = [threading.Thread(target=one, args=(run,)) for run in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(one["allowed"] for one in results) == [False, True]
    assert len(ledger(tmp_path).retrainings()) == 1


@pytest.mark.parametrize(
    ("run_state", "allowed"),
    [("running", False), ("success", False), ("failed", True), (RuntimeError("no such run"), False)],
)
def test_a_retraining_goes_on_until_it_has_an_outcome_or_failed(tmp_path: Path, run_state: Any, allowed: bool) -> None:
    guards = [OneAtATime()]
    guard(tmp_path, guards).execute(context(alarm_event("one")))

    second = guard(tmp_path, guards).execute(
        context(alarm_event("two"), run_id="run-2", ti=Instance(run_state=run_state))
    )

    assert second["allowed"] is allowed


def test_windows_are_counted_in_the_store(tmp_path: Path) -> None:
    executions.publish(str(tmp_path / "out"), executions.DRIFT, scratch=tmp_path)
    settings = {"output_uri": str(tmp_path / "out"), "monitor": executions.MONITOR}
    told = alarm_event(at=executions.RUN_AT)

    enough, few, early = (
        guard(tmp_path / name, [ViolatedWindows(endpoint_name=executions.ENDPOINT, **settings, **rule)]).execute(
            context(alarm_event(at=at))
        )
        for name, rule, at in (
            ("a", {"at_least": 1, "of_the_last": 3}, executions.RUN_AT),
            ("b", {"at_least": 2, "of_the_last": 3}, executions.RUN_AT),
            ("c", {"at_least": 1, "of_the_last": 3}, executions.HOUR),
        )
    )

    assert told.extra["payload"]["alarm_name"] == "churn-drift"
    assert (enough["allowed"], few["allowed"], early["allowed"]) == (True, False, False)
    assert "1 of the last 1 windows" in few["reason"]
    assert "has judged no window" in early["reason"]


def test_the_newest_judged_window_stands_for_an_alarm_that_names_none(tmp_path: Path) -> None:
    executions.publish(str(tmp_path / "out"), executions.DRIFT, scratch=tmp_path)
    settings = {"output_uri": str(tmp_path / "out"), "monitor": executions.MONITOR}
    rule = ViolatedWindows(at_least=1, of_the_last=3, endpoint_name=executions.ENDPOINT, **settings)
    ctx = context(alarm_event(at=executions.RUN_AT + timedelta(minutes=7)))

    found = guard(tmp_path, [rule]).execute(ctx)

    assert found["window"] == {"start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:00:00Z"}
    # Tried again after it was killed between the beginning and the decision.
    (tmp_path / "ledger" / "decisions" / f"{found['retraining_id']}.json").unlink()
    assert guard(tmp_path, [rule]).execute(ctx)["window"] == found["window"]


def test_windows_without_data_are_no_quiet_windows(tmp_path: Path) -> None:
    made = executions.publish(str(tmp_path / "template"), executions.DRIFT, scratch=tmp_path).execution
    made = replace(made, files={}, revision=None, report=None)
    store = ExecutionStore(str(tmp_path / "out"))
    for hour, bad in enumerate((True, None, None, True, None)):
        start = executions.HOUR + timedelta(hours=hour)
        key = ExecutionKey(executions.MONITOR, Window(start, start + timedelta(hours=1)), executions.ENDPOINT)
        if bad:
            store.publish(key, {}, made)
        else:
            store.record_failure(key, replace(made, status="Failed", violations=0, violations_by_check={}))
    rule = ViolatedWindows(
        at_least=2,
        of_the_last=2,
        output_uri=str(tmp_path / "out"),
        monitor=executions.MONITOR,
        endpoint_name=executions.ENDPOINT,
    )

    found = guard(tmp_path, [rule]).execute(context(alarm_event(at=executions.HOUR + timedelta(hours=5))))

    assert found["allowed"]
    assert "2 of the last 2 windows" in found["lines"][0]
    assert found["lines"][0].endswith("; 3 whose execution failed are left out")


def test_the_newest_window_is_named_for_what_follows(tmp_path: Path) -> None:
    found = guard(tmp_path).execute(context(window_event(NOON), window_event(NOON - timedelta(hours=5))))

    assert found["window"] == {"start": "2026-06-15T11:00:00Z", "end": "2026-06-15T12:00:00Z"}
    assert found["at"] == "2026-06-15T12:00:00Z"
    json.dumps(found)


def test_an_outcome_needs_a_beginning(tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="no retraining was begun by run run-1"):
        record(tmp_path, "finished", context())
    guard(tmp_path).execute(context(alarm_event()))
    record(tmp_path, "rejected", context(run_id="approval"), retraining_run_id="run-1", details={"auc": 0.7})

    (one,) = ledger(tmp_path).retrainings()
    assert one.ended is not None
    assert (one.ended.outcome, one.ended.details) == ("rejected", {"auc": 0.7})
    with pytest.raises(AirflowFailException, match="is rejected since"):
        record(tmp_path, "finished", context())


@pytest.mark.parametrize(
    ("guards", "message"),
    [([7], "guards: 7; expected guards"), ([{"guard": "Nothing"}], "guard: 'Nothing'"), ([{}], "guard: None")],
)
def test_refuses_while_the_dag_is_parsed(tmp_path: Path, guards: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        guard(tmp_path, guards)


def test_in_a_dag_it_skips_what_follows_and_leaves_a_note(tmp_path: Path, run_dag: Callable[..., Any]) -> None:
    name = f"guarded-{uuid.uuid4().hex[:8]}"
    uri = str(tmp_path / "ledger")
    with DAG(name, schedule=None, start_date=NOON, params={"hours": 24}) as dag:
        ask = RetrainingGuardOperator(
            task_id="guard",
            ledger_uri=uri,
            guards=[{"guard": "CoolDown", "hours": "{{ params.hours }}"}, MonthlyLimit(at_most=9)],
        )
        train = EmptyOperator(task_id="train")
        done = RecordRetrainingOperator(task_id="done", ledger_uri=uri, outcome="finished")
        always = EmptyOperator(task_id="always", trigger_rule="all_done")
        ask >> train >> done >> always

    first = run_dag(dag)
    second = run_dag(dag)

    assert {task: state for task, (state, _) in states(first).items()} == dict.fromkeys(
        ("guard", "train", "done", "always"), "success"
    )
    assert {task: state for task, (state, _) in states(second).items()} == {
        "guard": "success",
        "train": "skipped",
        "done": "skipped",
        "always": "skipped",
    }
    assert xcom(first, "guard")["allowed"] is True
    assert xcom(second, "guard")["reason"].startswith("CoolDown: the last retraining was at")
    assert "CoolDown stops: the last retraining was at" in xcom(second, "guard", NOTE_KEY)
    assert note_of(first).startswith("**Retraining begins**: request of")
    assert note_of(second).startswith("**No retraining**: CoolDown")


def note_of(run: Any) -> str:
    """The run's note after its end was told to the listeners as the scheduler does, with the run in its session."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalars(select(DagRun).where(DagRun.dag_id == run.dag_id, DagRun.run_id == run.run_id)).one()
        for _ in range(2):
            found.notify_dagrun_state_changed(msg="success")
        session.commit()
        session.expire_all()
        return str(found.note)


@pytest.fixture
def airflow_api(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """As much of Airflow's API as a note needs: who may log in, and the notes."""
    state: dict[str, Any] = {"note": None, "paths": []}

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, status: int, document: Any) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def sent(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

        def do_POST(self) -> None:
            right = self.sent() == {"username": "admin", "password": "secret"}
            self.answer(201 if right else 401, {"access_token": "token"} if right else {})

        def do_GET(self) -> None:
            allowed = self.headers["Authorization"] == "Bearer token"
            self.answer(200 if allowed else 401, {"note": state["note"]})

        def do_PATCH(self) -> None:
            state["paths"].append(self.path)
            state["note"] = self.sent()["note"]
            self.answer(200, {})

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = {
        "conn_type": "http",
        "host": "127.0.0.1",
        "port": server.server_port,
        "login": "admin",
        "password": "secret",
    }
    monkeypatch.setenv("AIRFLOW_CONN_OWN_API", json.dumps(connection))
    yield state
    server.shutdown()
    server.server_close()


def test_a_note_is_added_at_once_through_the_api(tmp_path: Path, airflow_api: dict[str, Any]) -> None:
    airflow_api["note"] = "seen by Ann"

    guard(tmp_path, note_conn_id="own_api").execute(context(alarm_event(), run_id="asset__1+00:00"))
    add_note("own_api", "retrain", "asset__1+00:00", "seen by Ann")

    assert airflow_api["note"].startswith("seen by Ann\n\n**Retraining begins**: alarm of churn-drift")
    assert airflow_api["paths"] == ["/api/v2/dags/retrain/dagRuns/asset__1%2B00%3A00"]
