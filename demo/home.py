"""An Airflow of the demonstration's own: SQLite, no scheduler, nothing of the user's Airflow touched."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
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
        # More processes train and judge than there may be cores: a thread that waits for another shall not spin.
        "OMP_WAIT_POLICY": "passive",
        "MODEL_MONITOR_DEMO": str(root),
        "MODEL_MONITOR_SETTINGS": str(SETTINGS),
        "MODEL_MONITOR_APPROVAL": approval,
        "MODEL_MONITOR_CLOCK": "data",
    }


def copy_database(database: Path, root: Path, airflow: str) -> None:
    """A database of its own for another process: SQLite is no place to meet."""
    (root / airflow).mkdir(parents=True, exist_ok=True)
    # Copied by SQLite itself: what was written last may still be in the file beside it.
    with closing(sqlite3.connect(database)) as made, closing(sqlite3.connect(root / airflow / "airflow.db")) as copy:
        made.backup(copy)


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
