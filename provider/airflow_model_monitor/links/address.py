"""Where our pages stand in the Airflow UI."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

PAGES_PREFIX = "/model-monitor"


def report_page(*, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> str:
    """The address of one task instance's report page, as a path on the Airflow UI's host.

    Ids ride in the path, not in the query: Airflow's ``requires_access_dag`` reads ``dag_id`` from there on every
    supported version.
    """
    from airflow_model_monitor._compat import conf

    base_path = urlsplit(conf.get("api", "base_url", fallback="/")).path.rstrip("/")
    ids = "/".join(quote(part, safe="") for part in (dag_id, run_id, task_id, str(map_index)))
    return f"{base_path}{PAGES_PREFIX}/report/{ids}"
