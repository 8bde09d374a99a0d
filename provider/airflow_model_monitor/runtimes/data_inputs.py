"""The inputs of a job request by what they are: the data a job is about, and where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest
from airflow_model_monitor.runtimes.base import JobInputsHadNoData, MonitoringJobFailed, NoGroundTruthError

NO_DATA = "Job inputs had no data"
NO_LABEL = ("no label belongs to a captured record", "the ground truth holds no label")


def inputs_below(request: ProcessingJobRequest, variable: str) -> list[ProcessingInput]:
    """The inputs at or below the container folder that an environment variable names.

    :param variable: ``dataset_source`` or ``ground_truth_source``
    """
    source = request.environment.get(variable, "").rstrip("/")
    return [one for one in request.inputs if source and f"{one.local_path.rstrip('/')}/".startswith(f"{source}/")]


def existing_data(request: ProcessingJobRequest, exists: Callable[[str], bool]) -> list[ProcessingInput]:
    """The inputs below ``dataset_source`` that exist: an hour without traffic has no folder.

    :param exists: whether anything is at an address
    :raises JobInputsHadNoData: none of them exists
    """
    inputs = inputs_below(request, "dataset_source")
    there = [one for one in inputs if exists(one.uri)]
    if inputs and not there:
        raise _no_data(request.environment, inputs, exists)
    return there


def _no_data(
    environment: Mapping[str, str], inputs: Sequence[ProcessingInput], exists: Callable[[str], bool]
) -> MonitoringJobFailed:
    first = inputs[0].uri
    endpoint = environment.get("sagemaker_endpoint_name")
    # …/<endpoint>/<variant>/yyyy/mm/dd[/hh]: a folder of an hour may well be missing, the variant's may not.
    head, found, tail = first.rpartition(f"/{endpoint}/") if endpoint else ("", "", "")
    traffic = f"{head}{found}{tail.split('/', 1)[0]}" if found else first
    if found and exists(traffic):
        start, end = (environment.get(name, "?") for name in ("start_time", "end_time"))
        return JobInputsHadNoData(
            f"Error: {NO_DATA}. {traffic} has no captured data from {start} to {end}; if there was "
            "traffic, it may not have been written yet."
        )
    return JobInputsHadNoData(
        f'Error: No S3 objects found under S3 URL "{traffic}" given in input data source. Nothing is there: check '
        "the address, and that this connection may list it."
    )


def failure_of(message: str) -> MonitoringJobFailed:
    """The failure that a job's exit message tells of."""
    if NO_DATA in message:
        return JobInputsHadNoData(message)
    return (NoGroundTruthError if any(text in message for text in NO_LABEL) else MonitoringJobFailed)(message)
