"""A child process, timed and weighed.

Linux counts a child's largest resident memory from that of the process it was started by, before it became a program of
its own. Whoever has just written ten million rows would find them again in every child. So a small process stands in
between: this file, run as a script.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple


class Measured(NamedTuple):
    """What a whole process took, start-up and imports included.

    :param seconds: from start to end
    :param peak_mb: largest resident memory, in 10**6 bytes
    :param output: what it printed
    :param ended: False where patience ended first; the figures are then what they were by then
    """

    seconds: float
    peak_mb: float
    output: str
    ended: bool = True


def run(command: Sequence[str], *, patience: float | None = None) -> Measured:
    """Run a command to its end.

    :param patience: seconds after which it is killed; None waits for ever
    :raises RuntimeError: it failed; the message carries the end of what it wrote
    """
    with tempfile.NamedTemporaryFile() as result:
        between = [sys.executable, "-I", "-S", __file__, result.name, json.dumps(patience)]
        done = subprocess.run([*between, *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        seconds, peak_mb, ended = json.load(result)
    return Measured(seconds, peak_mb, done.stdout, ended)


def _measure(result: str, patience: float | None, command: Sequence[str]) -> int:
    start = time.perf_counter()
    child = subprocess.Popen(command)
    over = threading.Event()

    def give_up() -> None:
        over.set()
        child.kill()

    timer = threading.Timer(threading.TIMEOUT_MAX if patience is None else patience, give_up)
    timer.daemon = True
    timer.start()
    # wait4 and not getrusage: the latter keeps the largest of all children.
    _, status, usage = os.wait4(child.pid, 0)
    timer.cancel()
    seconds = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    with open(result, "w", encoding="utf-8") as stream:
        json.dump([seconds, usage.ru_maxrss * unit / 1e6, not over.is_set()], stream)
    if over.is_set():
        return 0
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(_measure(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]))
