"""Which of the three containers a job request is for, read from the request itself."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from airflow_model_monitor.contract.clarify_environment import CONFIG_PATH
from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest
from airflow_model_monitor.service.images import Image

CONFIG_FOLDER: Final = str(PurePosixPath(CONFIG_PATH).parent)
"""Container folder of analysis_config.json; only Clarify's jobs have it."""


def job_kind(request: ProcessingJobRequest) -> Image:
    """The container whose contract the request follows.

    A merge names the folder of its labels, a Clarify job has a configuration mounted, and all others are analyses.
    """
    if is_merge(request):
        return "groundtruth-merger"
    return "clarify" if config_input(request) is not None else "analyzer"


def is_merge(request: ProcessingJobRequest) -> bool:
    """Whether a request asks for a merge with ground truth, rather than for an analysis."""
    return "ground_truth_source" in request.environment


def config_input(request: ProcessingJobRequest) -> ProcessingInput | None:
    """The input with the configuration of a Clarify job; None for other jobs."""
    return next((one for one in request.inputs if one.local_path.rstrip("/") == CONFIG_FOLDER), None)
