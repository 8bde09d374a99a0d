"""Requests for merge jobs: captured data and ground truth in, merged records out.

What is sent is what the service launches for an execution and what AWS's own scripts ask for (compared with recordings
in ``tests/service``). Jobs of 2021 set three variables, later ones name format, kind of input and window too.
"""

from __future__ import annotations

from collections.abc import Mapping

from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv, DatasetFormat, Json
from airflow_model_monitor.contract.environment import OUTPUT_PATH
from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.merge_environment import DATASET_SOURCE, GROUND_TRUTH_SOURCE
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest, ProcessingOutput
from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.job_name import job_name as derived_name
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.request_parts import (
    BATCH_TRANSFORM_INPUT,
    ENDPOINT_INPUT,
    check_address,
    check_source,
    data_inputs,
    format_text,
    further_variables,
    hour_folders,
)
from airflow_model_monitor.service.windows import Window

MERGE_PREFIX = "groundtruth-merge"
MERGE_FOLDER = "merge"

ANY_SIDE = CaptureJson(None)
SAME_HOURS = LabelWindow()


def merge_request(
    *,
    job_name: str,
    data: Mapping[str, str],
    ground_truth: Mapping[str, str],
    output_uri: str,
    dataset_source: str = DATASET_SOURCE,
    environment: Mapping[str, str] | None = None,
) -> ProcessingJobRequest:
    """The job that merges given captures with given labels, on demand.

    :param data: folders of captured data, by their path below ``dataset_source``:
        ``<endpoint>/<variant>/yyyy/mm/dd/hh``, or ``<monitor>/yyyy/mm/dd/hh`` for batch transform
    :param ground_truth: folders of labels, by their path below the ground truth folder: ``yyyy/mm/dd/hh``
    :param output_uri: folder for the merged records, which keep the paths of the captures: ``<reports>/merge``
    :param dataset_source: container folder of the captured data
    :param environment: further variables; of this package's engine ``label_choice``, ``memory_limit``, ``threads``
    :raises ValueError: an argument no runtime accepts
    """
    checked_name("job_name", job_name)
    check_address("output_uri", output_uri)
    variables = {
        "dataset_source": dataset_source,
        "ground_truth_source": GROUND_TRUTH_SOURCE,
        "output_path": OUTPUT_PATH,
    }
    return ProcessingJobRequest(
        job_name=job_name,
        environment={**variables, **further_variables(environment, variables)},
        inputs=(
            *data_inputs(ground_truth, GROUND_TRUTH_SOURCE, argument="ground_truth", name="groundtruth_input"),
            *data_inputs(data, dataset_source, name="endpoint_input"),
        ),
        outputs=(ProcessingOutput("result", output_uri, OUTPUT_PATH, "EndOfJob"),),
    )


def window_merge_request(
    *,
    monitor: str,
    window: Window,
    ground_truth_uri: str,
    output_uri: str,
    endpoint: str | None = None,
    captured_data_uri: str | None = None,
    transform_output_uri: str | None = None,
    variant: str = "AllTraffic",
    dataset_format: DatasetFormat | str | None = None,
    labels: LabelWindow = SAME_HOURS,
    dataset_source: str = DATASET_SOURCE,
    environment: Mapping[str, str] | None = None,
    generation: Generation = NEWEST,
    job_name: str | None = None,
) -> ProcessingJobRequest:
    """One monitor's merge over a window: what the service launches before it judges.

    The captured data is either an endpoint's or a batch transform job's:

    :param monitor: name of the monitoring schedule
    :param window: the captures to merge: whole UTC hours
    :param ground_truth_uri: root of the labels; ``yyyy/mm/dd/hh`` is read below it
    :param output_uri: root of the monitor's output; merged records go to ``merge`` below
    :param endpoint: the endpoint that is watched; needed for captured data
    :param captured_data_uri: destination of data capture; ``<endpoint>/<variant>/yyyy/mm/dd[/hh]`` is read below it
    :param transform_output_uri: instead, the output of transform jobs with GenerateInferenceId, in a folder
        ``yyyy/mm/dd/hh`` for each hour
    :param dataset_format: of the transform output: csv or json
    :param labels: in which hours labels are looked for; by default in the window's own
    :param generation: ``G2020`` sends the three variables of 2021 only, so that the merger takes its defaults
    :param job_name: default: ``groundtruth-merge-<time of the window's end>-<digest of everything else>``
    :raises ValueError: an argument no runtime accepts; a window that is not made of whole UTC hours
    """
    checked_name("monitor", monitor)
    check_address("ground_truth_uri", ground_truth_uri)
    check_address("output_uri", output_uri)
    if (captured_data_uri is None) == (transform_output_uri is None):
        raise ValueError(
            f"captured_data_uri: {captured_data_uri!r}, transform_output_uri: {transform_output_uri!r}; give exactly "
            "one of them: the destination of data capture, or the output of batch transform jobs"
        )
    check_source(endpoint, captured_data_uri, variant)
    prefixes = window.covering_prefixes()
    if captured_data_uri is not None:
        data = hour_folders(captured_data_uri, f"{endpoint}/{variant}", prefixes)
    else:
        check_address("transform_output_uri", transform_output_uri or "")
        hours = hour_folders(transform_output_uri or "", "", prefixes)
        data = {f"{monitor}/{prefix}": uri for prefix, uri in hours.items()}
    variables = _variables(monitor, window, endpoint, captured_data_uri is not None, dataset_format, generation)
    arguments = {
        "data": data,
        "ground_truth": hour_folders(ground_truth_uri, "", labels.label_prefixes(window)),
        "output_uri": f"{output_uri.rstrip('/')}/{MERGE_FOLDER}",
        "dataset_source": dataset_source,
        "environment": {**variables, **further_variables(environment, variables)},
    }
    name = job_name or derived_name(f"{MERGE_PREFIX}-{window.end:%Y%m%d%H%M}", sorted(arguments.items()))
    return merge_request(job_name=name, **arguments)  # type: ignore[arg-type]


def _variables(
    monitor: str,
    window: Window,
    endpoint: str | None,
    captured: bool,
    dataset_format: DatasetFormat | str | None,
    generation: Generation,
) -> dict[str, str]:
    named = {"sagemaker_monitoring_schedule_name": monitor}
    if endpoint is not None:
        named["sagemaker_endpoint_name"] = endpoint
    if captured and dataset_format is None:
        dataset_format = ANY_SIDE
    if dataset_format is None:
        examples = f"Csv(header=False) ({Csv(header=False).to_json()}) or Json() ({Json().to_json()})"
        raise ValueError(f"dataset_format: None; the output of a transform job needs one, e.g. {examples}")
    if captured and generation < Generation.G2023:
        return named
    return {
        "dataset_format": format_text(dataset_format),
        "monitoring_input_type": ENDPOINT_INPUT if captured else BATCH_TRANSFORM_INPUT,
        "start_time": format_utc(window.start),
        "end_time": format_utc(window.end),
        **named,
    }
