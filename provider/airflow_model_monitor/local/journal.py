"""What survives a ``kill -9``: named sections of JSON documents, kept in memory and in one append-only file.

**For everybody who adds something durable**: take a section of your own and use it like a dictionary::

    topics = aws.journal.section("sns-topics")
    topics.put(arn, {"Name": name, "Attributes": attributes})   # on disk when it returns
    topics.get(arn); topics.items(); topics.delete(arn)

When the server starts, its sections already hold what was put before: restore from ``items()``. Several changes that
belong together go into one line, which is there as a whole or not at all::

    with aws.journal.together():
        messages.delete(handle)
        queues.put(url, queue)

Documents are JSON: texts, numbers, lists, objects; times as ISO texts or epoch seconds; never pickle. What is large
(the content of S3 objects) goes into files of its own below ``aws.journal.files("s3")``: write the file under a
temporary name, fsync it, rename it, then put the document that names it.

The file, ``journal.jsonl``: a first line with format and version, then one line per change, a list of
``[section, key, document]``, where ``null`` for a document deletes. A line is written and synced before the change
counts. A last line that is not complete is what a crash left: it is cut off. When the file holds many more changes than
documents it is replaced, by one rename, by a shorter one that says the same.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from airflow_model_monitor.local.section import Read, Section

FORMAT: Final = "airflow-model-monitor local-aws journal"
VERSION: Final = 1
FILE_NAME: Final = "journal.jsonl"
_COMPACT_AT: Final = 2_000
"""Changes in the file, at least, before it is rewritten; and more than four for each document."""


class JournalError(RuntimeError):
    """The data folder cannot be used; the text says why and what to do."""


class Journal:
    """The sections of one local SageMaker.

    :param folder: where they are kept; None keeps them in memory only
    :raises JournalError: another process uses the folder, or it holds what this version cannot read
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.folder = folder
        self._sections: dict[str, Section] = {}
        self._batch: list[str] | None = None
        self._depth = 0
        self._closed = False
        self._file: IO[bytes] | None = None
        self._changes = 0
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._guard = _locked(folder)
            self._open(folder / FILE_NAME)

    def section(self, name: str) -> Section:
        """The section of a name; the same one every time."""
        with self.lock:
            return self._sections.setdefault(name, Section(name, self))

    def files(self, name: str) -> Path | None:
        """A folder for large content of a section; None where nothing is kept on disk."""
        if self.folder is None:
            return None
        path = self.folder / name
        path.mkdir(exist_ok=True)
        return path

    @contextmanager
    def together(self) -> Iterator[None]:
        """Changes inside become one line of the file, written when the outermost block ends.

        Nothing is taken back when the block raises: what was changed before is written all the same, so that the file
        says what the memory says.
        """
        with self.lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0 and self._batch:
                    batch, self._batch = self._batch, None
                    self._write(batch)

    def change(self, section: Section, key: str, text: str | None) -> None:
        """Write one change and make it. For sections alone."""
        if self._closed:
            raise JournalError(f"{section.name}: the local SageMaker has stopped, nothing can be changed any more")
        entry = f"[{json.dumps(section.name)},{json.dumps(key)},{text or 'null'}]"
        with self.lock:
            if self._depth:
                self._batch = [*(self._batch or []), entry]
            else:
                self._write([entry])
            section.apply(key, text)
            if not self._depth and self._changes > max(_COMPACT_AT, 4 * self._count()):
                self.compact()

    def compact(self) -> None:
        """Replace the file by the shortest that says the same."""
        if self.folder is None:
            return
        with self.lock:
            new = self.folder / f"{FILE_NAME}.new"
            with new.open("wb") as stream:
                stream.write(_header())
                for section in self._sections.values():
                    for key, text in section.texts():
                        stream.write(f"[[{json.dumps(section.name)},{json.dumps(key)},{text}]]\n".encode())
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(self.folder / FILE_NAME)
            _sync_folder(self.folder)
            if self._file is not None:
                self._file.close()
            self._file = (self.folder / FILE_NAME).open("ab", buffering=0)
            self._changes = self._count()

    def close(self) -> None:
        """Let go of the folder."""
        with self.lock:
            self._closed = True
            if self._file is not None:
                self._file.close()
                self._file = None
                os.close(self._guard)

    def _count(self) -> int:
        return sum(len(section) for section in self._sections.values())

    def _write(self, entries: list[str]) -> None:
        self._changes += len(entries)
        if self._file is None:
            return
        handle = self._file.fileno()
        size = os.fstat(handle).st_size
        rest = memoryview(f"[{','.join(entries)}]\n".encode())
        try:
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except OSError:
            # Half a line would damage the next one; a full disk is not the end of what stands above it.
            os.ftruncate(handle, size)
            raise

    def _open(self, path: Path) -> None:
        if not path.exists():
            self.compact()
            return
        content = path.read_bytes()
        complete = content[: content.rfind(b"\n") + 1]
        lines = complete.split(b"\n")[:-1]
        if not lines:
            # Killed while the very first line was written.
            self.compact()
            return
        _check_header(path, lines[0])
        for number, line in enumerate(lines[1:], start=2):
            self._replay(path, number, line)
        if len(complete) != len(content):
            with path.open("r+b") as stream:
                stream.truncate(len(complete))
                os.fsync(stream.fileno())
        self._file = path.open("ab", buffering=0)
        if self._changes > max(_COMPACT_AT, 2 * self._count()):
            self.compact()

    def _replay(self, path: Path, number: int, line: bytes) -> None:
        try:
            for name, key, document in json.loads(line):
                self.section(name).apply(key, None if document is None else Read(document))
                self._changes += 1
        except (ValueError, TypeError) as error:
            raise JournalError(
                f"{path}, line {number}: {error}; the file is damaged. Cut it off before this line to start from what "
                "stands above it, or give another data folder"
            ) from error


def _header() -> bytes:
    return json.dumps({"format": FORMAT, "version": VERSION}).encode() + b"\n"


def _check_header(path: Path, line: bytes) -> None:
    try:
        header = json.loads(line)
        found, version = header["format"], header["version"]
    except (ValueError, KeyError, TypeError):
        found, version = None, None
    if found != FORMAT:
        raise JournalError(f"{path}: the first line does not say {FORMAT!r}; give another data folder")
    if version != VERSION:
        raise JournalError(
            f"{path}: version {version!r}, and this release reads version {VERSION}. Start the release that wrote it, "
            "or give another data folder"
        )


def _locked(folder: Path) -> int:
    handle = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise JournalError(
            f"{folder}: another local SageMaker uses this data folder; stop it, or give another"
        ) from None
    return handle


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
