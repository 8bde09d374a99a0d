"""Keeping as a part of the local SageMaker: moto's state, restored before it is first asked and kept after changes."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from airflow_model_monitor.local.kept.objects import Objects
from airflow_model_monitor.local.kept.queues import Queues
from airflow_model_monitor.local.kept.rules import Rules
from airflow_model_monitor.local.kept.topics import Topics

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

StartResponse = Callable[..., Any]
_SERVICE: Final = re.compile(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/aws4_request")
_READS: Final = ("GET", "HEAD", "OPTIONS")
_ELSEWHERE: Final = frozenset({"monitoring", "logs", "sts", "iam", "sagemaker"})
"""Services whose requests change nothing of what is kept here: alarms say themselves when they have sent something."""


class Kept:
    """What moto keeps, in the journal. Without a data folder nothing is.

    :param aws: the local SageMaker this belongs to
    """

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._lock = threading.RLock()
        self._restored = False
        self._queues, self._topics, self._rules = Queues(aws.journal), Topics(aws.journal), Rules(aws.journal)
        folder = aws.journal.files("s3")
        self._objects = None if folder is None else Objects(aws.journal, folder)
        aws.moto_ready = self.ready
        aws.sync = self.sync
        aws.listened = lambda: "moto.events.models" in sys.modules or bool(self._rules)
        aws.before_moto.append(self._wrapped)

    def start(self) -> None:
        """What was kept is restored when moto is first needed; with rules, that is when anything changes its state.

        Whoever tells of a change holds the journal's lock, and must not wait for another thread's restoring.
        """
        if self._rules:
            self.ready()

    def stop(self) -> None:
        """Keep the last, and let moto go."""
        if self._restored:
            self.sync()
            if self._objects is not None:
                self._objects.unwatch()

    def ready(self) -> None:
        """Restore what was kept, unless that was done."""
        with self._lock:
            if self._restored:
                return
            if self._objects is not None:
                self._objects.watch()
                self._objects.restore()
                self._queues.restore()
                self._topics.restore()
                self._rules.restore()
            self._restored = True

    def sync(self) -> None:
        """Keep what there is."""
        self._keep(with_objects=True)

    def _keep(self, *, with_objects: bool) -> None:
        # The journal's lock is the only one: whoever changes several things together holds it already.
        with self._aws.journal.together():
            for one, module in ((self._topics, "sns"), (self._queues, "sqs"), (self._rules, "events")):
                # A service nobody has used has nothing to keep, and is not imported for it.
                if f"moto.{module}.models" in sys.modules:
                    one.keep()
            if with_objects and self._objects is not None:
                self._objects.keep()

    def _wrapped(self, application: Any) -> Any:
        self.ready()

        def kept(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
            answer: Iterable[bytes] = application(environ, start_response)
            # The answer leaves when this returns: what it tells of is on disk by then.
            self._after(environ)
            return answer

        return kept

    def _after(self, environ: dict[str, Any]) -> None:
        found = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
        service = found[1] if found else None
        if service in _ELSEWHERE:
            return
        reads = environ.get("REQUEST_METHOD") in _READS
        if service == "s3" and reads:
            return
        if service in (None, "s3") and self._objects is not None and not reads:
            self._objects.note(*_object(environ))
        self._keep(with_objects=service in (None, "s3") or environ.get("PATH_INFO", "").startswith("/moto-api"))


def _object(environ: dict[str, Any]) -> tuple[str, str]:
    """Bucket and key of a request, named in the path or, before the first dot, in the host."""
    path = unquote(environ.get("PATH_INFO", "")).lstrip("/")
    host = environ.get("HTTP_HOST", "").partition(":")[0]
    bucket, _, key = path.partition("/")
    first = host.partition(".")[0]
    if first and not first.isdigit() and "." in host:
        return first, path
    return bucket, key
