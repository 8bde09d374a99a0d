"""The ground truth of a merge request: its inputs, and the files in them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest
from airflow_model_monitor.runtimes.base import NoGroundTruthError
from airflow_model_monitor.runtimes.data_inputs import inputs_below
from airflow_model_monitor.service.folder import Folder

GROUND_TRUTH_SOURCE: Final = "ground_truth_source"
_LISTED_AT_ONCE: Final = 8


def label_source(request: ProcessingJobRequest) -> str:
    """The container folder of the labels."""
    return request.environment[GROUND_TRUTH_SOURCE].rstrip("/")


def label_inputs(request: ProcessingJobRequest) -> list[ProcessingInput]:
    """The inputs that hold labels; none for a job that merges nothing."""
    return inputs_below(request, GROUND_TRUTH_SOURCE)


def label_files(request: ProcessingJobRequest, storage_options: Mapping[str, Any]) -> dict[str, int]:
    """The label files there are now, by their path below the ground-truth root, and their sizes in bytes."""
    inputs = label_inputs(request)
    with ThreadPoolExecutor(_LISTED_AT_ONCE) as threads:
        listed = list(threads.map(lambda one: Folder(one.uri, storage_options).sizes(), inputs))
    found: dict[str, int] = {}
    for one, sizes in zip(inputs, listed, strict=True):
        below = path_below(one, label_source(request))
        found |= {"/".join(part for part in (below, name) if part): size for name, size in sizes.items()}
    return dict(sorted(found.items()))


def path_below(one: ProcessingInput, source: str) -> str:
    """The part of an input's container path below the folder ``source``; empty for the folder itself."""
    return one.local_path.rstrip("/").removeprefix(source).strip("/")


def no_labels(request: ProcessingJobRequest) -> NoGroundTruthError:
    """The failure of a merge in whose folders no label lies, in the words of the original."""
    uris = [one.uri for one in label_inputs(request)]
    others = f" Nor is there anything in the {len(uris) - 1} folders up to {uris[-1]}." if len(uris) > 1 else ""
    return NoGroundTruthError(
        f'Error: No S3 objects found under S3 URL "{uris[0] if uris else "?"}" given in input data source. Please '
        "ensure that the bucket exists in the selected region, that objects exist under that S3 prefix, and that "
        f"this connection may list them.{others} No label has arrived for this window yet: merge it again later, "
        "or look for labels in more hours."
    )
