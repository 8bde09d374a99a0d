"""The process of a job as the server sees it: started, waited for, and ended by a stop, a limit or the server's end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import airflow_model_monitor
from airflow_model_monitor.local.clients import CREDENTIALS

if TYPE_CHECKING:
    from airflow_model_monitor.local.job_log import JobLog

_POLL: Final = 0.05
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "HOME", "VIRTUAL_ENV")


class Interrupted(BaseException):
    """The server stops; the job is not at its end."""


@dataclass(frozen=True)
class Orders:
    """What others want of a job that runs: ``stop`` ends it, ``interrupt`` leaves it as it is."""

    stop: threading.Event = field(default_factory=threading.Event)
    interrupt: threading.Event = field(default_factory=threading.Event)


class ChildEnd(NamedTuple):
    """How a job's process came to its end.

    :param exit_code: of one that a signal ended, what a shell makes of it
    :param by: who ended it
    """

    exit_code: int
    by: Literal["itself", "stop", "limit"]


def run_child(
    module: str,
    spec: Path,
    *,
    log: JobLog,
    orders: Orders,
    limit: float,
    environment: dict[str, str],
    grace: float = 0.0,
) -> ChildEnd:
    """Run one of this package's modules as a process of its own, to its end.

    :param module: name; it is to call :func:`~airflow_model_monitor.local.server_pipe.end_with_the_server`
    :param spec: the file it is given
    :param limit: seconds it may run
    :param grace: seconds from a SIGTERM to its death when it is stopped; 0 kills it at once
    :raises Interrupted: the server stops
    """
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", module, str(spec)],
        stdin=subprocess.PIPE,
        stdout=log.stream,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
    )
    try:
        by = _wait(process, time.monotonic() + limit, orders, log)
        if by != "itself" and grace > 0:
            os.killpg(process.pid, signal.SIGTERM)
            _give_time(process, time.monotonic() + grace, orders, log)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()
    code = process.returncode
    return ChildEnd(code if code >= 0 else 128 - code, by)


def server_variables(url: str, region: str, temporary: Path) -> dict[str, str]:
    """Environment of a process: what it takes to run Python and to find this server; no secrets of this process."""
    package = str(Path(airflow_model_monitor.__file__).parent.parent)
    paths = [package, *(path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path)]
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(temporary),
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _wait(
    process: subprocess.Popen[bytes], end: float, orders: Orders, log: JobLog
) -> Literal["itself", "stop", "limit"]:
    while process.poll() is None:
        if orders.interrupt.is_set():
            raise Interrupted
        if orders.stop.is_set():
            return "stop"
        if time.monotonic() > end:
            return "limit"
        log.send()
        orders.stop.wait(_POLL)
    return "stop" if orders.stop.is_set() else "itself"


def _give_time(process: subprocess.Popen[bytes], end: float, orders: Orders, log: JobLog) -> None:
    while process.poll() is None and time.monotonic() < end:
        if orders.interrupt.is_set():
            raise Interrupted
        log.send()
        time.sleep(_POLL)
