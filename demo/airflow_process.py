"""A process with an Airflow of its own, in which DAGs run one after the other through ``dag.test()``.

Real DAG runs and task runs, no scheduler to wait for. Two such processes use two cores; what they have to tell each
other stands in the published files, as it does between Airflow's own workers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from demo import home
from demo.forked import ForkedProcess, dags
from demo.outcome import Outcome


class AirflowProcess(ForkedProcess):
    """Runs DAGs on an Airflow of its own."""

    def make_database(self) -> Future[Path]:
        """Let it make its metadata database; the file of it."""
        return self.submit(_make_database)

    def give_database(self, database: Path) -> None:
        """Let it begin, with a copy of a database."""
        home.copy_database(database, self._root, self._name)

    def warm_up(self) -> None:
        """Let it do what takes time and needs no database yet."""
        self.submit(_warm_up)

    def run(self, dag_id: str, at: datetime, *, events: bool = False, results: Sequence[str] = ()) -> Future[Outcome]:
        """Run a DAG once all that was asked for before has run.

        :param at: logical date; a manual run takes the last complete interval before it
        :param events: hand the run the asset events that wait for its DAG, as a scheduler does
        :param results: tasks whose return value is wanted
        """
        return self.submit(_run, dag_id, at, events, tuple(results))


def _make_database() -> Path:
    """The schema at once, as ``airflow db migrate`` makes it where there is none."""
    from airflow.utils.db import initdb

    initdb()
    return Path(os.environ["AIRFLOW_HOME"]) / "airflow.db"


def _warm_up() -> None:
    dags()


_written: list[str] = []


def _only(dag_id: str) -> None:
    """Let Airflow read the file of one DAG before its run: ``dag.test()`` reads all of the folder every time.

    The first run does read them all, so that Airflow knows which DAG listens to which asset.
    """
    if not _written:
        _written.append(dag_id)
        return
    folder = Path(os.environ["AIRFLOW_HOME"]) / "dags" / dag_id
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{dag_id}.py"
    if not file.exists():
        file.symlink_to(home.DAGS / file.name)
    place = {"classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {"path": str(folder)}}
    os.environ["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"] = json.dumps([{"name": "dags-folder", **place}])


def _run(dag_id: str, at: datetime, events: bool, results: tuple[str, ...]) -> Outcome:
    _only(dag_id)
    with handed_over(dag_id) if events else _nothing():
        run = dags()[dag_id].test(logical_date=at)
    tasks = {instance.task_id: str(instance.state) for instance in run.get_task_instances()}
    return Outcome(dag_id, str(run.state), tasks, {task: _result(run, task) for task in results})


def _result(run: Any, task_id: str) -> Any:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    with create_session() as session:
        query = XComModel.get_many(run_id=run.run_id, key="return_value", task_ids=task_id, dag_ids=run.dag_id)
        found = session.scalars(query).first()
        return None if found is None else XComModel.deserialize_value(found)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def handed_over(dag_id: str) -> Iterator[None]:
    """The scheduler's part that ``dag.test()`` leaves out: a run gets the events that came since the last one."""
    from airflow.models.asset import AssetEvent, AssetModel, DagScheduleAssetReference, association_table
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import event, insert, select

    with create_session() as session:
        wanted = select(AssetEvent.id).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        wanted = wanted.join(DagScheduleAssetReference, DagScheduleAssetReference.asset_id == AssetModel.id)
        wanted = wanted.where(DagScheduleAssetReference.dag_id == dag_id)
        taken = select(association_table.c.event_id)
        waiting = list(session.scalars(wanted.where(AssetEvent.id.not_in(taken))))

    def hand_over(_mapper: Any, connection: Any, run: Any) -> None:
        if waiting:
            rows = [{"dag_run_id": run.id, "event_id": number} for number in waiting]
            connection.execute(insert(association_table), rows)

    event.listen(DagRun, "after_insert", hand_over)
    try:
        yield
    finally:
        event.remove(DagRun, "after_insert", hand_over)
