"""Progress of a job over its rows: a bar that redraws itself on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Progress:
    """Shows rows so far, rows per second and the time since the start; a context manager, called with the rows so far.

    How many rows there will be is known only at the end (one pass over the input), so the bar turns instead of filling;
    where ``total`` is known, it says how much of it is done, and how long the rest will take at this pace.

    :param stream: a terminal is redrawn ten times a second at most, else there is a line every ``interval`` seconds
    :param label: what the rows belong to
    :param total: how many there will be
    :param done: what will have been done with them
    :param clock: seconds that only rise
    """

    def __init__(
        self,
        stream: TextIO,
        label: str = "rows",
        *,
        total: int | None = None,
        done: str = "read",
        interval: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._label, self._clock = stream, label, clock
        self._total, self._verb = total, done
        self._terminal = stream.isatty()
        self._every = 0.1 if self._terminal else interval
        self._rows = 0
        self._frame = 0
        self._start = self._last = clock()

    def __call__(self, rows: int) -> None:
        """Note that ``rows`` rows have been seen since the start."""
        self._rows = rows
        now = self._clock()
        if now - self._last >= self._every:
            self._last = now
            self._show()

    def _show(self) -> None:
        seconds = self._clock() - self._start
        rate = self._rows / seconds if seconds > 0 else 0.0
        text = f"{self._counted()} · {rate:,.0f}/s · {_elapsed(seconds)}"
        if self._total is not None and rate > 0:
            text += f" · {_elapsed((self._total - self._rows) / rate)} left"
        if self._terminal:
            self._frame = (self._frame + 1) % len(_FRAMES)
            self._stream.write(f"\r\x1b[2K{_FRAMES[self._frame]} {text}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def _counted(self) -> str:
        if self._total is None:
            return f"{self._rows:,} {self._label}"
        share = self._rows / self._total if self._total else 1.0
        return f"{self._rows:,} of {self._total:,} {self._label} ({share:.0%})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[2K")
        if exc_type is None:
            seconds = self._clock() - self._start
            self._stream.write(f"{self._rows:,} {self._label} {self._verb} in {_elapsed(seconds)}\n")
        self._stream.flush()


def _elapsed(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d} min"
