"""The variables of a job's process: those of its request, and what AWS's containers find out by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.analysis_config import FILE_NAME
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.data_inputs import inputs_below
from airflow_model_monitor.service.job_kind import CONFIG_FOLDER, is_merge
from airflow_model_monitor.service.request_parts import BATCH_TRANSFORM_INPUT

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

_SCHEDULE: Final = "sagemaker_monitoring_schedule_name"
_PLACE: Final = re.compile(r"(?P<schedule>[^/]+)/\d{4}/\d{2}/\d{2}(/\d{2})?")


def job_variables(
    aws: LocalAws, region: str, request: ProcessingJobRequest, mounts: Mapping[str, str]
) -> dict[str, str]:
    """The environment of the container contract.

    :param mounts: container folders to folders here, the inputs' filled
    """
    variables = dict(request.environment)
    if is_merge(request) and (schedule := _merged_schedule(request)):
        variables.setdefault(_SCHEDULE, schedule)
    model = model_name(mounts.get(CONFIG_FOLDER))
    url = None if model is None else aws.model_url(region, model)
    if url is not None:
        variables.setdefault("endpoint_url", url)
    if aws.settings.enable_scripts:
        variables["enable_scripts"] = "true"
    return variables


def model_name(config_folder: str | None) -> str | None:
    """``predictor.model_name`` of a Clarify job's configuration, where no endpoint is named beside it: the model that
    the original starts an endpoint of its own for.

    None for other jobs, and for a configuration that cannot be read: the job says what is wrong with it.
    """
    file = None if config_folder is None else Path(config_folder) / FILE_NAME
    if file is None or not file.is_file():
        return None
    try:
        predictor = json.loads(file.read_bytes()).get("predictor") or {}
    except (ValueError, AttributeError):
        return None
    if not isinstance(predictor, dict) or predictor.get("endpoint_name"):
        return None
    name = predictor.get("model_name")
    return name if isinstance(name, str) else None


def _merged_schedule(request: ProcessingJobRequest) -> str | None:
    """The schedule that a merge of batch transform's data is for: AWS's merger finds it in the captures' place."""
    if request.environment.get("monitoring_input_type") != BATCH_TRANSFORM_INPUT:
        return None
    root = PurePosixPath(request.environment["dataset_source"])
    places = (str(PurePosixPath(one.local_path).relative_to(root)) for one in inputs_below(request, "dataset_source"))
    return next((match["schedule"] for place in places if (match := _PLACE.fullmatch(place))), None)
