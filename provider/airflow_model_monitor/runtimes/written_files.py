"""The files that a processing job has written, brought to this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import FILE_NAME as EXECUTION
from airflow_model_monitor.contract.execution import BaselineFile, Execution
from airflow_model_monitor.contract.exit_message import COMPLETED_WITH_VIOLATIONS, status_of
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.base import MonitoringJobFailed
from airflow_model_monitor.service.folder import Folder, sha256_of
from airflow_model_monitor.service.images import Image, is_aws_image
from airflow_model_monitor.service.job_kind import job_kind

VIOLATIONS: Final = "constraint_violations.json"
#: What a job writes into a folder that others write to as well: only these names are the job's.
_WRITTEN: Final[Mapping[Image, tuple[str, ...]]] = {
    "analyzer": ("constraints.json", "statistics.json", VIOLATIONS),
    "clarify": ("analysis.json", VIOLATIONS, "report.html", "report.ipynb", "report.pdf"),
    "groundtruth-merger": (),
}
_WRITTEN_FOLDERS: Final[Mapping[Image, tuple[str, ...]]] = {"clarify": ("explanations_shap/",)}


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """What a job left.

    :param request: the job as it was asked for, with the variables of this package's engine
    :param uri: where it wrote
    :param folder: its files on this machine
    :param exit_message: its last words; empty where it left none
    :param record: what it says of itself in execution.json; None for images that write none
    :param storage_options: what fsspec needs to open the request's addresses
    """

    request: ProcessingJobRequest
    uri: str
    folder: Path
    exit_message: str
    record: Execution | None
    storage_options: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """Paths of the files below the folder, in order."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.folder).as_posix() for path in files)

    def read(self, name: str) -> bytes | None:
        """A file whole; None when the job wrote none of that name."""
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def need(self, name: str) -> bytes:
        """A file without which there is no result.

        :raises MonitoringJobFailed: the job ended well, yet wrote no such file
        """
        content = self.read(name)
        if content is None:
            found = ", ".join(self.names) or "nothing"
            raise MonitoringJobFailed(
                f"Processing job {self.request.job_name} completed, but there is no {name} in {self.uri}, which holds "
                f"{found}. Was the folder emptied meanwhile? A cleared task runs a job anew."
            )
        return content

    def given(self, variable: str) -> tuple[str, bytes] | None:
        """A file the job was given: its address and content; None when the variable names none.

        :param variable: ``baseline_constraints`` or ``baseline_statistics``
        """
        place = self.request.environment.get(variable)
        if not place:
            return None
        path = PurePosixPath(place)
        for one in self.request.inputs:
            mounted = PurePosixPath(one.local_path)
            if mounted in (path, path.parent):
                uri = one.uri if one.uri.endswith(f"/{path.name}") else f"{one.uri.rstrip('/')}/{path.name}"
                parent, _, name = uri.rpartition("/")
                return uri, Folder(parent, self.storage_options).read(name)
        return None

    @property
    def baseline(self) -> dict[str, BaselineFile]:
        """The files it was judged by."""
        found = {
            name: self.given(variable)
            for name, variable in (("constraints", "baseline_constraints"), ("statistics", "baseline_statistics"))
        }
        return {
            name: BaselineFile(one[0], hashlib.sha256(one[1]).hexdigest())
            for name, one in found.items()
            if one is not None
        }


@contextmanager
def written_files(
    request: ProcessingJobRequest,
    *,
    image_uri: str | None,
    uri: str,
    alone: bool,
    exit_message: str,
    storage_options: Mapping[str, Any],
) -> Iterator[WrittenFiles]:
    """The files of a job that has completed, for as long as the context lasts.

    :param request: as it was asked for
    :param image_uri: the image it ran
    :param uri: where it wrote
    :param alone: whether nobody else writes there
    """
    source = Folder(uri, storage_options)
    with TemporaryDirectory(prefix="model-monitor-") as scratch:
        folder = Path(scratch)
        kind = job_kind(request)
        names = [name for name in source.sizes() if alone or _is_of(kind, name)]
        if status_of(exit_message, 0) != COMPLETED_WITH_VIOLATIONS and exit_message and not alone:
            names = [name for name in names if name != VIOLATIONS]  # an earlier job's
        for name in names:
            if name != EXECUTION:
                source.download(name, folder / name)
        record = None
        if image_uri is None or not is_aws_image(image_uri):
            record = _record(source, folder)
        yield WrittenFiles(request, uri, folder, exit_message, record, storage_options)


def _is_of(kind: Image, name: str) -> bool:
    return name in _WRITTEN[kind] or name.startswith(_WRITTEN_FOLDERS.get(kind, ()) or "/")


def _record(source: Folder, folder: Path) -> Execution | None:
    """What the job says of itself, if it is about these very files."""
    content = source.read_if_there(EXECUTION)
    if content is None:
        return None
    try:
        record = Execution.from_json(content, source.url_of(EXECUTION))
    except ContractError:
        return None  # another image's file of the same name
    for name, file in record.files.items():
        path = folder / name
        if not path.is_file():
            if source.digest(name) != file.sha256:
                return None
            source.download(name, path)
        elif sha256_of(path) != file.sha256:
            return None
    return record
