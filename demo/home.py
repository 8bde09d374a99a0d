"""An Airflow of the demonstration's own: SQLite, no scheduler, nothing of the user's Airflow touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

DAGS = Path(__file__).parents[1] / "dags"
SETTINGS = Path(__file__).with_name("flights.toml")


def environment(root: Path, airflow: str = "airflow", *, approval: str = "automatic") -> dict[str, str]:
    """The settings; to be in ``os.environ`` before Airflow is imported.

    :param root: where the example DAGs find their data and leave their results
    :param airflow: folder below for Airflow's own things
    :param approval: ``automatic``, ``later`` or ``person``
    """
    home = root / airflow
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "MODEL_MONITOR_DEMO": str(root),
        "MODEL_MONITOR_SETTINGS": str(SETTINGS),
        "MODEL_MONITOR_APPROVAL": approval,
        "MODEL_MONITOR_CLOCK": "data",
    }


def begin_migration(root: Path) -> subprocess.Popen[bytes]:
    """Start making a metadata database: ten seconds that the classifier can train in."""
    log = root / "airflow" / "migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=os.environ | environment(root),
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def finish_migration(migration: subprocess.Popen[bytes], root: Path) -> Path:
    """Wait for it; the database's file.

    :raises RuntimeError: it failed; the message names the log
    """
    if migration.wait() != 0:
        raise RuntimeError(f"Airflow's database could not be made; see {root / 'airflow' / 'migrate.log'}")
    return root / "airflow" / "airflow.db"


def copy_database(database: Path, root: Path, airflow: str) -> None:
    """A database of its own for another process: SQLite is no place to meet."""
    (root / airflow).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(database, root / airflow / "airflow.db")


def dags_on_path() -> None:
    """Let what the DAG files share be imported, as Airflow's own processes do."""
    if str(DAGS) not in sys.path:
        sys.path.append(str(DAGS))


def dag_bag(folder: Path) -> DagBag:
    """The DAGs in the files of a folder."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # before Airflow 3.2
        from airflow.models.dagbag import DagBag  # type: ignore[no-redef]
    dags_on_path()
    return DagBag(dag_folder=str(folder))
