"""A local AWS that is reached through bad weather: answers are refused, delayed, lost, or never asked for."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

#: Code and HTTP status of the refusals.
REFUSALS = {
    "ThrottlingException": 400,
    "InternalFailure": 500,
    "ServiceUnavailable": 503,
    "ExpiredTokenException": 400,
    "AccessDeniedException": 400,
    "ResourceLimitExceeded": 400,
    "ValidationException": 400,
}


@dataclass
class Weather:
    """What happens to which calls.

    :param url: where callers go
    :param upstream: where what passes goes
    :param calls: operations in the order they came
    :param bodies: what was sent, in the same order
    """

    url: str = ""
    upstream: str = ""
    calls: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    _faults: list[tuple[str, str, str]] = field(default_factory=list)
    _acts: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fails(self, operation: str, kind: str, *, times: int = 1, message: str = "by this test") -> None:
        """Have the next calls of an operation fail.

        :param kind: a code of :data:`REFUSALS`; ``reset`` cuts the connection before the call is passed on, ``lost``
            after it was carried out
        """
        self._faults += [(operation, kind, message)] * times

    def before(self, operation: str, act: Callable[[], None]) -> None:
        """Do something right before the next call of an operation is passed on."""
        self._acts.setdefault(operation, []).append(act)

    def client(self, service: str = "sagemaker", attempts: int = 4) -> Any:
        """A boto3 client that goes through it.

        :param attempts: how often a call is sent at most
        """
        from botocore.config import Config

        config = Config(retries={"mode": "standard", "total_max_attempts": attempts}, read_timeout=20)
        return _session().client(service, endpoint_url=self.url, config=config)

    def take(self, operation: str, body: bytes) -> tuple[str, str] | None:
        """Note a call; the fault it meets, if any."""
        with self._lock:
            self.calls.append(operation)
            self.bodies.append(json.loads(body) if body.startswith(b"{") else {})
            acts = self._acts.pop(operation, [])
            fault = next((one for one in self._faults if one[0] == operation), None)
            if fault is not None:
                self._faults.remove(fault)
        for act in acts:
            act()
        return None if fault is None else fault[1:]


@cache
def _session() -> Any:
    """One for all: reading a service's model takes longer than all that is asked of it."""
    import boto3

    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-west-2")


@contextmanager
def bad_weather(url: str) -> Iterator[Weather]:
    """A server on a free port that passes everything on to ``url``, but for the faults it is told."""
    weather, upstream = Weather(upstream=url), urlsplit(url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = weather.take(self.headers.get("X-Amz-Target", "").rpartition(".")[2], body)
            kind, message = fault or ("", "")
            if kind == "reset":
                return self._cut()
            if kind in REFUSALS:
                return self._answer(REFUSALS[kind], json.dumps({"__type": kind, "message": message}).encode())
            connection = http.client.HTTPConnection(upstream.hostname or "", upstream.port, timeout=60)
            connection.request("POST", self.path, body, {**self.headers, "Host": upstream.netloc})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            return self._cut() if kind == "lost" else self._answer(answer.status, content)

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _cut(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    weather.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield weather
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
