"""A local AWS that is reached through bad weather: answers are refused, delayed, lost, or never asked for."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, urlsplit

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
    :param calls: operations in the order they came; of S3, ``GET``, ``PUT``, ``HEAD`` and so on
    :param bodies: what was sent, in the same order; empty where it was no JSON
    :param keys: the access key each of them was signed with
    :param delay: seconds that an answer takes which is slow
    """

    url: str = ""
    upstream: str = ""
    delay: float = 3.0
    keys: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    _faults: list[tuple[str, str, str]] = field(default_factory=list)
    _acts: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fails(self, operation: str, kind: str, *, times: int = 1, message: str = "by this test") -> None:
        """Have the next calls of an operation fail.

        :param kind: a code of :data:`REFUSALS`; ``reset`` cuts the connection before the call is passed on, ``lost``
            after it was carried out, ``torn`` in the middle of the answer; ``slow`` answers after :attr:`delay`
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

    def take(self, operation: str, body: bytes, key: str) -> tuple[str, str] | None:
        """Note a call; the fault it meets, if any."""
        with self._lock:
            self.calls.append(operation)
            self.keys.append(key)
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


class _Server(ThreadingHTTPServer):
    """Listens on a free port of this machine."""

    daemon_threads = True

    def __init__(self, weather: Weather, upstream: SplitResult) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.weather = weather
        self.upstream = upstream


@contextmanager
def bad_weather(url: str) -> Iterator[Weather]:
    """A server on a free port that passes everything on to ``url``, but for the faults it is told."""
    weather = Weather(upstream=url)
    server = _Server(weather, urlsplit(url))
    weather.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield weather
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._pass_on(self.headers.get("X-Amz-Target", "").rpartition(".")[2] or "POST")

    def do_GET(self) -> None:
        self._pass_on("GET")

    def do_HEAD(self) -> None:
        self._pass_on("HEAD")

    def do_PUT(self) -> None:
        self._pass_on("PUT")

    def do_DELETE(self) -> None:
        self._pass_on("DELETE")

    def _pass_on(self, operation: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
        fault = self.server.weather.take(operation, body, key)
        kind, message = fault or ("", "")
        if kind == "reset":
            return self._cut()
        if kind in REFUSALS:
            return self._refuse(kind, message)
        if kind == "slow":
            time.sleep(self.server.weather.delay)
        connection = http.client.HTTPConnection(
            self.server.upstream.hostname or "", self.server.upstream.port, timeout=60
        )
        connection.request(self.command, self.path, body, {**self.headers, "Host": self.server.upstream.netloc})
        answer = connection.getresponse()
        content = answer.read()
        headers = dict(answer.getheaders())
        connection.close()
        if kind == "lost":
            return self._cut()
        self._answer(answer.status, content, headers, torn=kind == "torn")
        return None

    def _refuse(self, kind: str, message: str) -> None:
        if self.headers.get("X-Amz-Target"):
            content, of = json.dumps({"__type": kind, "message": message}), "application/x-amz-json-1.1"
        else:
            content, of = f"<Error><Code>{kind}</Code><Message>{message}</Message></Error>", "application/xml"
        self._answer(REFUSALS[kind], content.encode(), {"Content-Type": of})

    def _answer(self, status: int, content: bytes, headers: Mapping[str, str], *, torn: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length)
        self.end_headers()
        if torn:
            self.wfile.write(content[: len(content) // 2])
            return self._cut()
        # Who waits no longer for a slow answer has gone.
        with contextlib.suppress(OSError):
            self.wfile.write(content)
        return None

    def _cut(self) -> None:
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: Any) -> None:
        """Quiet."""
