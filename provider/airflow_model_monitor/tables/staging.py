"""A temporary folder for what a relation needs on the local disk: unpacked, downloaded, rewritten or spilled data."""

from __future__ import annotations

import os
import tempfile


class Staging:
    """Numbered files in a folder of their own.

    :param parent: folder to create it in; ``None`` for the system's temporary folder
    """

    def __init__(self, parent: str | None = None) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="model-monitor-", dir=parent)
        self._count = 0

    @property
    def folder(self) -> str:
        """The folder's path."""
        return self._directory.name

    def new_path(self, suffix: str) -> str:
        """A path nothing else uses; names sort in the order they were asked for."""
        self._count += 1
        return os.path.join(self.folder, f"{self._count:08d}{suffix}")

    def remove(self) -> None:
        """Delete the folder and everything in it."""
        self._directory.cleanup()
