"""A folder on any fsspec file system, with the few operations that publication is built on.

The one that matters is :meth:`Folder.create`: it writes a whole small file *only if nobody has*, atomically where the
store can (S3: a conditional put, ``If-None-Match: *``; a local disk: a hard link, which fails if the name exists and
never shows half a file).
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow_model_monitor.service.local_file import copy_file, create_file

_MEMORY_LOCK = threading.Lock()
_CHUNK = 1 << 20
_CONFLICT_WAITS: tuple[float | None, ...] = (0.1, 0.2, 0.4, 0.8, None)  # seconds
_S3 = ("s3", "s3a")
_REFUSED = ("PreconditionFailed", "412")


class NoConditionalWritesError(OSError):
    """The store cannot write a file only if there is none: of two writers at once it would let both in."""


class Folder:
    """One folder: its address, and reading and writing below it.

    Names are relative, parts joined by ``/``. Missing files raise :class:`FileNotFoundError`.

    :param url: local path or fsspec URL (``s3://…``, ``file://…``, ``memory://…``)
    :param storage_options: keyword arguments of the file system, e.g. from ``ModelMonitorHook.storage_options()``;
        those of S3 are ignored for local folders, so a DAG may pass them everywhere
    """

    def __init__(self, url: str | os.PathLike[str], storage_options: Mapping[str, Any] | None = None) -> None:
        import fsspec.core

        text = os.fspath(url)
        protocol = text.split("://", 1)[0] if "://" in text else "file"
        options: dict[str, Any] = {}
        if protocol not in ("file", "local", "memory"):
            options = dict(storage_options or {})
        if protocol in _S3:
            # A cached listing would hide what another worker published a second ago.
            options.setdefault("use_listings_cache", False)
        self.storage_options = dict(storage_options or {})
        self._fs, path = fsspec.core.url_to_fs(text, **options)
        self._path: str = path.rstrip("/")
        self._local = protocol in ("file", "local")
        self._memory = protocol == "memory"
        #: Address without a trailing slash; for a local folder the absolute path.
        self.url: str = self._path if self._local else str(self._fs.unstrip_protocol(self._path)).rstrip("/")

    def __repr__(self) -> str:
        return f"Folder({self.url!r})"

    def child(self, *parts: str) -> Folder:
        """The folder below; it need not exist."""
        made = object.__new__(Folder)
        made.storage_options = self.storage_options
        made._fs, made._local, made._memory = self._fs, self._local, self._memory
        made._path = "/".join((self._path, *parts))
        made.url = "/".join((self.url, *parts))
        return made

    def url_of(self, name: str) -> str:
        """Address of a file in this folder."""
        return f"{self.url}/{name}"

    @property
    def local_path(self) -> Path | None:
        """The folder on this machine's disk; None when it is elsewhere."""
        return Path(self._path) if self._local else None

    def sizes(self) -> dict[str, int]:
        """Every file at any depth below: its path relative to the folder, in order, and its size in bytes.

        Hidden files are passed over, as readers of data do: those with a ``.`` or ``_`` at the start of a part.
        """
        try:
            entries = self._fs.find(self._path, detail=True)
        except FileNotFoundError:
            return {}
        found = {}
        for path, entry in sorted(entries.items()):
            below = str(path).removeprefix(self._path).lstrip("/")
            hidden = any(part.startswith((".", "_")) for part in below.split("/"))
            if below and not hidden and not below.endswith("/"):
                found[below] = int(entry.get("size") or 0)
        return found

    def names(self) -> list[str]:
        """Names of the files and folders directly below, sorted; empty when the folder does not exist."""
        try:
            entries = self._fs.ls(self._path, detail=False)
        except FileNotFoundError:
            return []
        paths = {str(entry).rstrip("/") for entry in entries}
        paths.discard(self._path)  # S3 consoles leave an object named like the folder itself
        return sorted(path.rsplit("/", 1)[-1] for path in paths)

    def is_there(self) -> bool:
        """Whether anything is at this address, be it a folder, a file, or the beginning of an object's key."""
        return bool(self._fs.exists(self._path))

    def read(self, name: str) -> bytes:
        """The whole file.

        :raises FileNotFoundError: it is not there
        """
        return bytes(self._fs.cat_file(self._key(name)))

    def read_if_there(self, name: str) -> bytes | None:
        """The whole file, or None when there is none."""
        try:
            return self.read(name)
        except FileNotFoundError:
            return None

    def digest(self, name: str) -> str | None:
        """SHA-256 of the file in hexadecimal; None when there is none."""
        if self._local:
            try:
                return sha256_of(Path(self._key(name)))
            except FileNotFoundError:
                return None
        # One request: a file read in pieces may be replaced between two of them.
        content = self.read_if_there(name)
        return None if content is None else hashlib.sha256(content).hexdigest()

    def upload(self, name: str, source: Path) -> None:
        """Copy a local file here; readers see the old file or the new one, never a part."""
        if self._local:
            copy_file(source, Path(self._key(name)))
        elif self._memory:
            self._fs.pipe_file(self._key(name), source.read_bytes())
        else:
            self._fs.put_file(str(source), self._key(name))

    def download(self, name: str, target: Path) -> None:
        """Copy a file from here to a local path.

        :raises FileNotFoundError: it is not there
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._fs.open(self._key(name), "rb") as read, target.open("wb") as written:
            while chunk := read.read(_CHUNK):
                written.write(chunk)

    def delete(self, name: str) -> None:
        """Remove the file; nothing happens when there is none."""
        try:
            self._fs.rm_file(self._key(name))
        except FileNotFoundError:
            return

    def create(self, name: str, content: bytes, *, exclusive: bool = False) -> bool:
        """Write the file only if there is none by that name.

        :param exclusive: refuse a store that cannot tell two writers at the very same moment apart
        :returns: True when this call wrote it (or a call with the same content did), False when it already
            holds something else
        :raises NoConditionalWritesError: ``exclusive``, and the store is such a one; nothing but perhaps this very
            content was written
        """
        for wait in _CONFLICT_WAITS:
            try:
                self._create(name, content)
                if exclusive:
                    self._prove_conditional(name, content)
                return True
            except NoConditionalWritesError:
                raise
            except OSError as error:
                code = _s3_code(error)
                if isinstance(error, FileExistsError) or code in _REFUSED:
                    # Not necessarily lost: a retried request may meet the object its first try has written.
                    return self.read(name) == content
                if code == "NotImplemented":
                    if exclusive:
                        raise NoConditionalWritesError(
                            f"{self.url_of(name)}: the store answers NotImplemented to a conditional write"
                        ) from error
                    return self._create_unconditionally(name, content)
                if code != "ConditionalRequestConflict" or wait is None:
                    raise
                # Another conditional put of this key is under way; its outcome decides.
                time.sleep(wait)
        raise AssertionError("the last wait is None")  # pragma: no cover

    def _prove_conditional(self, name: str, content: bytes) -> None:
        """Write a file that is there once more: a store that lets it happen passes over the condition in silence."""
        if self._local or self._memory:
            return
        try:
            self._create(name, content)
        except OSError as error:
            if isinstance(error, FileExistsError) or _s3_code(error) in (*_REFUSED, "ConditionalRequestConflict"):
                return
            raise
        raise NoConditionalWritesError(f"{self.url_of(name)}: the store overwrites in spite of If-None-Match")

    def _create_unconditionally(self, name: str, content: bytes) -> bool:
        # The store knows no conditional writes. Attempts one after the other are kept apart as ever; of two at the very
        # same moment one may take the other's place, which readers notice by the digests in execution.json.
        existing = self.read_if_there(name)
        if existing is None:
            self._fs.pipe_file(self._key(name), content)
        return existing is None or existing == content

    def _create(self, name: str, content: bytes) -> None:
        if self._local:
            create_file(Path(self._key(name)), content)
        elif self._memory:
            with _MEMORY_LOCK:
                self._fs.pipe_file(self._key(name), content, mode="create")
        else:
            self._fs.pipe_file(self._key(name), content, mode="create")

    def _key(self, name: str) -> str:
        return f"{self._path}/{name}"


def sha256_of(path: Path) -> str:
    """SHA-256 of a local file in hexadecimal, read in pieces."""
    with path.open("rb") as stream:
        return _digest(stream)


def _s3_code(error: OSError) -> str | None:
    """S3's error code behind an error of s3fs; its text alone is the store's own wording."""
    response = getattr(error.__cause__, "response", None) or {}
    code = response.get("Error", {}).get("Code")
    return None if code is None else str(code)


def _digest(stream: Any) -> str:
    found = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        found.update(chunk)
    return found.hexdigest()
