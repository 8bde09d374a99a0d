"""How a job's process ends with the server, however that is killed: by the pipe between them."""

from __future__ import annotations

import os
import signal
import threading


def end_with_the_server() -> None:
    """Kill this process, and all it has started, when its standard input is closed.

    It leads a process group of its own, as :mod:`~airflow_model_monitor.local.job_child` starts it.
    """
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    # Not through sys.stdin, whose lock a thread that waits would hold when the interpreter ends.
    while os.read(0, 4096):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)
