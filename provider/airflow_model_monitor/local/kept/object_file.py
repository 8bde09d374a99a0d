"""The content of an S3 object in a file, where moto has it in memory."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import IO, Any


class ObjectFile:
    """Reads a file as moto reads the buffer of a key; opened for each read, for there may be many."""

    def __init__(self, path: Path) -> None:
        self._path, self._at = path, 0

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position."""
        self._at = position + (self._path.stat().st_size if whence == os.SEEK_END else 0)
        return self._at

    def tell(self) -> int:
        """The position."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Bytes from the position on."""
        with self._path.open("rb") as stream:
            stream.seek(self._at)
            content = stream.read(size)
        self._at += len(content)
        return content

    def close(self) -> None:
        """Nothing is held open."""


def write_object(folder: Path, buffer: IO[Any] | Any) -> str:
    """Write a buffer's content into a new file that is there as a whole or not at all; returns its name."""
    name = uuid.uuid4().hex
    path = folder / name[:2] / name
    if not path.parent.is_dir():
        path.parent.mkdir(exist_ok=True)
        _sync(folder)
    partial = path.with_suffix(".partial")
    buffer.seek(0)
    with partial.open("wb") as stream:
        shutil.copyfileobj(buffer, stream, 2**20)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)
    _sync(path.parent)
    return name


def object_path(folder: Path, name: str) -> Path:
    """Where the file of a name is."""
    return folder / name[:2] / name


def remove_others(folder: Path, names: set[str]) -> None:
    """Remove all files but these: what a crash left between file and journal."""
    for path in folder.glob("*/*"):
        if path.name not in names:
            path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
