"""Notes that tasks leave for their DAG run, put there when the run has ended.

A task may not write its run's notes: it has no access to the database, and Airflow's interface for tasks has no such
call. The scheduler has, and tells its listeners when a run has ended.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.listeners import hookimpl

from airflow_model_monitor.hooks.airflow_api import joined

#: XCom under which a task leaves a note; the same as in ``operators.retraining_guard``.
NOTE_KEY = "model_monitor_note"

log = logging.getLogger(__name__)


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """A run has succeeded."""
    _put_notes(dag_run)


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """A run has failed."""
    _put_notes(dag_run)


def _put_notes(dag_run: Any) -> None:
    from sqlalchemy.orm import object_session

    session = object_session(dag_run)
    if session is None:
        return  # dag.test() shows a copy of the run, which nobody writes back
    try:
        # The run is being changed in this very session; nothing of it may be written, or lost, on our account.
        with session.no_autoflush:
            notes = _left(dag_run, session)
    except Exception:  # a note is not worth a scheduler
        log.exception("The notes of run %s of %s could not be read", dag_run.run_id, dag_run.dag_id)
        return
    for note in notes:
        whole = joined(dag_run.note, note)
        if whole != dag_run.note:
            dag_run.note = whole


def _left(dag_run: Any, session: Any) -> list[str]:
    from airflow.models.xcom import XComModel
    from sqlalchemy import select

    asked = select(XComModel.value).where(
        XComModel.dag_id == dag_run.dag_id, XComModel.run_id == dag_run.run_id, XComModel.key == NOTE_KEY
    )
    return [note for note in session.scalars(asked.order_by(XComModel.timestamp)) if isinstance(note, str)]
