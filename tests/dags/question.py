"""Answers the question that a DAG run asks through Airflow, as a person does on the page *Required Actions*."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from airflow.utils.state import TaskInstanceState

#: Before 3.3 a question waits in a trigger, and those that ``dag.test()`` runs cannot read answers.
asks = pytest.mark.skipif(
    not hasattr(TaskInstanceState, "AWAITING_INPUT"), reason="dag.test() waits for people from Airflow 3.3 on"
)


def open_question(dag_id: str, task_id: str = "approval") -> Any:
    """The newest task instance that waits for an answer, None while none does."""
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = select(TaskInstance).join(HITLDetail, HITLDetail.ti_id == TaskInstance.id)
        query = query.where(TaskInstance.dag_id == dag_id, TaskInstance.task_id == task_id)
        found = session.scalars(query.where(HITLDetail.responded_at.is_(None))).first()
        if found is None or str(found.state) != "awaiting_input":
            return None
        session.expunge_all()
        return found


class Person:
    """Somebody who may answer, through Airflow's own API server."""

    def __init__(self, name: str) -> None:
        from airflow.api_fastapi.app import create_app
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
        from fastapi.testclient import TestClient

        app = create_app(apps="core")
        self._client = TestClient(app, base_url="http://testserver")
        user = SimpleAuthManagerUser(username=name, role="ADMIN")
        self._headers = {"Authorization": f"Bearer {app.state.auth_manager.generate_jwt(user)}"}

    def answer(self, asked: Any, option: str) -> None:
        """Choose an option."""
        run = quote(asked.run_id, safe="")
        path = f"/api/v2/dags/{asked.dag_id}/dagRuns/{run}/taskInstances/{asked.task_id}/-1/hitlDetails"
        chosen = {"chosen_options": [option], "params_input": {}}
        told = self._client.patch(path, json=chosen, headers=self._headers)
        assert told.status_code == 200, told.text


def let_time_run_out(asked: Any) -> None:
    """What the scheduler does with questions whose time has run out."""
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner

    SchedulerJobRunner(Job()).check_awaiting_input_timeouts()


@contextmanager
def meanwhile(dag_id: str, act: Callable[[Any], None]) -> Iterator[None]:
    """Act beside the code below whenever a DAG's question is open; raises what went wrong there."""
    over, failures = threading.Event(), []

    def watch() -> None:
        while not over.wait(0.2):
            try:
                if (asked := open_question(dag_id)) is not None:
                    act(asked)
            except BaseException as error:  # noqa: BLE001  raised again by the thread that waits
                failures.append(error)
                return

    beside = threading.Thread(target=watch, daemon=True)
    beside.start()
    try:
        yield
    finally:
        over.set()
        beside.join()
    if failures:
        raise failures[0]
