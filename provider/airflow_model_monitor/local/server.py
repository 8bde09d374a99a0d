"""A local SageMaker that listens: in a thread of a test's process, or as the process of ``model-monitor local-aws``."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

from airflow_model_monitor.local.application import Application
from airflow_model_monitor.local.aws import LocalAws
from airflow_model_monitor.local.clients import forget_clients
from airflow_model_monitor.local.clock_routes import add_routes
from airflow_model_monitor.local.parts import PARTS
from airflow_model_monitor.local.settings import Settings

LOOPBACK: Final = "127.0.0.1"
_running = threading.Lock()


class LocalAwsServer:
    """One local SageMaker; a context manager that starts and stops it.

    moto keeps its state in the process, so there is one at a time in a process, and moto's state begins empty.

    :param host: address to listen at; only this machine reaches the default
    :param port: 0 takes a free one
    """

    def __init__(self, settings: Settings | None = None, *, host: str = LOOPBACK, port: int = 0) -> None:
        self._settings, self._host, self._port = settings or Settings(), host, port
        self._server: Any = None
        self.aws: LocalAws

    @property
    def url(self) -> str:
        """Where it is reached on this machine."""
        return self.aws.url

    def start(self) -> Self:
        """Listen, and begin to work.

        :raises SystemExit: the address is taken; the standard error says so
        :raises JournalError: the data folder cannot be used
        :raises RuntimeError: one runs in this process already
        """
        from werkzeug.serving import make_server

        if not _running.acquire(blocking=False):
            raise RuntimeError("a local SageMaker runs in this process already; stop it, or start another process")
        with ExitStack() as undo:
            undo.callback(_running.release)
            self.aws = LocalAws(self._settings)
            undo.callback(self.aws.close)
            add_routes(self.aws)
            self._parts = [part(self.aws) for part in PARTS]
            application = Application(self.aws)
            self._server = make_server(self._host, self._port, application, threaded=True, request_handler=_handler())
            undo.callback(self._server.server_close)
            self._listen()
            undo.callback(self._server.shutdown)
            for part in self._parts:
                part.start()
                undo.callback(part.stop)
            self.aws.start()
            undo.pop_all()
        return self

    def _listen(self) -> None:
        host = LOOPBACK if self._host in ("0.0.0.0", "") else self._host  # noqa: S104 - never bound, only read
        self.aws.url = f"http://{f'[{host}]' if ':' in host else host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="local-aws", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until the server's thread ends, which it does when it is stopped."""
        while self._thread.is_alive():
            # In pieces, so that a signal's handler gets its turn.
            self._thread.join(0.5)

    def stop(self) -> None:
        """Stop jobs and server; moto forgets everything."""
        try:
            self.aws.stop()
            for part in reversed(self._parts):
                part.stop()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self.aws.close()
            forget_clients(self.aws)
            _reset_moto()
        finally:
            _running.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _handler() -> Any:
    """A request handler without a line on the standard error for every request."""
    from moto.moto_server import werkzeug_app
    from werkzeug.serving import WSGIRequestHandler

    # Newer releases of moto keep S3's metadata names with underscores, which others drop.
    base: Any = getattr(werkzeug_app, "MotoRequestHandler", WSGIRequestHandler)

    class Quiet(base):
        protocol_version = "HTTP/1.1"

        def log_request(self, *args: Any, **kwargs: Any) -> None:
            """Say nothing."""

    return Quiet


def _reset_moto() -> None:
    import sys

    if "moto.backends" in sys.modules:
        from moto.moto_api._internal import moto_api_backend

        moto_api_backend.reset()
