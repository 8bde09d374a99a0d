"""A text stream whose lines become lines of the task's log."""

from __future__ import annotations

import io
from collections.abc import Callable


class LogStream(io.TextIOBase):
    """What a job writes, line by line, to a logger's ``info``: progress, warnings, tracebacks of user scripts.

    It is no terminal, so jobs write plain lines. Written to ``sys.stderr`` the same lines would reach the task log as
    errors.

    :param log: called with a format and the line, as ``logger.info``.
    """

    def __init__(self, log: Callable[[str, str], None]) -> None:
        super().__init__()
        self._log = log
        self._rest = ""

    def writable(self) -> bool:
        """True: this is what it is for."""
        return True

    def write(self, text: str) -> int:
        """Log every line that is complete; keep the rest until it is."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._log("%s", line)
        return len(text)

    def close(self) -> None:
        """Log what was never ended by a newline."""
        if not self.closed and self._rest.strip():
            self.write("\n")
        super().close()
