"""The files behind a location: a file, a folder or any fsspec URL, in path order."""

from __future__ import annotations

import gzip
import io
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from airflow_model_monitor.contract.errors import ContractError

if TYPE_CHECKING:
    from airflow_model_monitor.tables.staging import Staging

GZIP_MAGIC: Final = b"\x1f\x8b"
GLOB_CHARACTERS: Final = re.compile(r"[*?\[\]{}\\]")
"""What DuckDB takes for a pattern in a path."""


class MissingLocationError(ContractError):
    """There is no file and no folder at a location."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to read.

    :param name: path or URL, as error messages give it
    :param path: what its file system calls it
    :param size: bytes
    :param filesystem: fsspec file system, or ``None`` for the local disk
    """

    name: str
    path: str
    size: int
    filesystem: Any = None

    @property
    def local(self) -> bool:
        """Whether DuckDB can read it straight from the local disk."""
        return self.filesystem is None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open for reading, unpacked when it is gzip (told by its first bytes, whatever its name).

        :raises ContractError: the file is gone, may not be read or is damaged; raised while reading too
        """
        try:
            with self._open_raw() as raw:
                buffered = cast("BinaryIO", raw if hasattr(raw, "peek") else io.BufferedReader(raw, 1 << 20))
                if buffered.peek(2)[:2] == GZIP_MAGIC:  # type: ignore[attr-defined]
                    with gzip.open(buffered) as unpacked:
                        yield cast("BinaryIO", unpacked)
                else:
                    yield buffered
        except ContractError:
            raise
        except FileNotFoundError as error:
            raise ContractError(
                "the file disappeared while the job was reading it",
                file=self.name,
                remedy="Run the job again when nothing writes to or cleans this folder.",
            ) from error
        except PermissionError as error:
            raise ContractError(
                "the file may not be read",
                file=self.name,
                remedy="Grant the job read access to it.",
            ) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ContractError(
                f"the gzip file is damaged ({error})", file=self.name, remedy="Write the file again."
            ) from error
        except OSError as error:
            raise ContractError(f"the file could not be read ({error})", file=self.name) from error

    def _open_raw(self) -> Any:
        if self.filesystem is None:
            return open(self.path, "rb", buffering=1 << 20)
        return self.filesystem.open(self.path, "rb", block_size=8 << 20)

    def is_gzip(self) -> bool:
        """Whether the first bytes say gzip."""
        try:
            with self._open_raw() as raw:
                return bool(raw.read(2) == GZIP_MAGIC)
        except OSError:
            return False  # reading it for good reports the cause


def source_files(
    location: str | os.PathLike[str] | Sequence[str],
    *,
    storage_options: Mapping[str, Any] | None = None,
    accept: Callable[[str], bool] | None = None,
) -> list[SourceFile]:
    """List the non-empty files of one or more locations, each location's files sorted by path.

    Hidden files are passed over: those with a ``.`` or ``_`` at the start of a path component below the location, as
    Spark has it (``_SUCCESS``).

    :param location: file, folder or fsspec URL; several are read one after the other
    :param storage_options: arguments of the fsspec file system (``key``, ``secret``, ``endpoint_url``, ...)
    :param accept: further test of a file's base name; not applied to a location that is itself a file
    :raises ContractError: none of the locations exists (an hour without traffic has no folder), or no file has content
    """
    locations = [location] if isinstance(location, (str, os.PathLike)) else list(location)
    found: list[SourceFile] = []
    missing: list[MissingLocationError] = []
    for one in locations:
        try:
            found += _list(os.fspath(one), storage_options or {}, accept or (lambda name: True))
        except MissingLocationError as error:
            missing.append(error)
    if missing and len(missing) == len(locations):
        raise missing[0]
    files = [file for file in found if file.size]
    if not files:
        raise ContractError(
            "Job inputs had no data",
            file=", ".join(str(one) for one in locations) or None,
            remedy="Check that traffic was captured in this window and that the location is right.",
        )
    return files


def files_at(location: str, *, storage_options: Mapping[str, Any] | None = None) -> list[SourceFile]:
    """List the files of one location, sorted by path, empty ones too; hidden ones are passed over.

    :param location: file, folder or fsspec URL
    :param storage_options: arguments of the fsspec file system
    :raises MissingLocationError: there is no such file or folder
    """
    return _list(location, storage_options or {}, lambda name: True)


def path_below(file: SourceFile, location: str, *, storage_options: Mapping[str, Any] | None = None) -> str:
    """The path of a file listed at ``location`` relative to it; the bare name where the location is the file."""
    if file.filesystem is None:
        root = location.removeprefix("file://")
    else:
        from fsspec.core import url_to_fs

        root = url_to_fs(location, **(storage_options or {}))[1]
    root = root.rstrip("/")
    return file.path[len(root) :].lstrip("/") or file.path.rpartition("/")[2]


def on_local_disk(files: Sequence[SourceFile], staging: Staging) -> list[SourceFile]:
    """Copy remote files into ``staging``, many at a time where the store allows; local files stay where they are.

    :param files: files of any place
    :param staging: folder for the copies, which the relation removes
    :raises ContractError: a file disappeared or may not be read
    """
    copies = {
        file.name: staging.new_path(".gz" if file.path.endswith(".gz") else ".data") for file in files if not file.local
    }
    for filesystem in {id(file.filesystem): file.filesystem for file in files if not file.local}.values():
        mine = [file for file in files if file.filesystem is filesystem]
        try:
            filesystem.get([file.path for file in mine], [copies[file.name] for file in mine])
        except Exception as error:  # of any client library
            raise ContractError(
                f"a file could not be fetched ({error})",
                file=mine[0].name if len(mine) == 1 else os.path.commonpath([file.path for file in mine]),
                remedy="Check the credentials, and that nothing cleans this folder while the job runs.",
            ) from error
    return [replace(file, path=copies[file.name], filesystem=None) if not file.local else file for file in files]


def _list(location: str, storage_options: Mapping[str, Any], accept: Callable[[str], bool]) -> list[SourceFile]:
    if "://" not in location or location.startswith("file://"):
        return _list_local(location.removeprefix("file://"), accept)
    return _list_remote(location, storage_options, accept)


def _list_local(location: str, accept: Callable[[str], bool]) -> list[SourceFile]:
    if os.path.isfile(location):
        return [SourceFile(location, location, os.path.getsize(location))]
    if not os.path.isdir(location):
        raise _missing(location)
    found = []

    def refuse(error: OSError) -> None:
        raise ContractError(f"the folder could not be listed ({error})", file=error.filename) from error

    for folder, folders, names in os.walk(location, onerror=refuse, followlinks=True):
        folders[:] = [name for name in folders if _visible(name)]
        for name in names:
            if _visible(name) and accept(name):
                path = os.path.join(folder, name)
                found.append(SourceFile(path, path, _size(path)))
    return sorted(found, key=lambda file: file.path)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 1  # gone or dangling: opening it reports the cause, passing it over would hide it


def _list_remote(location: str, storage_options: Mapping[str, Any], accept: Callable[[str], bool]) -> list[SourceFile]:
    from fsspec.core import url_to_fs

    try:
        filesystem, root = url_to_fs(location, **storage_options)
        filesystem.invalidate_cache()
        entries = filesystem.find(root, detail=True)
    except (ImportError, ValueError) as error:
        raise ContractError(
            f"no file system for this URL ({error})",
            file=location,
            remedy="Install the fsspec implementation of this protocol, for example s3fs.",
        ) from error
    except FileNotFoundError as error:
        raise _missing(location) from error
    except Exception as error:  # of any client library
        raise ContractError(
            f"the location could not be listed ({error})",
            file=location,
            remedy="Check the credentials, the endpoint and the bucket's policy.",
        ) from error
    if not entries:
        raise _missing(location)
    protocol = location.split("://", 1)[0]
    root = root.rstrip("/")
    found = []
    for path, entry in sorted(entries.items()):
        below = path[len(root) :].lstrip("/")
        if entry.get("type", "file") != "file":
            continue
        if below and not (all(map(_visible, below.split("/"))) and accept(path.rsplit("/", 1)[-1])):
            continue
        found.append(SourceFile(f"{protocol}://{path.lstrip('/')}", path, int(entry.get("size") or 0), filesystem))
    return found


def _visible(name: str) -> bool:
    return not name.startswith((".", "_"))


def _missing(location: str) -> MissingLocationError:
    return MissingLocationError(
        f"No S3 objects found under S3 URL {location!r} given in input data source. "
        "Please ensure that the bucket exists in the selected region and that objects exist under that S3 prefix"
        if location.startswith("s3://")
        else f"No objects found under {location!r}: there is no such file or folder",
        file=location,
        remedy="Check the location's spelling and that something has written to it.",
    )
