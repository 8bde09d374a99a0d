"""Files of a local disk that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from pathlib import Path
from typing import Any


def copy_file(source: Path, target: Path) -> None:
    """Copy a file; readers see what was there before or the whole copy, never a part."""
    temporary = _beside(target)
    try:
        with source.open("rb") as read, temporary.open("wb") as written:
            shutil.copyfileobj(read, written, 1 << 20)
            _flush(written)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def create_file(target: Path, content: bytes) -> None:
    """Write a file only if there is none.

    :raises FileExistsError: there is one
    """
    temporary = _beside(target)
    try:
        with temporary.open("wb") as written:
            written.write(content)
            _flush(written)
        _link(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")


def _flush(written: Any) -> None:
    written.flush()
    os.fsync(written.fileno())


def _link(temporary: Path, target: Path) -> None:
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError as error:
        # Some network and FUSE mounts know no hard links. An exclusive create still lets only one writer in; a
        # reader there may, for an instant, see a file that is not complete (and reports it as damaged).
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS):
            raise
        with target.open("xb") as written:
            written.write(temporary.read_bytes())
            _flush(written)
