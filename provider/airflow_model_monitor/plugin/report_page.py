"""The page that serves the HTML report of one task instance.

The address holds ids, never a place to read from. The place comes from the XCom the task left, and even that is not
believed: the page serves ``report.html`` of a published revision and nothing else, because the revision's
``execution.json`` must name the file and its SHA-256 must match. Somebody who can write XComs gains no way to read
other files, and what a report contains can run no script in Airflow's origin.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.models.xcom import XComModel
from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse

from airflow_model_monitor.links.report import REPORT_KEY

if TYPE_CHECKING:
    from airflow_model_monitor.service.revisions import Revision

log = logging.getLogger(__name__)
router = APIRouter()

REPORT = "report.html"
# Stores, not the web: an http:// address would make the API server fetch pages for whoever wrote the XCom.
_SCHEMES = ("file", "s3", "s3a", "gs", "gcs", "abfs", "abfss", "az")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


@router.get("/report/{dag_id}/{run_id}/{task_id}/{map_index}", response_class=HTMLResponse)
def report(dag_id: str, run_id: str, task_id: str, map_index: int, session: SessionDep) -> HTMLResponse:
    """The report that a task instance published; 404 when it published none, 410 when it is gone from the store."""
    found: Any = session.scalars(
        XComModel.get_many(
            run_id=run_id, key=REPORT_KEY, task_ids=task_id, dag_ids=dag_id, map_indexes=map_index, limit=1
        )
    ).first()
    if found is None:
        raise HTTPException(404, "This task instance has published no report")
    return HTMLResponse(read_report(_persisted(found.value)), headers=_HEADERS)


def read_report(persisted: dict[str, Any]) -> str:
    """The text of the report that a persisted link points at.

    :param persisted: what ``ReportLink.persist`` left: ``revision_url`` and the connection arguments.
    :raises HTTPException: 404 for an address that can be no revision of ours, 410 for one that holds no intact report.
    """
    from airflow_model_monitor.contract.errors import ContractError

    try:
        return _revision(persisted).read_text(REPORT)
    except (OSError, UnicodeDecodeError, ContractError) as error:
        log.warning("No report below %s: %s", persisted.get("revision_url"), error)
        raise HTTPException(410, "The report is not in the store any more, or was changed there") from error


def _revision(persisted: dict[str, Any]) -> Revision:
    from airflow_model_monitor.contract.execution import Execution
    from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
    from airflow_model_monitor.service.folder import Folder
    from airflow_model_monitor.service.revisions import EXECUTION, Revision

    url = persisted.get("revision_url")
    if not isinstance(url, str) or (url.split("://", 1)[0] if "://" in url else "file") not in _SCHEMES or "::" in url:
        raise HTTPException(404, "This task instance has published no report")
    hook = ModelMonitorHook(
        **{name: persisted[name] for name in ("aws_conn_id", "region_name", "verify") if name in persisted}
    )
    folder = Folder(url, hook.storage_options(url))
    execution = Execution.from_json(folder.read(EXECUTION).decode(), file=folder.url_of(EXECUTION))
    return Revision(number=0, content="", execution=execution, folder=folder)


def _persisted(value: Any) -> dict[str, Any]:
    # Airflow up to 3.0 keeps the JSON text, later ones the value.
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
