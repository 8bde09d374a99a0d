"""Notes in Airflow, written through its own REST API: tasks have no other way to them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from airflow_model_monitor._compat import BaseHook

_SECONDS = 30
_LONGEST = 1000  # what Airflow keeps of a note


def add_note(conn_id: str, dag_id: str, run_id: str, note: str) -> None:
    """Add a text to the notes of a DAG run; what stands there stays, and the same text is not added twice.

    :param conn_id: Airflow connection of type ``http``: host, port, schema, and login and password of a user, or a
        token as password without a login
    :raises httpx.HTTPError: Airflow does not answer, or does not allow it
    """
    import httpx

    connection: Any = BaseHook.get_connection(conn_id)
    host = connection.host if "://" in (connection.host or "") else f"{connection.schema or 'http'}://{connection.host}"
    base = f"{host}:{connection.port}" if connection.port else host
    with httpx.Client(base_url=base, timeout=_SECONDS) as client:
        token = connection.password
        if connection.login:
            login = {"username": connection.login, "password": connection.password}
            token = client.post("/auth/token", json=login).raise_for_status().json()["access_token"]
        path = f"/api/v2/dags/{quote(dag_id, safe='')}/dagRuns/{quote(run_id, safe='')}"
        headers = {"Authorization": f"Bearer {token}"}
        before = client.get(path, headers=headers).raise_for_status().json().get("note")
        whole = joined(before, note)
        if whole != before:
            client.patch(path, headers=headers, json={"note": whole}).raise_for_status()


def joined(before: str | None, note: str) -> str:
    """A note below those that stand there, at most as long as Airflow keeps."""
    if before and note in before:
        return before
    whole = f"{before}\n\n{note}" if before else note
    return whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1]}…"
