"""Lets a retraining begin, or keeps it from beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from airflow_model_monitor._compat import skip_tasks
from airflow_model_monitor.assets.airflow_metrics import retraining_decided
from airflow_model_monitor.guards.guard import Guard, guard_of
from airflow_model_monitor.operators.connected import ConnectedOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.assets.summary import WindowText
    from airflow_model_monitor.guards.decision import Decision
    from airflow_model_monitor.guards.finding import Finding
    from airflow_model_monitor.guards.situation import LastWindows, Situation, WindowsAsked
    from airflow_model_monitor.service.retraining_ledger import Retraining, RetrainingLedger

#: XCom under which a task leaves what stands in the run's notes when the run has ended.
NOTE_KEY = "model_monitor_note"


class GuardDecision(TypedDict):
    """What ``RetrainingGuardOperator`` returns.

    ``reason`` says in a sentence why, ``lines`` what each guard said; ``at`` is the instant it was decided for.
    ``window`` is the newest window in violation; where only alarms or a person ask, the newest that ``ViolatedWindows``
    found judged, None without it. ``findings`` are those that were left as reasons; ``number`` counts the retrainings
    of the ledger, None for one that was not let begin.
    """

    allowed: bool
    reason: str
    lines: list[str]
    at: str
    window: WindowText | None
    findings: list[dict[str, Any]]
    retraining_id: str
    number: int | None


class RetrainingGuardOperator(ConnectedOperator):
    """Ask guards whether to retrain; skip everything downstream when one of them says no.

    Use it first in a DAG that violations or alarms start. It reads the findings from the asset events behind its run
    (a run without any, started by hand, is a reason itself), asks the guards in order, and enters the retraining in a
    ledger of small files. ``RecordRetrainingOperator`` says at the end how it came out. Of two runs at the same moment
    only one begins. Tried again after whatever happened to it, the task decides as it did before. All times are those
    of the findings: a replay, or a simulated clock, gives the same decisions.

    Returns :class:`GuardDecision`, and leaves what each guard said in the log and in the notes of the DAG run: at once
    with ``note_conn_id``, else when the run has ended.

    :param ledger_uri: folder of the ledger, a path or URL; one for each model. (templated)
    :param guards: :mod:`~airflow_model_monitor.guards`, or what their ``to_dict`` says. (templated)
    :param note_conn_id: Airflow connection of type ``http`` to Airflow's own API (host, port, and login and password
        of a user who may edit DAG runs), for the notes. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = ("ledger_uri", "guards", "note_conn_id", *ConnectedOperator.template_fields)
    template_fields_renderers = {"guards": "json"}  # noqa: RUF012  as in BaseOperator
    ui_color = "#f6e7c8"

    def __init__(
        self,
        *,
        ledger_uri: str,
        guards: Sequence[Guard | Mapping[str, Any]],
        note_conn_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.ledger_uri = ledger_uri
        self.guards = [_described(one) for one in guards]
        self.note_conn_id = note_conn_id

    def execute(self, context: Context) -> GuardDecision:
        """Decide, or find what was decided before."""
        from airflow_model_monitor.service.retraining_ledger import RetrainingLedger, retraining_id

        ledger = RetrainingLedger(self.ledger_uri, self.hook.storage_options(self.ledger_uri))
        run = context["dag_run"]
        identifier = retraining_id(run.dag_id, run.run_id)
        told = ledger.decision(identifier) or ledger.decide(identifier, self._decide(context, ledger, identifier))
        decision = GuardDecision(**told)  # type: ignore[typeddict-item]
        self._tell(context, decision)
        if not decision["allowed"]:
            context["ti"].xcom_push(key="return_value", value=decision)
            # Teardowns are left alone, as Airflow's short circuit does.
            downstream = [task.task_id for task in self.get_flat_relatives(upstream=False) if not task.is_teardown]
            if downstream:
                skip_tasks(downstream)
        return decision

    def _decide(self, context: Context, ledger: RetrainingLedger, identifier: str) -> GuardDecision:
        from airflow_model_monitor.assets.findings import findings_of
        from airflow_model_monitor.guards.decision import decide

        findings = findings_of(context)
        guards = [guard_of(one) for one in self.guards]
        while True:
            before = ledger.retrainings()
            mine = next((one for one in before if one.id == identifier), None)
            if mine is not None:
                # A try before this one was let begin and ended before it could say so.
                return _told_again(mine)
            decision = decide(self._situation(context, ledger, identifier, findings, before), guards)
            begun = None
            if decision.allowed:
                begun = ledger.begin(_retraining(context, identifier, decision), after=len(before))
                if begun is None:
                    self.log.info("Another run began a retraining in the meantime: deciding again")
                    continue
            stopped_by = None if decision.allowed else decision.verdicts[-1][0]
            retraining_decided(allowed=decision.allowed, stopped_by=stopped_by)
            return _told(decision, identifier, begun)

    def _situation(
        self,
        context: Context,
        ledger: RetrainingLedger,
        identifier: str,
        findings: tuple[Finding, ...],
        before: tuple[Retraining, ...],
    ) -> Situation:
        from airflow_model_monitor.guards.finding import newest
        from airflow_model_monitor.guards.situation import Situation

        latest = newest(findings)
        assert latest is not None
        return Situation(
            at=latest.at,
            findings=findings,
            retrainings=before,
            running=frozenset(one.id for one in before if one.ended is None and self._goes_on(context, one)),
            told_before=lambda finding: not ledger.is_new(finding.key, identifier),
            windows=self._windows,
        )

    def _goes_on(self, context: Context, retraining: Retraining) -> bool:
        """Whether a retraining without an outcome may still come to one: a run that succeeded may wait for a person."""
        try:
            state = context["ti"].get_dagrun_state(retraining.dag_id, retraining.run_id)
        except Exception:  # told in as many ways as there are Airflows, and it may be back in a minute
            self.log.exception("Airflow tells nothing of run %s of retraining %s", retraining.run_id, retraining.number)
            return True
        return str(getattr(state, "value", state)) != "failed"

    def _windows(self, asked: WindowsAsked) -> LastWindows:
        from airflow_model_monitor.guards.situation import JudgedWindow, LastWindows
        from airflow_model_monitor.service.store import ExecutionStore

        store = ExecutionStore(asked.output_uri, self.hook.storage_options(asked.output_uri))
        found = store.newest(asked.monitor, endpoint=asked.endpoint_name, until=asked.until, count=asked.count)
        judged = [
            JudgedWindow(key.window, frozenset(revision.execution.violations_by_check))
            for key, revision in found.judged
        ]
        return LastWindows(judged, found.failed)

    def _tell(self, context: Context, decision: GuardDecision) -> None:
        from airflow_model_monitor.hooks.airflow_api import add_note

        title = "Retraining begins" if decision["allowed"] else "No retraining"
        note = "\n".join([f"**{title}**: {decision['reason']}", "", *(f"* {line}" for line in decision["lines"])])
        for line in (f"{title}: {decision['reason']}", *decision["lines"]):
            self.log.info("%s", line)
        if self.note_conn_id is None:
            context["ti"].xcom_push(key=NOTE_KEY, value=note)
        else:
            run = context["dag_run"]
            add_note(self.note_conn_id, run.dag_id, run.run_id, note)


def _described(guard: Guard | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(guard, Guard):
        return guard.to_dict()
    if not isinstance(guard, Mapping):
        raise ValueError(f"guards: {guard!r}; expected guards such as CoolDown(days=7), or what their to_dict says")
    guard_of(guard)
    return dict(guard)


def _retraining(context: Context, identifier: str, decision: Decision) -> Retraining:
    from airflow_model_monitor.assets.findings import made_at
    from airflow_model_monitor.guards.finding import newest
    from airflow_model_monitor.service.retraining_ledger import Retraining

    run = context["dag_run"]
    latest = newest(decision.findings)
    assert latest is not None
    return Retraining(
        id=identifier,
        dag_id=run.dag_id,
        run_id=run.run_id,
        at=latest.at,
        wall=made_at(context),
        reason=decision.reason,
        trigger=tuple(one.to_document() for one in decision.findings),
        window=_window(decision),
    )


def _told(decision: Decision, identifier: str, begun: Retraining | None) -> GuardDecision:
    from airflow_model_monitor.contract.timestamps import format_utc

    findings = [one.to_document() for one in decision.findings]
    return GuardDecision(
        allowed=decision.allowed,
        reason=decision.reason,
        lines=decision.lines,
        at=format_utc(decision.at),
        window=_window(decision),
        findings=findings,
        retraining_id=identifier,
        number=None if begun is None else begun.number,
    )


def _told_again(retraining: Retraining) -> GuardDecision:
    from airflow_model_monitor.contract.timestamps import format_utc

    findings = [dict(one) for one in retraining.trigger]
    return GuardDecision(
        allowed=True,
        reason=retraining.reason,
        lines=[f"let begin before, as retraining {retraining.number}"],
        at=format_utc(retraining.at),
        window=retraining.window,  # type: ignore[typeddict-item]
        findings=findings,
        retraining_id=retraining.id,
        number=retraining.number,
    )


def _window(decision: Decision) -> Any:
    from airflow_model_monitor.contract.timestamps import format_utc

    found = decision.window
    return None if found is None else {"start": format_utc(found.start), "end": format_utc(found.end)}
