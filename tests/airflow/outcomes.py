"""What a finished DAG run left in the metadata database."""

from __future__ import annotations

import re
from typing import Any


def xcom(run: Any, task_id: str, key: str = "return_value") -> Any:
    """The value a task of the run pushed, None when it pushed none."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        query = XComModel.get_many(run_id=run.run_id, key=key, task_ids=task_id, dag_ids=run.dag_id)
        found = session.scalars(query).first()
        return None if found is None else found.value


def said(*printed: str) -> str:
    """What a run printed, as one line: before Airflow 3.3 tracebacks come in colours and broken into narrow lines."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", "".join(printed)).split())


def asset_events(run: Any, uri: str) -> list[Any]:
    """The events of one asset that tasks of the run emitted."""
    from airflow.models.asset import AssetEvent, AssetModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = select(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        events = list(
            session.scalars(
                query.where(
                    AssetModel.uri == uri,
                    AssetEvent.source_dag_id == run.dag_id,
                    AssetEvent.source_run_id == run.run_id,
                )
            )
        )
        session.expunge_all()
        return events


def states(run: Any) -> dict[str, tuple[str, int]]:
    """State and number of attempts of every task of the run."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        query = select(TaskInstance).where(TaskInstance.dag_id == run.dag_id, TaskInstance.run_id == run.run_id)
        return {one.task_id: (str(one.state), one.try_number) for one in session.scalars(query)}
