"""Where a baseline is kept: published revisions, and the two plain files every reader of Model Monitor looks for.

At the baseline's address (any fsspec URL)::

    constraints.json  statistics.json   the plain files: what SageMaker and its users read, and people edit
    analysis.json                       instead of both, for bias and explainability
    promotion.json                      which version this is, if it was promoted (service/baseline_promotion.py)
    _revisions/000001/…                 what was published, with execution.json written last

The plain files are a copy made after publication. They may also be all there is (a baseline that SageMaker wrote), and
people edit thresholds in them: both are respected.

A revision may count from a certain window on only, so that what is judged again later (late labels, a backfill) is
judged by the baseline of its own time.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.execution import Execution, MonitorType
from airflow_model_monitor.service.baseline_promotion import FILE_NAME, Promotion
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A baseline that may be promoted.

    :param files: name to content
    :param execution: of the job that made it; None: something else did
    :param source: address it comes from
    :param version: content address of its contract files
    """

    files: Mapping[str, bytes]
    execution: Execution | None
    source: str
    version: str


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

    def resolve(self, constraints: str = CONSTRAINTS, *, at: datetime | None = None) -> Baseline:
        """The files to compare with.

        The newest published revision counts, except for a plain file whose bytes no revision ever had: that one was
        written by SageMaker or edited by hand, and counts. (A plain file of an *older* revision is a copy that was
        interrupted, and does not.) For a window before the newest revision was promoted, the one of its time counts.

        :param constraints: name of the file with the constraints: ``constraints.json`` or ``analysis.json``
        :param at: begin of the window that is to be judged; None: the newest
        :raises FileNotFoundError: there is no such file, published or plain
        """
        names = (constraints, STATISTICS) if constraints == CONSTRAINTS else (constraints,)
        published = self._revisions.all()
        counting = _counting(published, at)
        of_today = not published or counting == published[-1]
        addresses: dict[str, str] = {}
        digests: dict[str, str] = {}
        foreign = False
        for name in names:
            known = {r.execution.files[name].sha256 for r in published if name in r.execution.files}
            plain = self._folder.digest(name)
            if plain is not None and plain not in known and of_today:
                addresses[name], digests[name] = self._folder.url_of(name), plain
                foreign = True
            elif counting is not None and name in counting.execution.files:
                addresses[name], digests[name] = counting.url_of(name), counting.execution.files[name].sha256
        if constraints not in addresses:
            raise FileNotFoundError(
                f"{self.url}: no baseline here, there is no {constraints}. Run SuggestBaselineOperator with this "
                f"output address first, or point to the folder that holds the baseline job's {constraints}."
            )
        return Baseline(
            constraints=addresses[constraints],
            statistics=addresses.get(STATISTICS),
            version=_version(names, digests),
            revision=None if foreign or counting is None else counting.execution.revision,
        )

    def candidate(self, constraints: str = CONSTRAINTS) -> Candidate:
        """What this folder holds, to be promoted elsewhere: the newest revision, as people have edited it since.

        :raises FileNotFoundError: there is no such file, published or plain
        """
        counting, newest = self.resolve(constraints), self.read()
        files = {} if newest is None else {name: newest.read(name) for name in newest.files if name != FILE_NAME}
        for name, address in ((constraints, counting.constraints), (STATISTICS, counting.statistics)):
            if address == self._folder.url_of(name):
                files[name] = self._folder.read(name)
        return Candidate(files, None if newest is None else newest.execution, self.url, counting.version)

    def promote(
        self, candidate: Candidate, *, monitor: str, effective_from: datetime | None = None, reason: str = ""
    ) -> tuple[Promotion, Revision]:
        """Make a baseline the one that counts; promoted again, it changes nothing.

        :param candidate: what to promote; its files are copied
        :param monitor: name of the monitoring schedule
        :param effective_from: windows that begin at this instant or later are judged by it; None: all
        """
        previous: str | None = None
        constraints = ANALYSIS if ANALYSIS in candidate.files else CONSTRAINTS
        for revision in self._revisions.all():
            done = promotion_of(revision)
            wanted = (candidate.version, candidate.source, effective_from)
            if done is None or (done.version, done.source, done.effective_from) != wanted:
                previous = version_of(revision, constraints)  # else an earlier attempt of this very promotion
        promotion = Promotion(monitor, candidate.version, effective_from, candidate.source, previous, reason)
        kind: MonitorType = "ModelBias" if constraints == ANALYSIS else "DataQuality"
        execution = candidate.execution or Execution(
            monitor_type=kind, status="Completed", exit_message=exit_message.COMPLETED, compatibility=SAGEMAKER
        )
        with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
            files = {}
            for name, content in {**candidate.files, FILE_NAME: promotion.to_json().encode()}.items():
                files[name] = Path(scratch) / name
                files[name].parent.mkdir(parents=True, exist_ok=True)
                files[name].write_bytes(content)
            return promotion, self.publish(files, execution)


def candidate_of(revision: Revision, constraints: str = CONSTRAINTS) -> Candidate:
    """A revision that counted before, to be promoted again."""
    files = {name: revision.read(name) for name in revision.files if name != FILE_NAME}
    return Candidate(files, revision.execution, revision.url, version_of(revision, constraints))


def version_of(revision: Revision, constraints: str = CONSTRAINTS) -> str:
    """Content address of a revision's contract files: what :attr:`Baseline.version` says of it."""
    names = (constraints, STATISTICS) if constraints == CONSTRAINTS else (constraints,)
    records = revision.execution.files
    return _version(names, {name: records[name].sha256 for name in names if name in records})


def promotion_of(revision: Revision) -> Promotion | None:
    """How a revision came to count; None when it was published without further ado."""
    if FILE_NAME not in revision.files:
        return None
    return Promotion.from_json(revision.read(FILE_NAME), revision.url_of(FILE_NAME))


def _version(names: tuple[str, ...], digests: Mapping[str, str]) -> str:
    return hashlib.sha256("".join(digests.get(name, "-") for name in names).encode()).hexdigest()[:16]


def _counting(published: tuple[Revision, ...], at: datetime | None) -> Revision | None:
    """The revision that counts for a window: the newest that was in effect when it began."""
    if not published or at is None:
        return published[-1] if published else None
    for revision in reversed(published):
        promotion = promotion_of(revision)
        if promotion is None or promotion.effective_from is None or promotion.effective_from <= at:
            return revision
    return published[0]  # older than every promotion: what there was first comes nearest
