"""Local inputs of a SageMaker job or monitor: what to upload, and the request that reads it from there.

The SageMaker SDK does the same: a script or dataset of a job given as a local file goes to
``s3://<bucket>/model-monitor/baselining/<job>/input/<input name>/<file>``, a script of a monitor to
``s3://<bucket>/model-monitor/monitoring/input/<some id>/<file>``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.service.job_definition import JobDefinition


@dataclass(frozen=True, slots=True)
class Upload:
    """One local file and the address it has to be copied to."""

    source: Path
    uri: str


def is_local(uri: str) -> bool:
    """Whether an address is a path of this machine."""
    return "://" not in uri or uri.startswith("file://")


def stage_local_inputs(
    request: ProcessingJobRequest, folder_uri: str
) -> tuple[ProcessingJobRequest, tuple[Upload, ...]]:
    """Move the local inputs of a request below an address.

    :param folder_uri: where the inputs go, one folder each, named like the input
    :returns: the request that reads them from there, and the uploads to make before it is sent
    :raises FileNotFoundError: an input does not exist
    """
    uploads: list[Upload] = []
    inputs = []
    for one in request.inputs:
        if is_local(one.uri):
            source = Path(one.uri.removeprefix("file://"))
            target = f"{folder_uri.rstrip('/')}/{one.name}"
            uploads += _uploads(one.name, source, target)
            one = dataclasses.replace(one, uri=target)
        inputs.append(one)
    return dataclasses.replace(request, inputs=tuple(inputs)), tuple(uploads)


def stage_local_scripts(definition: JobDefinition, folder_uri: str) -> tuple[JobDefinition, tuple[Upload, ...]]:
    """Move the local scripts of a monitor to an address.

    :param folder_uri: where the scripts go, under their own names
    :returns: the definition that reads them from there, and the uploads to make before it is sent
    :raises FileNotFoundError: a script does not exist
    :raises ValueError: the two scripts have the same name
    """
    staged: dict[str, Any] = {}
    uploads: list[Upload] = []
    for argument in ("record_preprocessor_script", "post_analytics_processor_script"):
        uri = getattr(definition, argument)
        if uri is None or not is_local(uri):
            continue
        source = Path(uri.removeprefix("file://"))
        if not source.is_file():
            raise FileNotFoundError(f"{argument}: there is no file {source}")
        staged[argument] = f"{folder_uri.rstrip('/')}/{source.name}"
        uploads.append(Upload(source, staged[argument]))
    if len(set(staged.values())) < len(staged):
        raise ValueError(
            f"post_analytics_processor_script: {uploads[1].source} and {uploads[0].source} go to one place"
        )
    return dataclasses.replace(definition, **staged), tuple(uploads)


def _uploads(name: str, source: Path, target: str) -> list[Upload]:
    if source.is_file():
        return [Upload(source, f"{target}/{source.name}")]
    if source.is_dir():
        files = sorted(path for path in source.rglob("*") if path.is_file())
        return [Upload(path, f"{target}/{path.relative_to(source).as_posix()}") for path in files]
    raise FileNotFoundError(f"input {name}: there is no file or folder {source}")
