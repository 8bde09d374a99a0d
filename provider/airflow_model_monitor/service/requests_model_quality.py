"""Requests for model-quality jobs: the baseline, an analysis of given merged data, a monitor's execution over a window.

They are the requests AWS's own SDK sends and the service itself launches (compared with recordings in
``tests/service``). What they say is independent of where the job runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from airflow_model_monitor.contract.dataset_format import DatasetFormat, MergeJson
from airflow_model_monitor.contract.environment import OUTPUT_PATH
from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.merge_environment import DATASET_SOURCE
from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest, ProcessingOutput
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.job_name import job_name as derived_name
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.request_parts import (
    BASELINE_DATASET_PATH,
    BATCH_TRANSFORM_INPUT,
    CONSTRAINTS_PATH,
    ENDPOINT_INPUT,
    POST_ANALYTICS_PATH,
    POSTPROCESSING_PATH,
    baseline_output,
    check_address,
    data_inputs,
    execution_uri,
    file_name,
    format_text,
    further_variables,
    hour_folders,
    window_variables,
)
from airflow_model_monitor.service.requests_merge import MERGE_FOLDER
from airflow_model_monitor.service.windows import Window

ANALYSIS_TYPE: Final = "MODEL_QUALITY"
BASELINE_PREFIX: Final = "baseline-suggestion-job"
EXECUTION_PREFIX: Final = "model-quality-monitoring"

MERGED_DATA: Final = MergeJson(("endpointOutput",))
MERGED_TRANSFORM_OUTPUT: Final = MergeJson(("batchTransformOutput",))


def baseline_request(
    *,
    dataset: str,
    dataset_format: DatasetFormat | str,
    attributes: ModelQualityAttributes,
    output_uri: str | None = None,
    default_bucket: str | None = None,
    job_name: str | None = None,
    post_analytics_processor_script: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProcessingJobRequest:
    """The job that suggests a baseline: what ``ModelQualityMonitor.suggest_baseline`` asks for.

    :param dataset: file or folder of labels beside predictions, a path or URL
    :param dataset_format: its format, as an object or as the JSON text of the ``dataset_format`` variable
    :param attributes: the problem and the columns; ``ground_truth_attribute`` is needed
    :param output_uri: folder for constraints.json and statistics.json
    :param default_bucket: bucket to write to when there is no ``output_uri``
    :param job_name: name of the job; by default derived from all the other arguments
    :param post_analytics_processor_script: Python file with ``postprocess_handler``
    :param environment: further variables; of this package's engine e.g. ``compatibility``
    :raises ValueError: an argument no runtime accepts
    """
    check_address("dataset", dataset)
    if attributes.ground_truth_attribute is None:
        raise ValueError(
            "ground_truth_attribute: None; name the column of the data set that holds the label, e.g. 'label'"
        )
    text = format_text(dataset_format)
    name = job_name or derived_name(
        BASELINE_PREFIX,
        ANALYSIS_TYPE,
        dataset,
        text,
        sorted(attributes.variables().items()),
        output_uri or default_bucket,
        post_analytics_processor_script,
        sorted((environment or {}).items()),
    )
    checked_name("job_name", name)
    output = baseline_output(output_uri, default_bucket, name)
    variables = {
        "output_path": OUTPUT_PATH,
        "publish_cloudwatch_metrics": "Disabled",
        "dataset_format": text,
        "dataset_source": BASELINE_DATASET_PATH,
        "analysis_type": ANALYSIS_TYPE,
        **attributes.variables(),
    }
    inputs = [ProcessingInput("baseline_dataset_input", dataset, BASELINE_DATASET_PATH)]
    script = post_analytics_processor_script
    if script is not None:
        variable = "post_analytics_processor_script"
        variables[variable] = f"{POST_ANALYTICS_PATH}/{file_name(variable, script, '.py')}"
        inputs.append(ProcessingInput(f"{variable}_input", script, POST_ANALYTICS_PATH))
    return ProcessingJobRequest(
        job_name=name,
        environment={**variables, **further_variables(environment, variables)},
        inputs=tuple(inputs),
        outputs=(ProcessingOutput("monitoring_output", output, OUTPUT_PATH, "EndOfJob"),),
    )


def analysis_request(
    *,
    job_name: str,
    data: Mapping[str, str],
    output_uri: str,
    attributes: ModelQualityAttributes,
    baseline_constraints: str | None,
    dataset_format: DatasetFormat | str = MERGED_DATA,
    post_analytics_processor_script: str | None = None,
    publish_cloudwatch_metrics: bool = False,
    dataset_source: str = DATASET_SOURCE,
    environment: Mapping[str, str] | None = None,
) -> ProcessingJobRequest:
    """The job that judges given merged data, on demand: no schedule, no window.

    :param data: folders of merged records, by their path below ``dataset_source`` (``""`` for the one that *is* it)
    :param output_uri: folder for the results
    :param attributes: the problem, and where prediction and probability stand in the model's answer
    :param baseline_constraints: address of constraints.json; None judges by none
    :param publish_cloudwatch_metrics: write metric records; AWS's image refuses this outside a schedule
    :raises ValueError: an argument no runtime accepts
    """
    checked_name("job_name", job_name)
    check_address("output_uri", output_uri)
    variables = {
        "analysis_type": ANALYSIS_TYPE,
        "dataset_format": format_text(dataset_format),
        "dataset_source": dataset_source,
        "output_path": OUTPUT_PATH,
        "publish_cloudwatch_metrics": "Enabled" if publish_cloudwatch_metrics else "Disabled",
        **attributes.variables(),
    }
    inputs: list[ProcessingInput] = []
    if baseline_constraints is not None:
        name = file_name("baseline_constraints", baseline_constraints, ".json")
        variables["baseline_constraints"] = f"{CONSTRAINTS_PATH}/{name}"
        inputs.append(ProcessingInput("constraints", baseline_constraints, CONSTRAINTS_PATH))
    inputs += data_inputs(data, dataset_source, name="endpoint_input")
    script = post_analytics_processor_script
    if script is not None:
        variable = "post_analytics_processor_script"
        variables[variable] = f"{POSTPROCESSING_PATH}/{file_name(variable, script, '.py')}"
        inputs.append(ProcessingInput("post_processor_script", script, POSTPROCESSING_PATH))
    return ProcessingJobRequest(
        job_name=job_name,
        environment={**variables, **further_variables(environment, variables)},
        inputs=tuple(inputs),
        outputs=(ProcessingOutput("result", output_uri, OUTPUT_PATH, "Continuous"),),
    )


def monitoring_request(
    *,
    monitor: str,
    window: Window,
    output_uri: str,
    attributes: ModelQualityAttributes,
    baseline_constraints: str | None,
    endpoint: str | None = None,
    variant: str = "AllTraffic",
    merged_data: Mapping[str, str] | None = None,
    dataset_format: DatasetFormat | str | None = None,
    post_analytics_processor_script: str | None = None,
    publish_cloudwatch_metrics: bool = False,
    dataset_source: str = DATASET_SOURCE,
    coverage: float | None = None,
    merge_revision: str | None = None,
    environment: Mapping[str, str] | None = None,
    generation: Generation = NEWEST,
    scheduled_time: datetime | None = None,
    job_name: str | None = None,
) -> ProcessingJobRequest:
    """One execution of a monitor over a window: what the service launches after the merge.

    :param monitor: name of the monitoring schedule
    :param window: the captures to judge
    :param output_uri: root of the monitor's output; this execution goes to ``<endpoint>/<monitor>/yyyy/mm/dd/hh`` below
    :param attributes: the problem, and where prediction and probability stand in the model's answer
    :param baseline_constraints: address of constraints.json
    :param endpoint: the endpoint that is watched; None for batch transform
    :param merged_data: folders of the merged records, by their path below ``dataset_source``; by default the hours
        below ``merge``, where a merge of the same monitor writes (whole UTC hours)
    :param coverage: labelled share of the captures, 0 to 1, as the merge counted it
    :param merge_revision: the merged data that is judged, as its publication named it
    :param generation: ``G2020`` leaves out ``monitoring_input_type``, as in 2021
    :param scheduled_time: under whose hour the execution is written; by default the end of the window
    :param job_name: default: ``model-quality-monitoring-<time of the window's end>-<digest of everything else>``
    :raises ValueError: an argument no runtime accepts
    """
    checked_name("monitor", monitor)
    if endpoint is not None:
        checked_name("endpoint", endpoint)
        checked_name("variant", variant)
    check_address("output_uri", output_uri)
    if merged_data is None:
        merged_data = merged_hours(output_uri, endpoint, variant, monitor, window)
    if dataset_format is None:
        dataset_format = MERGED_TRANSFORM_OUTPUT if endpoint is None else MERGED_DATA
    variables = window_variables(
        window, monitor, endpoint, BATCH_TRANSFORM_INPUT if endpoint is None else ENDPOINT_INPUT
    )
    if generation < Generation.G2023:
        del variables["monitoring_input_type"]
    if coverage is not None:
        variables["coverage"] = repr(float(coverage))
    if merge_revision is not None:
        variables["merge_revision"] = merge_revision
    arguments = {
        "data": dict(merged_data),
        "output_uri": execution_uri(output_uri, endpoint, monitor, scheduled_time or window.end),
        "attributes": attributes,
        "baseline_constraints": baseline_constraints,
        "dataset_format": format_text(dataset_format),
        "post_analytics_processor_script": post_analytics_processor_script,
        "publish_cloudwatch_metrics": publish_cloudwatch_metrics,
        "dataset_source": dataset_source,
        "environment": {**variables, **further_variables(environment, variables)},
    }
    name = job_name or derived_name(f"{EXECUTION_PREFIX}-{window.end:%Y%m%d%H%M}", sorted(arguments.items()))
    return analysis_request(job_name=name, **arguments)  # type: ignore[arg-type]


def merged_hours(output_uri: str, endpoint: str | None, variant: str, monitor: str, window: Window) -> dict[str, str]:
    """Where a merge leaves a window's records: ``merge/<endpoint>/<variant>/yyyy/mm/dd/hh``, or ``merge/<monitor>/…``.

    :raises ValueError: the window is not made of whole UTC hours
    """
    folder = monitor if endpoint is None else f"{endpoint}/{variant}"
    return hour_folders(f"{output_uri.rstrip('/')}/{MERGE_FOLDER}", folder, window.covering_prefixes())
