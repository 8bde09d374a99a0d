"""A boto3 client that is made anew when its credentials have expired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_model_monitor.hooks.aws_failure import is_expired


class RenewedClient:
    """Stands in for a boto3 client: its methods are the client's.

    Credentials that an Airflow connection holds are replaced by others from time to time; a client keeps those it was
    made with. A call that is refused for them is repeated once, with a client that has read the connection again.

    :param make: makes a client, in a new session
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._client: Any = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._open(), name)
        if not callable(found) or name.startswith("_"):
            return found

        def call(*arguments: Any, **parameters: Any) -> Any:
            try:
                return getattr(self._open(), name)(*arguments, **parameters)
            except Exception as error:
                if not is_expired(error):
                    raise
            self.close()
            return getattr(self._open(), name)(*arguments, **parameters)

        return call

    def close(self) -> None:
        """Close the client; the next call makes a new one."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _open(self) -> Any:
        if self._client is None:
            self._client = self._make()
        return self._client
