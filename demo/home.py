"""An Airflow of the demonstration's own: SQLite, no scheduler, nothing of the user's Airflow touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

DAGS = Path(__file__).parents[1] / "dags"


def environment(root: Path) -> dict[str, str]:
    """The settings; to be in ``os.environ`` before Airflow is imported."""
    home = root / "airflow"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "MODEL_MONITOR_DEMO": str(root),
    }


def begin_migration(root: Path) -> subprocess.Popen[bytes]:
    """Start making the metadata database: ten seconds that the classifier can train in."""
    log = root / "airflow" / "migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=os.environ | environment(root),
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def finish_migration(migration: subprocess.Popen[bytes], root: Path) -> None:
    """Wait for it.

    :raises RuntimeError: it failed; the message names the log
    """
    if migration.wait() != 0:
        raise RuntimeError(f"Airflow's database could not be made; see {root / 'airflow' / 'migrate.log'}")


def dag_bag(folder: Path) -> DagBag:
    """The DAGs in the files of a folder."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # before Airflow 3.2
        from airflow.models.dagbag import DagBag  # type: ignore[no-redef]
    return DagBag(dag_folder=str(folder))
