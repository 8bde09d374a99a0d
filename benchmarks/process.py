"""A child process, timed and weighed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """What a whole process took, start-up and imports included.

    :param seconds: from start to end
    :param peak_mb: largest resident memory, in 10**6 bytes
    :param output: what it printed
    """

    seconds: float
    peak_mb: float
    output: str


def run(command: Sequence[str]) -> Measured:
    """Run a command to its end.

    :raises RuntimeError: it failed; the message carries the end of what it wrote
    """
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        output = child.stdout.read()
        errors = child.stderr.read()
        # wait4 and not getrusage: the latter keeps the largest of all children.
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{errors[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Measured(seconds, usage.ru_maxrss * unit / 1e6, output)
