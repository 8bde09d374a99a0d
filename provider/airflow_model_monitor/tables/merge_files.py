"""Which files a merge reads, and where each stands below the root of its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_reader import load
from airflow_model_monitor.tables.source_files import MissingLocationError, SourceFile, files_at, path_below

_MANIFEST: Final = re.compile(rb'\s*\[\s*\{\s*"prefix"\s*:')
_HOUR: Final = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})/(\d{2})(?=/|$)")


@dataclass(frozen=True, slots=True)
class MergeInput:
    """One location to read.

    :param location: file, folder or fsspec URL
    :param folder: what its content stands for below the root of all captures, or of all labels:
        ``<endpoint>/<variant>/2021/05/06/22``; empty for the root itself
    """

    location: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class MergeFile:
    """One file to read, ``path`` being its place below the root of all captures, or of all labels."""

    file: SourceFile
    path: str

    @property
    def folder(self) -> str:
        """The folder part of ``path``, empty at the root."""
        return self.path.rpartition("/")[0]

    @property
    def hour(self) -> str:
        """The ``yyyy/mm/dd/hh`` that the folder ends with, or holds; empty where there is none."""
        found = _HOUR.findall(self.folder)
        return "/".join(found[-1]) if found else ""


def captured_files(
    inputs: Sequence[MergeInput], *, storage_options: Mapping[str, Any] | None = None, manifests: bool = False
) -> list[MergeFile]:
    """The non-empty captured files, in the order of folders, then names.

    :param manifests: whether to follow the manifests that data capture of a batch transform job writes,
        ``[{"prefix": "s3://…/"}, "a.csv.out", …]``: the files they name stand for them
    :raises ContractError: there is none; the original's text
    """
    try:
        files = [one for one in _listed(inputs, storage_options or {}) if one.file.size]
        if manifests:
            files = [each for one in files for each in _followed(one, storage_options or {})]
    except MissingLocationError:
        files = []
    if not files:
        raise ContractError(
            "Job inputs had no data",
            file=_told(inputs),
            remedy="Check that traffic was captured in this window and that the location is right.",
        )
    return sorted(files, key=lambda one: (one.folder, one.path))


def label_files(inputs: Sequence[MergeInput], *, storage_options: Mapping[str, Any] | None = None) -> list[MergeFile]:
    """The files of ground truth from oldest to newest: by hour folder, then by path.

    Files outside hour folders count as the oldest. An hour whose folder is missing is passed over, as long as there is
    one.

    :raises ContractError: no folder is there, the original's text; no file in them has content
    """
    files = _listed(inputs, storage_options or {})
    if not any(one.file.size for one in files):
        raise ContractError(
            f"The ground truth holds no label: {len(files)} files, all empty" if files else "There is no ground truth",
            file=_told(inputs),
            remedy="Upload the labels of this window, then merge again.",
        )
    return sorted(files, key=lambda one: (one.hour, one.path))


def _listed(inputs: Sequence[MergeInput], storage_options: Mapping[str, Any]) -> list[MergeFile]:
    found: dict[str, MergeFile] = {}
    missing: list[MissingLocationError] = []
    for one in inputs:
        try:
            files = files_at(one.location, storage_options=storage_options)
        except MissingLocationError as error:
            missing.append(error)
            continue
        for file in files:
            below = path_below(file, one.location, storage_options=storage_options)
            found.setdefault(file.name, MergeFile(file, f"{one.folder}/{below}".strip("/")))
    if missing and len(missing) == len(inputs):
        raise missing[0]
    return list(found.values())


def _followed(one: MergeFile, storage_options: Mapping[str, Any]) -> list[MergeFile]:
    """The files a manifest names, in its order of names, or the file itself when it is none."""
    with one.file.open() as stream:
        start = stream.read(1 << 10)
        if not _MANIFEST.match(start):
            return [one]
        content = start + stream.read()
    root = load(content, one.file.name)
    first, *named = root.items()
    prefix = first.child("prefix").text()
    return [
        MergeFile(file, f"{one.folder}/{name}".strip("/"))
        for name in sorted(item.text() for item in named)
        for file in files_at(f"{prefix}{name}", storage_options=storage_options)
        if file.size
    ]


def _told(inputs: Sequence[MergeInput]) -> str | None:
    """The locations, not all of hundreds."""
    shown = ", ".join(one.location for one in inputs[:3])
    return f"{shown} and {len(inputs) - 3} more" if len(inputs) > 3 else shown or None
