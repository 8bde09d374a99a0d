"""Where a baseline is kept: published revisions, and the two plain files every reader of Model Monitor looks for.

At the baseline's address (any fsspec URL)::

    constraints.json  statistics.json   the plain files: what SageMaker and its users read, and people edit
    analysis.json                       instead of both, for bias and explainability
    _revisions/000001/…                 what was published, with execution.json written last

The plain files are a copy made after publication. They may also be all there is (a baseline that SageMaker wrote), and
people edit thresholds in them: both are respected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.revisions import Revision, Revisions, copy_out
from airflow_model_monitor.service.store import files_of

REVISIONS = "_revisions"
CONSTRAINTS = "constraints.json"
STATISTICS = "statistics.json"
ANALYSIS = "analysis.json"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The files to compare with.

    :param constraints: address of constraints.json, or of analysis.json for bias and explainability
    :param statistics: address of statistics.json; None when the baseline has none
    :param version: content address of the files: the first 16 hexadecimal digits of a SHA-256 over them
    :param revision: the published revision, unless the files were written or edited by someone else
    """

    constraints: str
    statistics: str | None
    version: str
    revision: str | None


class BaselineStore:
    """One baseline.

    :param url: folder of the baseline, a local path or fsspec URL
    :param storage_options: keyword arguments of the file system
    """

    def __init__(self, url: str, storage_options: Mapping[str, Any] | None = None) -> None:
        self._folder = Folder(url, storage_options)
        self._revisions = Revisions(self._folder.child(REVISIONS))

    @property
    def url(self) -> str:
        """Address of the folder."""
        return self._folder.url

    def publish(self, files: Mapping[str, Path] | Path, execution: Execution) -> Revision:
        """Publish a job's files as one revision, then renew the plain files.

        :param files: name to local file, or a local folder whose files are all taken
        :param execution: what execution.json shall say; ``files`` and ``revision`` are filled in
        """
        published = self._revisions.publish(files_of(files), execution)
        copy_out(self._revisions, self._folder)
        return published

    def read(self) -> Revision | None:
        """The newest published revision, or None."""
        return self._revisions.newest()

    def revisions(self) -> tuple[Revision, ...]:
        """All published revisions, oldest first."""
        return self._revisions.all()

    def resolve(self, constraints: str = CONSTRAINTS) -> Baseline:
        """The files to compare with now.

        The newest published revision counts, except for a plain file whose bytes no revision ever had: that one was
        written by SageMaker or edited by hand, and counts. (A plain file of an *older* revision is a copy that was
        interrupted, and does not.)

        :param constraints: name of the file with the constraints: ``constraints.json`` or ``analysis.json``
        :raises FileNotFoundError: there is no such file, published or plain
        """
        names = (constraints, STATISTICS) if constraints == CONSTRAINTS else (constraints,)
        published = self._revisions.all()
        newest = published[-1] if published else None
        addresses: dict[str, str] = {}
        digests: dict[str, str] = {}
        foreign = False
        for name in names:
            known = {r.execution.files[name].sha256 for r in published if name in r.execution.files}
            plain = self._folder.digest(name)
            if plain is not None and plain not in known:
                addresses[name], digests[name] = self._folder.url_of(name), plain
                foreign = True
            elif newest is not None and name in newest.execution.files:
                addresses[name], digests[name] = newest.url_of(name), newest.execution.files[name].sha256
        if constraints not in addresses:
            raise FileNotFoundError(
                f"{self.url}: no baseline here, there is no {constraints}. Run SuggestBaselineOperator with this "
                f"output address first, or point to the folder that holds the baseline job's {constraints}."
            )
        version = hashlib.sha256("".join(digests.get(n, "-") for n in names).encode())
        return Baseline(
            constraints=addresses[constraints],
            statistics=addresses.get(STATISTICS),
            version=version.hexdigest()[:16],
            revision=None if foreign or newest is None else newest.execution.revision,
        )
