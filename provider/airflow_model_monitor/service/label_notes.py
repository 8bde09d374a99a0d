"""What was found out about label files and windows the last time, so that no file is read for it twice.

Most label files belong to few windows: without these notes every look would read those of weeks again, and the captures
of weeks beside them. Nothing depends on the notes: they may be deleted, and one that does not fit is not used.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_reader import JsonNode, load
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.windows import Window

FILE_NAME = "label_notes.json"


@dataclass(frozen=True, slots=True)
class SeenWindow:
    """A window as it was looked at.

    :param state: digest of its captures and of its newest merge: of another state nothing is known
    :param touched: whether a new label belonged to one of its captures
    """

    state: str
    touched: bool


@dataclass(frozen=True, slots=True)
class LabelNotes:
    """Every file in ``files`` was compared with every window in ``windows`` it was new to.

    :param subject: digest of what was looked for: other addresses or another window rule make other notes
    :param files: label files by their path below the ground-truth root, and their sizes
    :param windows: the windows that had new label files
    """

    subject: str
    files: Mapping[str, int] = field(default_factory=dict)
    windows: Mapping[Window, SeenWindow] = field(default_factory=dict)

    def seen(self, window: Window, state: str) -> SeenWindow | None:
        """What is known of a window in this state."""
        found = self.windows.get(window)
        return found if found is not None and found.state == state else None

    def write(self, folder: Folder) -> None:
        """Put the notes into a folder, in place of earlier ones."""
        document = {
            "subject": self.subject,
            "files": dict(self.files),
            "windows": {window.folder: [seen.state, seen.touched] for window, seen in self.windows.items()},
        }
        with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
            local = Path(scratch) / FILE_NAME
            local.write_text(json.dumps(document, indent=0) + "\n", encoding="utf-8")
            folder.upload(FILE_NAME, local)

    @classmethod
    def read(cls, folder: Folder, subject: str) -> LabelNotes:
        """The notes in a folder; empty ones when there are none of this subject."""
        text = folder.read_if_there(FILE_NAME)
        if text is None:
            return cls(subject)
        try:
            notes = _read(load(text, folder.url_of(FILE_NAME)))
        except (ContractError, ValueError):
            return cls(subject)  # of another release, or cut: they are written anew
        return notes if notes.subject == subject else cls(subject)


def _read(root: JsonNode) -> LabelNotes:
    windows = {}
    for name, node in root.child("windows").members():
        state, touched = node.items()
        windows[Window.from_folder(name)] = SeenWindow(state.text(), touched.boolean())
    files = {name: node.count() for name, node in root.child("files").members()}
    return LabelNotes(root.child("subject").text(), files, windows)
