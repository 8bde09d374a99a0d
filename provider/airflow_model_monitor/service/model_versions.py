"""Versions of a model, addressed by content, and which of them serves.

Below the model's folder (any fsspec URL)::

    versions/<version>/model.onnx …   the files: data, never a pickle
    versions/<version>/model.json     what is known of it, written last; its presence makes the version
    deployments/000001.json …         which version serves from when on; the highest number counts

A version is named by the first 16 hexadecimal digits of a SHA-256 over its files' digests and what is known of it, so
adding the same model twice gives one version, and a file that was changed afterwards is noticed when it is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.timestamps import format_utc, parse_utc
from airflow_model_monitor.service.folder import Folder

MANIFEST: Final = "model.json"
MODEL_FILE: Final = "model.onnx"
_PROGRAMS: Final = (".pkl", ".pickle", ".joblib", ".pt", ".pth")


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version.

    :param version: its content address
    :param url: its folder
    :param about: what is known of it, JSON-able: training data and its windows, metrics
    :param files: SHA-256 of each file
    """

    version: str
    url: str
    about: Mapping[str, Any]
    files: Mapping[str, str]
    folder: Folder = field(compare=False)

    def url_of(self, name: str = MODEL_FILE) -> str:
        """Address of one of its files."""
        return self.folder.url_of(name)

    def read(self, name: str = MODEL_FILE) -> bytes:
        """One of its files, whole.

        :raises FileNotFoundError: the version has no such file
        :raises ContractError: the bytes are not those that were added
        """
        if name not in self.files:
            raise FileNotFoundError(f"{self.url}: this version has no {name}; it has {', '.join(self.files)}")
        content = self.folder.read(name)
        if hashlib.sha256(content).hexdigest() != self.files[name]:
            raise ContractError(
                "the file is not the one that was added (its SHA-256 differs from model.json's)",
                file=self.url_of(name),
                remedy="Versions are immutable: restore the file, or deploy another version.",
            )
        return content


@dataclass(frozen=True, slots=True)
class Deployment:
    """A version that serves from an instant on; ``since`` None: from the beginning."""

    version: str
    since: datetime | None
    reason: str


class ModelVersions:
    """The versions of one model.

    :param url: the model's folder, a local path or fsspec URL
    :param storage_options: keyword arguments of the file system, e.g. from ``ModelMonitorHook.storage_options()``
    """

    def __init__(self, url: str, storage_options: Mapping[str, Any] | None = None) -> None:
        self._versions = Folder(url, storage_options).child("versions")
        self._deployments = Folder(url, storage_options).child("deployments")

    def add(self, files: Mapping[str, bytes], about: Mapping[str, Any]) -> ModelVersion:
        """Keep a model; added again, it is the same version.

        :param files: name to content; ``model.onnx`` is what the package's predictors ask
        :param about: what is known of it, JSON-able and without the time of day
        :raises ValueError: a file that is a program (pickle, joblib), a name that is taken
        """
        for name in files:
            if name.lower().endswith(_PROGRAMS) or name == MANIFEST:
                raise ValueError(
                    f"files: {name!r} is not kept: loading a pickle runs whatever its writer wanted, and {MANIFEST} "
                    "belongs to the store; write the model as ONNX or JSON"
                )
        digests = {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
        text = json.dumps({"files": digests, "about": dict(about)}, indent=2, sort_keys=True) + "\n"
        version = hashlib.sha256(text.encode()).hexdigest()[:16]
        folder = self._versions.child(version)
        for name, content in files.items():
            folder.create(name, content)
        folder.create(MANIFEST, text.encode())
        return self.get(version)

    def get(self, version: str) -> ModelVersion:
        """One version.

        :raises LookupError: there is none by that name
        """
        folder = self._versions.child(version)
        text = folder.read_if_there(MANIFEST) if version else None
        if text is None:
            known = ", ".join(self._versions.names()) or "none"
            raise LookupError(f"version: there is no {version!r} below {self._versions.url}; there are: {known}")
        document = json.loads(text)
        return ModelVersion(version, folder.url, document["about"], document["files"], folder)

    def deploy(self, version: str, *, since: datetime | None = None, reason: str = "") -> Deployment:
        """Let a version serve; said again, nothing changes.

        :param since: requests from this instant on are its; None: all
        :raises LookupError: there is no such version
        """
        made = Deployment(self.get(version).version, since, reason)
        while True:
            history = self.deployments()
            if history and history[-1] == made:
                return made
            document = {"version": version, "since": None if since is None else format_utc(since), "reason": reason}
            if self._deployments.create(f"{len(history) + 1:06d}.json", (json.dumps(document) + "\n").encode()):
                return made

    def deployments(self) -> tuple[Deployment, ...]:
        """Every deployment, oldest first."""
        found = []
        for name in self._deployments.names():
            file = self._deployments.url_of(name)
            document = json.loads(self._deployments.read(name))
            since = document["since"]
            since = None if since is None else parse_utc(since, field="since", file=file)
            found.append(Deployment(document["version"], since, document["reason"]))
        return tuple(found)

    def serving(self, at: datetime | None = None) -> ModelVersion | None:
        """The version that serves, or served at an instant; None: none does."""
        for deployment in reversed(self.deployments()):
            if at is None or deployment.since is None or deployment.since <= at:
                return self.get(deployment.version)
        return None
