"""A model behind HTTP as an Airflow connection: its address, and the credentials that belong in no file of ours."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from airflow_model_monitor._compat import BaseHook

_DEFAULT_SCHEME = "http"


@dataclass(frozen=True)
class ModelConnection:
    """How to reach a model.

    :param url: its address; None where the connection has no host
    :param headers: of every request, such as ``Authorization``
    """

    url: str | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)


def model_connection(conn_id: str) -> ModelConnection:
    """What a connection of type HTTP says, read as Airflow's own HTTP hook reads it.

    Host (which may begin with ``https://``), schema and port are the address; login and password become basic
    authentication; the extra's members are headers.

    :raises ValueError: an extra that is no header.
    """
    connection: Any = BaseHook.get_connection(conn_id)
    headers = {}
    if connection.login:
        pair = f"{connection.login}:{connection.password or ''}"
        headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
    for name, value in (connection.extra_dejson or {}).items():
        if not isinstance(value, str):
            raise ValueError(f"connection {conn_id!r}: the extra {name!r} is no text; its members are HTTP headers")
        headers[name] = value
    return ModelConnection(_address(connection), headers)


def _address(connection: Any) -> str | None:
    host = connection.host
    if not host:
        return None
    url = host if "://" in host else f"{connection.schema or _DEFAULT_SCHEME}://{host}"
    return f"{url.rstrip('/')}:{connection.port}" if connection.port else url
