"""Part files as the original's Spark names them, with names that a repeat of the merge finds again."""

from __future__ import annotations

import uuid
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

LARGEST_PART: Final = 256 << 20
"""Bytes after which a folder gets another part."""

_SLICE: Final = 1 << 20
"""Bytes written at once: a system call with dozens of MB took several times as long per byte."""

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_OID, "airflow-model-monitor/merge")


class PartFiles:
    """Writes the lines of one folder into ``part-00000-<uuid>.c000.jsonl`` and its followers; a context manager.

    The folder is made with the first line.

    :param folder: where the parts go
    :param seed: what the UUIDs derive from, together with ``name``
    :param name: what the folder is called below the output's root
    :param largest: bytes after which the next part begins
    """

    def __init__(self, folder: Path, *, seed: str, name: str, largest: int = LARGEST_PART) -> None:
        self._folder, self._largest = folder, largest
        self._identity = uuid.uuid5(_NAMESPACE, f"{seed}\n{name}")
        self._parts = self._size = 0
        self._stream: BinaryIO | None = None

    def write(self, lines: bytes | memoryview) -> None:
        """Append whole lines, their ends included."""
        if self._stream is None or self._size >= self._largest:
            self._next()
        assert self._stream is not None
        view = memoryview(lines)
        for start in range(0, len(view), _SLICE):
            self._stream.write(view[start : start + _SLICE])
        self._size += len(lines)

    def _next(self) -> None:
        self._finish()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"part-{self._parts:05d}-{self._identity}.c000.jsonl"
        self._stream = open(path, "wb")  # noqa: SIM115
        self._parts, self._size = self._parts + 1, 0

    def _finish(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._finish()
