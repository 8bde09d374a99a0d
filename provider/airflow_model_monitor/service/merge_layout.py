"""SageMaker's own layout of merged records, kept up to date with what was published.

Its readers know no revisions and no sign of completeness, so an hour's folder is replaced as a whole: they see the
earlier records, the new ones, or none (of several new parts perhaps the first, on an object store). There, two copies
under way at the very same moment may for an instant show parts of both; the one that looks last removes what is not of
the newest revision. Who cannot live with that reads the revision, which has the same folders and never changes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.service.folder import Folder, sha256_of
from airflow_model_monitor.service.hour_folder import replace_files
from airflow_model_monitor.service.revisions import Revision, Revisions

_ROUNDS = 10


def copy_merge(
    revisions: Revisions,
    target: Folder,
    hour_folders: Sequence[str],
    published: Revision,
    local: Mapping[str, Path],
) -> None:
    """Make the hour folders of a window hold exactly the newest revision's files.

    :param revisions: the window's
    :param target: the folder of all merged records
    :param hour_folders: the window's folders below it; one without records is emptied
    :param published: the revision just published
    :param local: its files on this machine, which need no fetching
    :raises ContractError: a file of the newest revision was damaged
    """
    # Attempts may publish and copy at the same time. Each looks again after its last write, so the one that writes last
    # of all leaves the newest revision's files; the bound is for a store that never shows what was written to it.
    copied = 0
    for _ in range(_ROUNDS):
        newest = revisions.newest()
        if newest is None:
            return
        with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
            files = dict(local) if newest == published else _fetched(newest, Path(scratch))
            by_folder: dict[str, dict[str, Path]] = {folder: {} for folder in hour_folders}
            for path, local_path in files.items():
                folder, _, name = path.rpartition("/")
                if folder in by_folder:
                    by_folder[folder][name] = local_path
            changed = False
            for folder, inside in by_folder.items():
                place = target.child(*folder.split("/"))
                # What this very call has copied is known; what was there before is read and compared.
                changed |= replace_files(place, inside, trust_sizes=newest.number == copied)
        if not changed:
            return
        copied = newest.number


def _fetched(revision: Revision, scratch: Path) -> dict[str, Path]:
    files = {}
    for name, record in revision.execution.files.items():
        files[name] = scratch / name
        revision.folder.download(name, files[name])
        if sha256_of(files[name]) != record.sha256:
            raise ContractError(
                "the file is not the one that was published (its SHA-256 differs from execution.json's)",
                file=revision.url_of(name),
                remedy="Revisions are immutable: restore the file, or merge the window again.",
            )
    return files
