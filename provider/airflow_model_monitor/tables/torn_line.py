"""A file of JSON Lines whose last line was cut: a write that was torn, or is still going on."""

from __future__ import annotations

import json
import os
from typing import Final

_BLOCK: Final = 1 << 12


def is_torn(path: str) -> bool:
    """Whether the last line of a local file lacks its end and is no JSON object either.

    DuckDB 2.0 on several threads passes over such a line in silence, at random, when other files follow; and a file of
    a single byte is empty to it. Asked before, it costs one read per file.
    """
    try:
        with open(path, "rb") as stream:
            start = stream.seek(0, os.SEEK_END)
            tail = b""
            while start > 0 and b"\n" not in tail:
                size = min(_BLOCK + len(tail), start)  # twice as far back each time
                start -= size
                stream.seek(start)
                tail = stream.read(size) + tail
    except OSError:
        return False  # reading it for good reports the cause
    last = tail.rpartition(b"\n")[2]
    if not last:
        return False
    try:
        return not isinstance(json.loads(last), dict)
    except (ValueError, RecursionError):
        return True
