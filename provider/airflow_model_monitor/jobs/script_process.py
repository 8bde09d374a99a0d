"""A user's script in a process of its own: isolated, limited, asked over a pipe, ended with everything it started."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from airflow_model_monitor.jobs.script_limits import ScriptLimits

_LOG_LIMIT = 5_000_000  # characters of a script's own prints that reach the log; a print per record is common


class ScriptError(Exception):
    """The script failed: its own words, where in it, and its traceback as Python would print it."""

    def __init__(self, message: str, *, where: str = "", traceback: str = "") -> None:
        super().__init__(message)
        self.where = where
        self.traceback = traceback


class ScriptProcess:
    """One handler of one script, asked as often as wanted; a context manager.

    :param script: local path of the script
    :param handler: ``preprocess_handler`` or ``postprocess_handler``
    :param limits: time and memory it may use
    :param environment: complete environment of the process
    :param log: where its prints go, line by line
    :raises ScriptError: (from :meth:`ask`) the script raised, ran out of time or memory, or ended the process
    """

    def __init__(
        self, script: Path, handler: str, *, limits: ScriptLimits, environment: Mapping[str, str], log: TextIO
    ) -> None:
        self._script, self._limits, self._log = script, limits, log
        child_reads, self._requests = os.pipe()
        self._answers, child_writes = os.pipe()
        arguments = [str(child_reads), str(child_writes), str(ceil(limits.seconds)), str(limits.memory_mb << 20)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell; the script was allowed
                [sys.executable, "-I", "-X", "utf8", str(_CHILD), str(script), handler, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(child_reads, child_writes),
                env=dict(environment),
                start_new_session=True,
                encoding="utf-8",
                errors="replace",
            )
        except BaseException:
            os.close(self._requests)
            os.close(self._answers)
            raise
        finally:
            os.close(child_reads)
            os.close(child_writes)
        os.set_blocking(self._requests, False)
        self._unread = bytearray()
        self._printer = threading.Thread(target=self._print, daemon=True)
        self._printer.start()
        self._started = False

    def ask(self, request: str) -> dict[str, Any]:
        """Hand the script one request (JSON on one line) and return its answer.

        :raises ScriptError: see the class
        """
        if not self._started:
            self._receive()
            self._started = True
        self._send(request.encode() + b"\n")
        return self._receive()

    def close(self) -> None:
        """End the process and every process it started in its session."""
        os.close(self._requests)
        self._await_end(2.0)
        self._kill()
        self._printer.join(timeout=2)
        os.close(self._answers)

    def _send(self, line: bytes) -> None:
        deadline = time.monotonic() + self._limits.seconds
        while line:
            try:
                line = line[os.write(self._requests, line) :]
            except BlockingIOError:  # a long line: the script reads it in pieces
                if not select.select([], [self._requests], [], max(0.0, deadline - time.monotonic()))[1]:
                    raise self._ended(timed_out=True) from None
            except BrokenPipeError:
                raise self._ended() from None

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + self._limits.seconds
        while b"\n" not in self._unread[-65536:]:
            if not select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise self._ended(timed_out=True)
            block = os.read(self._answers, 65536)
            if not block:
                raise self._ended()
            self._unread += block
        line, _, rest = bytes(self._unread).partition(b"\n")
        self._unread = bytearray(rest)
        try:
            answer: dict[str, Any] = json.loads(line)
            if answer.keys() & {"ready", "rows", "done"}:
                return answer
            problem = answer["error"]
            error = ScriptError(problem["message"], where=problem["where"], traceback=problem["traceback"])
        except (ValueError, RecursionError, AttributeError, TypeError, KeyError):
            raise ScriptError("wrote to a descriptor that is not its own, the one its answers go through") from None
        raise error

    def _ended(self, *, timed_out: bool = False) -> ScriptError:
        too_long = f"took longer than {self._limits.seconds:g} seconds; script_time_limit_seconds sets the limit"
        if timed_out:
            self._kill()
            return ScriptError(too_long)
        self._await_end(2.0)
        code = self._kill()
        if code in (-signal.SIGXCPU, -signal.SIGALRM):
            return ScriptError(too_long)
        if code < 0:
            return ScriptError(f"was ended by {signal.Signals(-code).name}; script_memory_limit_mb may be too low")
        return ScriptError(f"ended its process with exit code {code} and without an answer")

    def _await_end(self, seconds: float) -> None:
        """Wait without collecting the exit code: as long as it is not collected, the group's number is its own."""
        deadline = time.monotonic() + seconds
        look = os.WEXITED | os.WNOWAIT | os.WNOHANG
        while self._process.returncode is None and os.waitid(os.P_PID, self._process.pid, look) is None:
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)

    def _kill(self) -> int:
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()

    def _print(self) -> None:
        assert self._process.stdout is not None
        left = _LOG_LIMIT
        for line in self._process.stdout:
            if left > 0:
                self._log.write(f"[{self._script.name}] {line.rstrip()[:left]}\n")
                left -= len(line)
                if left <= 0:
                    self._log.write(
                        f"[{self._script.name}] prints more than {_LOG_LIMIT:,} characters: the rest is left out\n"
                    )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


_CHILD = Path(__file__).with_name("script_child.py")
