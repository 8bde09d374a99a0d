"""The classifier behind HTTP, as SageMaker's containers answer: ``POST /invocations``."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from demo.departures import FEATURES

if TYPE_CHECKING:
    from demo.classifier import LateArrivals
    from demo.departures import Departures


@contextmanager
def serving(model: LateArrivals, port: int = 0) -> Iterator[str]:
    """Answer on this machine; yields the address.

    :param port: any free one by default
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(model))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(model: LateArrivals, body: bytes) -> str:
    """One probability of a late arrival per line of CSV.

    :param body: rows of :data:`~demo.departures.FEATURES`; texts may be quoted, an unknown delay is empty
    """
    import numpy as np

    rows = list(csv.reader(body.decode().splitlines()))
    columns = dict(zip(FEATURES, zip(*rows), strict=True))
    numbers = {
        name: np.array([float(cell) if cell else np.nan for cell in columns[name]])
        for name in ("dep_delay", "distance", "hour")
    }
    texts = {name: np.array(columns[name]) for name in ("carrier", "origin")}
    asked = cast("Departures", SimpleNamespace(**numbers, **texts))
    return "\n".join(map(str, model.probabilities(asked).tolist()))


def _handler(model: LateArrivals) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            try:
                status, said = 200, answer(model, body)
            except ValueError as error:
                status, said = 400, str(error)
            content = said.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/csv" if status == 200 else "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  as in the base class
            """Keep quiet: a week has tens of requests."""

    return Handler
