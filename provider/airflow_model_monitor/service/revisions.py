"""Numbered, immutable revisions of one result, published one file at a time so that nobody ever reads half of one.

A result (an execution's output, a baseline) lives in a folder of revisions::

    000001/claim                 which content this number belongs to
    000001/constraints.json …    the files
    000001/execution.json        written last; its presence publishes the revision
    000002/…

*A number is claimed* by creating ``claim`` only if nobody has; it holds a digest of all the content. Two attempts with
different content therefore get two numbers and two folders, in order; two attempts with the same content share one
folder and write the same bytes into it. *A killed attempt* leaves a claim and perhaps some files but no execution.json,
so no reader sees it; run again, it finds its own claim and finishes the same revision, byte for byte. Publishing what
is already the newest revision changes nothing.

Readers look for the highest number with an execution.json and check every file against the digest in it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import FILE_NAME, Execution, PublishedFile
from airflow_model_monitor.service.folder import Folder, sha256_of

EXECUTION = FILE_NAME
CLAIM = "claim"
_COPY_ROUNDS = 10


@dataclasses.dataclass(frozen=True)
class Revision:
    """One published revision: what its execution.json says, and its files.

    :param number: 1 for the first revision of a result, rising by publication
    :param content: SHA-256 over everything in it, hexadecimal
    :param execution: the published execution.json
    :param folder: where the files are
    """

    number: int
    content: str
    execution: Execution
    folder: Folder = dataclasses.field(compare=False)

    @property
    def url(self) -> str:
        """Address of the revision's folder."""
        return self.folder.url

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the published files, execution.json aside."""
        return tuple(self.execution.files)

    def url_of(self, name: str) -> str:
        """Address of one of the files."""
        return self.folder.url_of(name)

    def read(self, name: str) -> bytes:
        """One of the files, whole.

        :raises FileNotFoundError: the revision has no such file (no violations, no constraint_violations.json)
        :raises ContractError: the bytes are not those that were published
        """
        if name == EXECUTION:
            return self.folder.read(EXECUTION)
        record = self.execution.files.get(name)
        if record is None:
            raise FileNotFoundError(f"{self.url}: this revision has no {name}; it has {', '.join(self.files)}")
        content = self.folder.read(name)
        if hashlib.sha256(content).hexdigest() != record.sha256:
            raise ContractError(
                "the file is not the one that was published (its SHA-256 differs from execution.json's)",
                file=self.url_of(name),
                remedy="Revisions are immutable: restore the file, or run the execution again.",
            )
        return content

    def read_text(self, name: str) -> str:
        """One of the files as text."""
        return self.read(name).decode()


class Revisions:
    """The revisions of one result in one folder.

    :param folder: the folder that holds ``000001/``, ``000002/``, …
    :param exclusive: publish only where the store keeps two attempts at the very same moment apart; without it,
        readers notice by the digests that one of two took the other's place
    """

    def __init__(self, folder: Folder, *, exclusive: bool = False) -> None:
        self._folder = folder
        self._exclusive = exclusive

    @property
    def url(self) -> str:
        """Address of the folder of revisions."""
        return self._folder.url

    def newest(self) -> Revision | None:
        """The newest published revision, or None when nothing was published."""
        return next(self._published(newest_first=True), None)

    def all(self) -> tuple[Revision, ...]:
        """Every published revision, oldest first."""
        return tuple(self._published(newest_first=False))

    def publish(self, files: Mapping[str, Path], execution: Execution) -> Revision:
        """Publish local files and their execution as one revision.

        Publishing the newest revision's content again returns that revision.

        :param files: name in the revision (may contain ``/``) to local file; ``execution.json`` and ``claim`` are taken
        :param execution: what to say about them; its ``files`` and ``revision`` are filled in here
        :raises ValueError: a name that is taken
        :raises NoConditionalWritesError: ``exclusive``, and the store has no conditional writes; nothing was written
        """
        execution, content = identified(files, execution)
        newest = self.newest()
        if newest is not None and newest.content == content:
            return newest
        number = self._claim(content, after=0 if newest is None else newest.number)
        folder = self._folder.child(_name(number))
        for name, path in files.items():
            folder.upload(name, path)
        published = dataclasses.replace(execution, revision=f"{_name(number)}-{content}")
        if not folder.create(EXECUTION, published.to_json().encode()):
            # Only a store without conditional writes lets another attempt take this place.
            published = Execution.from_json(folder.read(EXECUTION), file=folder.url_of(EXECUTION))
        return Revision(number, content, published, folder)

    def _claim(self, content: str, *, after: int) -> int:
        """The first number above ``after`` that belongs, or now belongs, to this content."""
        number = after
        claim = (json.dumps({"content": content}) + "\n").encode()
        while True:
            number += 1
            if self._folder.child(_name(number)).create(CLAIM, claim, exclusive=self._exclusive):
                return number

    def _published(self, *, newest_first: bool) -> Iterator[Revision]:
        numbers = sorted((int(name) for name in self._folder.names() if name.isdigit()), reverse=newest_first)
        for number in numbers:
            folder = self._folder.child(_name(number))
            text = folder.read_if_there(EXECUTION)
            if text is None:
                continue
            execution = Execution.from_json(text, file=folder.url_of(EXECUTION))
            _, _, content = (execution.revision or "").partition("-")
            yield Revision(number, content, execution, folder)


def identified(files: Mapping[str, Path], execution: Execution) -> tuple[Execution, str]:
    """The execution with its files filled in, and the SHA-256 over everything that makes up its revision.

    :raises ValueError: a name that belongs to the store
    """
    for name in files:
        if name in (EXECUTION, CLAIM):
            raise ValueError(f"files: the name {name!r} belongs to the store; leave it out")
    records = {
        name: PublishedFile(sha256=sha256_of(path), size=path.stat().st_size) for name, path in sorted(files.items())
    }
    execution = dataclasses.replace(execution, files=records, revision=None)
    return execution, hashlib.sha256(execution.to_json().encode()).hexdigest()


def copy_out(revisions: Revisions, target: Folder, *, last: str | None = None) -> None:
    """Make a folder, whose readers know nothing of revisions, hold the newest revision's files.

    Such a reader takes the presence of ``last`` for the sign that the folder is complete, so a stale one is removed
    before anything else changes and the new one is written after everything else. Contract files of an earlier
    revision that this one has not are removed. A folder that already holds exactly these files is left alone.

    :param last: name of the file to write last (``constraint_violations.json`` for an execution)
    :raises ContractError: a file of the revision was damaged
    """
    # Attempts may publish and copy at the same time. Each looks again after its last write, so the one that writes last
    # of all leaves the newest revision's files; the bound is for a store that never shows what was written to it.
    for _ in range(_COPY_ROUNDS):
        newest = revisions.newest()
        if newest is None or not _copy_stale(newest, target, last):
            return


def _copy_stale(revision: Revision, target: Folder, last: str | None) -> bool:
    """Copy what differs; whether anything did."""
    wanted = {name: record.sha256 for name, record in revision.execution.files.items()}
    wanted[EXECUTION] = hashlib.sha256(revision.read(EXECUTION)).hexdigest()
    stale = {name for name in {*COPIED, *wanted} if target.digest(name) != wanted.get(name)}
    if not stale:
        return False
    if last is not None:
        target.delete(last)
        stale.add(last)
    for name in stale - set(wanted) - {last}:
        target.delete(name)
    for name in sorted(stale & set(wanted), key=lambda name: (name == last, name == EXECUTION, name)):
        _copy(revision, name, target)
    return True


#: What a copy may hold: a name of these that a newer revision has not is removed from it.
COPIED = (
    *("constraints.json", "statistics.json", "constraint_violations.json", "report.html"),
    *("analysis.json", "explanations_shap/out.csv", "explanations_shap/baseline.csv", "promotion.json"),
)


def _copy(revision: Revision, name: str, target: Folder) -> None:
    with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
        local = Path(scratch) / "file"
        local.write_bytes(revision.read(name))
        target.upload(name, local)


def _name(number: int) -> str:
    return f"{number:06d}"
