"""Puts deferred tasks into Airflow's database, as the workers of a DAG run leave them behind.

Run in the environment of the Airflow it is for: ``python deferred_tasks.py 500 60``, the number and the poke interval
in seconds. Each task waits for one execution of a schedule of its own, all due at the same hour. Ten make a DAG: for
every deferred task Airflow's triggerer reads the whole DAG, and one of hundreds of tasks would measure that.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

TASKS_OF_A_DAG = 10
DUE = datetime(2026, 1, 2, 12, tzinfo=UTC)
CONNECTION = "sagemaker"


def schedule(number: int) -> str:
    """Name of the schedule that a task waits for."""
    return f"churn-{number:04d}"


def write(count: int, interval: float) -> None:
    """Make the DAGs and one run of each, and defer every task."""
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from airflow.utils.types import DagRunTriggeredByType, DagRunType

    with create_session() as session:
        session.merge(DagBundleModel(name="benchmark"))
    bag = DagBag(dag_folder=os.devnull)
    for first in range(0, count, TASKS_OF_A_DAG):
        bag.bag_dag(_dag(range(first, min(count, first + TASKS_OF_A_DAG)), interval))
    sync_bag_to_db(bag, bundle_name="benchmark", bundle_version=None)
    for dag_id in bag.dags:
        with create_session() as session:
            serialized = SerializedDagModel.get(dag_id, session=session)
            assert serialized is not None
            run = serialized.dag.create_dagrun(
                run_id="waiting",
                logical_date=DUE,
                data_interval=(DUE - timedelta(hours=1), DUE),
                run_after=DUE,
                run_type=DagRunType.MANUAL,
                triggered_by=DagRunTriggeredByType.TEST,
                state=DagRunState.RUNNING,
                session=session,
            )
            for instance in run.get_task_instances(session=session):
                _defer(instance, interval, session)


def _dag(numbers: range, interval: float) -> Any:
    from airflow.sdk import DAG
    from airflow.timetables.interval import CronDataIntervalTimetable

    from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor

    hourly = CronDataIntervalTimetable("@hourly", timezone="UTC")
    start = DUE - timedelta(hours=1)
    with DAG(f"waiting-{numbers.start:04d}", schedule=hourly, start_date=start, catchup=False) as dag:
        for number in numbers:
            MonitoringExecutionSensor(
                task_id=schedule(number),
                monitoring_schedule_name=schedule(number),
                aws_conn_id=CONNECTION,
                poke_interval=interval,
                deferrable=True,
            )
    return dag


def _defer(instance: Any, interval: float, session: Any) -> None:
    """What Airflow's API does with the deferral that a worker reports."""
    from airflow.models.trigger import Trigger
    from airflow.utils.state import TaskInstanceState

    from airflow_model_monitor.triggers.monitoring_execution import MonitoringExecutionTrigger

    trigger = MonitoringExecutionTrigger(
        monitoring_schedule_name=instance.task_id,
        due_from=DUE.isoformat(),
        due_before=(DUE + timedelta(hours=1)).isoformat(),
        poke_interval=interval,
        aws_conn_id=CONNECTION,
    )
    row = Trigger.from_object(trigger)
    session.add(row)
    session.flush()
    instance.trigger_id = row.id
    instance.state = TaskInstanceState.DEFERRED
    instance.next_method = "execute_complete"
    instance.trigger_timeout = datetime.now(UTC) + timedelta(hours=6)


if __name__ == "__main__":
    write(int(sys.argv[1]), float(sys.argv[2]))
