"""Airflow's metadata database, and ``dag.test()`` for DAGs that are written inside a test."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """A fresh metadata database on SQLite, once per test process."""
    from airflow.sdk.execution_time import supervisor
    from airflow.utils import db

    db.initdb()
    if not hasattr(supervisor.in_process_api_server, "cache_info"):
        # Before Airflow 3.3 every task of dag.test() builds the API that it speaks to anew, which takes seconds.
        supervisor.in_process_api_server = functools.cache(supervisor.in_process_api_server)


@pytest.fixture
def run_dag(airflow_db: None) -> Callable[..., Any]:
    """Write a DAG to the metadata database, as the DAG processor would, then run it in this process.

    Called as ``run_dag(dag, logical_date=…, run_conf=…)``; returns the finished DagRun.
    """

    def run(dag: Any, **arguments: Any) -> Any:
        register(dag)
        return dag.test(**arguments)

    return run


def register(dag: Any) -> None:
    """Since Airflow 3.1 a DagRun needs its DAG serialised in the database; assets must be known to any Airflow 3."""
    from airflow.models.dagbundle import DagBundleModel
    from airflow.utils.session import create_session

    with create_session() as session:
        session.merge(DagBundleModel(name="testing"))
    try:
        from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db
    except ImportError:
        try:  # Airflow 3.1
            from airflow.models.dagbag import DagBag, sync_bag_to_db
        except ImportError:  # Airflow 3.0
            from airflow.models.dag import DAG
            from airflow.serialization.serialized_objects import LazyDeserializedDAG, SerializedDAG

            dag.relative_fileloc = "testing.py"
            serialized = LazyDeserializedDAG(data=SerializedDAG.to_dict(dag))
            DAG.bulk_write_to_db("testing", None, [serialized])  # noqa: AIR311  the database model of 3.0 itself
            return
    bag = DagBag(dag_folder=os.devnull)
    bag.bag_dag(dag)
    sync_bag_to_db(bag, bundle_name="testing", bundle_version=None)
