"""A model behind plain HTTP: the ``/invocations`` of SageMaker's container contract, on any machine."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.retry import TransientError
from airflow_model_monitor.jobs.predictors.transport import CONNECT_SECONDS, READ_SECONDS, RefusedError

PATH: Final = "/invocations"
_BLOCK_BYTES: Final = 2**16
_LATER: Final = (408, 425, 429, 502, 503, 504)
_NEVER: Final = {
    401: "the endpoint wants credentials",
    403: "the endpoint refuses these credentials",
    404: "there is nothing at this address",
    405: "nothing at this address takes POST requests",
    406: "the endpoint does not answer in predictor.accept_type",
    415: "the endpoint does not take predictor.content_type",
}


class HttpEndpoint:
    """Sends requests by POST; certificates of https addresses are checked.

    :param url: address; one without a path gets ``/invocations``. A user and password in it become basic authentication
    :param content_type: of the request
    :param accept_type: of the answer
    :param headers: further headers, such as ``Authorization``
    :param read_seconds: how long one answer may take to begin, and then to end
    :raises ContractError: the address is none of HTTP
    """

    def __init__(
        self,
        url: str,
        *,
        content_type: str,
        accept_type: str,
        headers: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        import urllib3

        try:
            parts = urlsplit(url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ContractError(
                f"{url!r} is no http or https address",
                field="predictor.endpoint_url",
                remedy="For example http://localhost:8080",
            )
        host = parts.netloc.rpartition("@")[2]
        path = parts.path if parts.path.strip("/") else PATH
        self.name = urlunsplit((parts.scheme, host, path, "", ""))
        self._url = urlunsplit((parts.scheme, host, path, parts.query, ""))
        self._headers = {"Content-Type": content_type, "Accept": accept_type, **(headers or {})}
        if parts.username is not None:
            credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {b64encode(credentials.encode()).decode()}"
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)
        self._read_seconds = read_seconds
        self._pool: Any = urllib3.PoolManager(timeout=timeout, retries=False)

    def send(self, body: bytes) -> bytes:
        """Return the answer to one request; errors as :class:`.transport.Transport` has them."""
        from urllib3 import exceptions

        try:
            response = self._pool.request(
                "POST", self._url, body=body, headers=self._headers, redirect=False, preload_content=False
            )
            content = self._content(response)
        except exceptions.ReadTimeoutError as error:
            raise RefusedError("did not answer in time", transient=True) from error
        except (exceptions.SSLError, exceptions.LocationValueError) as error:
            raise self._hopeless(f"cannot be asked ({error})") from error
        except exceptions.HTTPError as error:
            raise TransientError(f"cannot be reached ({error})") from error
        if response.status == 200:
            return content
        said, snippet = f"answers with HTTP status {response.status}", content[:500].decode("utf-8", "replace")
        if response.status in _LATER:
            raise TransientError(said, retry_after=_seconds(response.headers.get("Retry-After")), snippet=snippet)
        if response.status in _NEVER:
            raise self._hopeless(f"{said}: {_NEVER[response.status]}", snippet)
        if 300 <= response.status < 400:
            raise self._hopeless(f"{said}, a redirection to {response.headers.get('Location')}", snippet)
        raise RefusedError(said, snippet=snippet, transient=response.status >= 500)

    def close(self) -> None:
        """Let go of connections."""
        self._pool.clear()

    def _content(self, response: Any) -> bytes:
        # The timeout of a socket begins anew with every byte, so that an answer in drops would never end.
        deadline = time.monotonic() + self._read_seconds
        read = getattr(response, "read1", None)  # urllib3 1 has none
        if read is None:
            return bytes(response.data)
        parts: list[bytes] = []
        while part := read(_BLOCK_BYTES):
            parts.append(part)
            if time.monotonic() > deadline:
                response.close()
                raise RefusedError("did not answer in time", transient=True)
        response.release_conn()
        return b"".join(parts)

    def _hopeless(self, message: str, snippet: str = "") -> ContractError:
        said = f"; it says {snippet[:200]!r}" if snippet else ""
        return ContractError(
            f"the endpoint {self.name} {message}{said}",
            field="predictor.endpoint_url",
            remedy="Check the address and the types of request and answer",
        )


def _seconds(retry_after: str | None) -> float | None:
    """Seconds of a Retry-After header; dates, its other form, count as not given."""
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None
