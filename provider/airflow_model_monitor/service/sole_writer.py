"""Keeping two writers apart where the store cannot: on object stores without conditional writes.

Each writer first leaves a note of what it is about to write, then looks whether another left one. Of two at the same
time at least one sees the other's note and gives up before it has written anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_model_monitor.service.folder import Folder

NOTES = "writing"


class ConcurrentWriteError(RuntimeError):
    """Another writer is at work, and the store could not keep the two apart."""


@contextmanager
def sole_writer(folder: Folder, content: str) -> Iterator[None]:
    """Be the only writer below a folder, or none.

    A writer of the same content counts as oneself: it writes the same bytes. That is also how an attempt that was
    killed finds its own note again.

    :param folder: what is written to; its notes stand in ``writing/`` below
    :param content: digest of what is to be written
    :raises ConcurrentWriteError: another writer is there, or one that was killed left its note
    """
    notes = folder.child(NOTES)
    _refuse_others(notes, content)
    notes.create(content, b"")
    try:
        _refuse_others(notes, content)
        yield
    finally:
        notes.delete(content)


def _refuse_others(notes: Folder, content: str) -> None:
    others = [name for name in notes.names() if name != content]
    if others:
        raise ConcurrentWriteError(
            f"{notes.url_of(others[0])}: somebody else is writing here, and this store has no conditional writes "
            "(If-None-Match) to keep two writers apart, so only one may write at a time. Run this again when the other "
            "has finished; if it was killed, delete that file. A store with conditional writes, such as Amazon S3 or a "
            "local disk, needs neither."
        )
