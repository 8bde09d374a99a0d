"""Where a job's files are: container paths, the folders or addresses mounted under them, and reading a single file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError

_ACCESS: Final = "Check the address, the credentials, and that fsspec's package for it is installed"


@dataclass(frozen=True, slots=True)
class Location:
    """One file or folder: a local path, or an address fsspec understands.

    :param url: path or address
    :param storage_options: what fsspec needs to open it
    """

    url: str
    storage_options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.url.rstrip("/").rsplit("/", 1)[-1]

    @property
    def is_local(self) -> bool:
        """Whether it is a path of this machine."""
        return "://" not in self.url or self.url.startswith("file://")

    @property
    def path(self) -> Path:
        """The local path.

        :raises ContractError: it is not on this machine
        """
        if not self.is_local:
            raise ContractError(f"{self.url} is not a local path", remedy="Name a folder of this machine")
        return Path(self.url.removeprefix("file://"))

    def exists(self) -> bool:
        """Whether there is such a file.

        :raises ContractError: nobody can tell, for want of access
        """
        if self.is_local:
            return self.path.is_file()
        import fsspec

        try:
            filesystem, path = fsspec.core.url_to_fs(self.url, **dict(self.storage_options))
            return bool(filesystem.isfile(path))
        except Exception as error:  # of any client library
            raise ContractError(f"cannot be reached: {error}", file=self.url, remedy=_ACCESS) from error

    def read(self) -> bytes:
        """Return the file's content.

        :raises ContractError: there is no such file, or it cannot be read
        """
        try:
            if self.is_local:
                return self.path.read_bytes()
            import fsspec

            with fsspec.open(self.url, "rb", **dict(self.storage_options)) as stream:
                content: bytes = stream.read()
                return content
        except FileNotFoundError:
            raise ContractError("there is no such file", file=self.url) from None
        except OSError as error:
            raise ContractError(f"cannot be read: {error.strerror or error}", file=self.url) from error
        except Exception as error:  # of any client library
            raise ContractError(f"cannot be read: {error}", file=self.url, remedy=_ACCESS) from error

    def fetch(self, folder: Path) -> Path:
        """Return a local path with the file's content; what is remote is copied into ``folder``."""
        if self.is_local:
            if not self.path.is_file():
                raise ContractError("there is no such file", file=self.url)
            return self.path.absolute()
        copy = folder / self.name
        copy.write_bytes(self.read())
        return copy


@dataclass(frozen=True, slots=True)
class Mounts:
    """What stands where a container would see a folder.

    :param folders: container path to local path or fsspec address, as a job request's inputs name them; what is not
        mounted is a path of this machine
    :param storage_options: for the addresses
    """

    folders: Mapping[str, str] = field(default_factory=dict)
    storage_options: Mapping[str, Any] = field(default_factory=dict)

    def locate(self, container_path: str) -> Location:
        """Return where one file or folder is.

        An address that ends in the very file asked for stands for this file: a job request gives
        ``s3://…/statistics.json`` for the folder it is copied into.
        """
        path = PurePosixPath(container_path)
        for parent in (path, *path.parents):
            target = self.folders.get(str(parent))
            if target is not None:
                rest = path.relative_to(parent)
                same = rest == PurePosixPath() or target.rstrip("/").endswith(f"/{rest}")
                return Location(target if same else f"{target.rstrip('/')}/{rest}", self.storage_options)
        return Location(container_path, self.storage_options)

    def locate_all(self, container_path: str) -> list[Location]:
        """Return all that is mounted at or below a folder, in the order of the container paths.

        One input per hour is mounted below ``dataset_source``; sorted paths give the order of time.
        """
        root = PurePosixPath(container_path)
        below = sorted(path for path in self.folders if root in (PurePosixPath(path), *PurePosixPath(path).parents))
        if below:
            return [Location(self.folders[path], self.storage_options) for path in below]
        return [self.locate(container_path)]
