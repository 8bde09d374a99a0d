"""Replacing the files of one hour's folder as a whole: its readers see the old files, the new ones or none."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from airflow_model_monitor.service.folder import Folder, sha256_of

_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)
_SWAPS = 100


def replace_files(folder: Folder, files: Mapping[str, Path], *, trust_sizes: bool = False) -> bool:
    """Make a folder hold exactly these files.

    On a local disk a folder made beside it takes its place. Elsewhere what is not wanted is deleted before anything
    new is written, so that old and new never stand side by side.

    :param files: name to local file
    :param trust_sizes: take a file of the right name and size for the right one, without reading it
    :returns: whether anything had to be changed
    """
    there = folder.sizes()
    wanted = {name: path.stat().st_size for name, path in files.items()}
    stale = {
        name
        for name, path in files.items()
        if there.get(name) != wanted[name] or not (trust_sizes or folder.digest(name) == sha256_of(path))
    }
    if not stale and there.keys() == wanted.keys():
        return False
    local = folder.local_path
    if local is not None:
        _swap(local, files)
        return True
    for name in there:
        if name not in wanted:
            folder.delete(name)
    for name in sorted(stale):
        folder.upload(name, files[name])
    return True


def _swap(target: Path, files: Mapping[str, Path]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = _beside(target)
    try:
        if files:
            staged.mkdir()
            for name, path in files.items():
                (staged / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, staged / name)
        for _ in range(_SWAPS):
            _remove(target)
            try:
                if files:
                    os.rename(staged, target)
                return
            except OSError as error:
                # Another attempt has put its folder there in between; the one that looks last sets it right.
                if error.errno not in _TAKEN:
                    raise
        raise OSError(errno.EBUSY, "the folder is replaced over and over by others", str(target))
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _remove(target: Path) -> None:
    # Renamed away first: nobody sees the folder with some of its files deleted.
    gone = _beside(target)
    try:
        os.rename(target, gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
