"""Requests for Clarify jobs, bias and explainability: the baseline, and a monitor's execution over a window.

A baseline's request is the one AWS's own SDK sends (compared with recordings in ``tests/service``). What the service
hands to a monitor's Clarify job is not published; ours says it in the variables that the analyzer has for the same
things (see :class:`~airflow_model_monitor.contract.clarify_environment.ClarifyEnvironment`), so an execution runs on
this package's engine alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from airflow_model_monitor.contract.analysis_config import FILE_NAME as CONFIG_FILE
from airflow_model_monitor.contract.clarify_environment import DATA_PATH
from airflow_model_monitor.contract.dataset_format import CaptureJson, DatasetFormat, MergeJson
from airflow_model_monitor.contract.environment import OUTPUT_PATH
from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest, ProcessingOutput
from airflow_model_monitor.service.clarify_attributes import ClarifyAttributes
from airflow_model_monitor.service.clarify_config import ClarifyAnalysis
from airflow_model_monitor.service.job_kind import CONFIG_FOLDER
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.job_name import job_name as derived_name
from airflow_model_monitor.service.request_parts import (
    BATCH_TRANSFORM_INPUT,
    CONSTRAINTS_PATH,
    ENDPOINT_INPUT,
    check_address,
    check_source,
    data_inputs,
    execution_uri,
    file_name,
    format_text,
    further_variables,
    hour_folders,
    window_variables,
)
from airflow_model_monitor.service.requests_model_quality import merged_hours
from airflow_model_monitor.service.windows import Window

BASELINE_PREFIX: Final = "baseline-suggestion-job"
EXECUTION_PREFIXES: Final[Mapping[ClarifyAnalysis, str]] = {
    "MODEL_BIAS": "model-bias-monitoring",
    "MODEL_EXPLAINABILITY": "model-explainability-monitoring",
}
CAPTURED_REQUESTS: Final = CaptureJson(("endpointInput",))
MERGED_DATA: Final = MergeJson(("endpointInput", "endpointOutput"))
MERGED_TRANSFORM_OUTPUT: Final = MergeJson(("batchTransformOutput",))


def baseline_request(
    *,
    dataset: str,
    config_uri: str,
    output_uri: str,
    job_name: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProcessingJobRequest:
    """The job that makes a baseline: what ``suggest_baseline`` of both Clarify monitors asks for.

    :param dataset: file or folder of the data, a path or URL
    :param config_uri: address of analysis_config.json; AWS's SDK puts it into the output folder
    :param output_uri: folder for analysis.json
    :param job_name: name of the job; by default derived from all the other arguments
    :param environment: variables of this package's engine, e.g. ``compatibility``
    :raises ValueError: an argument no runtime accepts
    """
    check_address("dataset", dataset)
    check_address("output_uri", output_uri)
    name = job_name or derived_name(
        BASELINE_PREFIX, dataset, config_uri, output_uri, sorted((environment or {}).items())
    )
    checked_name("job_name", name)
    return ProcessingJobRequest(
        job_name=name,
        environment={**_config_variable(config_uri), **(environment or {})},
        inputs=(ProcessingInput("dataset", dataset, DATA_PATH), _config_input(config_uri)),
        outputs=(ProcessingOutput("analysis_result", output_uri, OUTPUT_PATH, "EndOfJob"),),
    )


def monitoring_request(
    *,
    analysis: ClarifyAnalysis,
    monitor: str,
    window: Window,
    output_uri: str,
    config_uri: str,
    attributes: ClarifyAttributes,
    baseline_constraints: str | None,
    endpoint: str | None = None,
    variant: str = "AllTraffic",
    captured_data_uri: str | None = None,
    merged_data: Mapping[str, str] | None = None,
    transform_input_uri: str | None = None,
    dataset_uri: str | None = None,
    dataset_format: DatasetFormat | str | None = None,
    publish_cloudwatch_metrics: bool = False,
    coverage: float | None = None,
    merge_revision: str | None = None,
    environment: Mapping[str, str] | None = None,
    scheduled_time: datetime | None = None,
    job_name: str | None = None,
) -> ProcessingJobRequest:
    """One execution of a monitor over a window.

    :param analysis: bias judges merged data, explainability captured requests
    :param monitor: name of the monitoring schedule
    :param window: the captures to judge
    :param output_uri: root of the monitor's output; this execution goes to ``<endpoint>/<monitor>/yyyy/mm/dd/hh`` below
    :param config_uri: address of the monitor's analysis_config.json
    :param attributes: where features, answers and labels stand in a record
    :param baseline_constraints: address of the baseline's analysis.json; None judges by none
    :param endpoint: the endpoint that is watched; None for batch transform
    :param captured_data_uri: destination of data capture; explainability only
    :param merged_data: folders of merged records, by their path below the job's data folder; bias only, by default the
        hours below ``merge``
    :param transform_input_uri: captured input of batch transform jobs, in a folder ``yyyy/mm/dd/hh`` for each hour;
        explainability only
    :param dataset_uri: instead of any of them, a file or folder that holds exactly the window's data
    :param dataset_format: of the last two; default: captured or merged records
    :param coverage: labelled share of the captures, 0 to 1, as the merge counted it
    :param merge_revision: the merged data that is judged, as its publication named it
    :param scheduled_time: under whose hour the execution is written; by default the end of the window
    :raises ValueError: an argument no runtime accepts; a window over captured data that is not made of whole UTC hours
    """
    checked_name("monitor", monitor)
    check_address("output_uri", output_uri)
    check_source(endpoint, captured_data_uri, variant)
    if analysis == "MODEL_BIAS":
        _refuse_captures(captured_data_uri or transform_input_uri)
        if dataset_uri is not None:
            merged_data = {"": dataset_uri}
        data = merged_hours(output_uri, endpoint, variant, monitor, window) if merged_data is None else merged_data
        default: DatasetFormat = MERGED_TRANSFORM_OUTPUT if endpoint is None else MERGED_DATA
    else:
        if merged_data is not None:
            raise ValueError("merged_data: given, but attributions are explained on requests; give captured_data_uri")
        data = _requests(f"{endpoint}/{variant}", window, captured_data_uri, transform_input_uri, dataset_uri)
        default = CAPTURED_REQUESTS
    text = format_text(dataset_format or default)
    input_type = BATCH_TRANSFORM_INPUT if endpoint is None else ENDPOINT_INPUT
    variables = {
        **window_variables(window, monitor, endpoint, input_type),
        "analysis_type": analysis,
        "dataset_format": text,
        "dataset_source": DATA_PATH,
        "output_path": OUTPUT_PATH,
        "publish_cloudwatch_metrics": "Enabled" if publish_cloudwatch_metrics else "Disabled",
        **attributes.variables(),
        **_config_variable(config_uri),
    }
    inputs = [*data_inputs(data, DATA_PATH, name="endpoint_input"), _config_input(config_uri)]
    if baseline_constraints is not None:
        name = file_name("baseline_constraints", baseline_constraints, ".json")
        variables["baseline_constraints"] = f"{CONSTRAINTS_PATH}/{name}"
        inputs.append(ProcessingInput("constraints", baseline_constraints, CONSTRAINTS_PATH))
    if coverage is not None:
        variables["coverage"] = repr(float(coverage))
    if merge_revision is not None:
        variables["merge_revision"] = merge_revision
    variables |= further_variables(environment, variables)
    output = execution_uri(output_uri, endpoint, monitor, scheduled_time or window.end)
    addresses = [(one.uri, one.local_path) for one in inputs]
    prefix = f"{EXECUTION_PREFIXES[analysis]}-{window.end:%Y%m%d%H%M}"
    name = job_name or derived_name(prefix, addresses, output, sorted(variables.items()))
    return ProcessingJobRequest(
        job_name=checked_name("job_name", name),
        environment=variables,
        inputs=tuple(inputs),
        outputs=(ProcessingOutput("result", output, OUTPUT_PATH, "Continuous"),),
    )


def _refuse_captures(captured_data_uri: str | None) -> None:
    if captured_data_uri is not None:
        raise ValueError(
            f"captured_data_uri: {captured_data_uri!r}; bias is measured on captured data merged with its labels: give "
            "merged_data or dataset_uri"
        )


def _requests(
    folder: str,
    window: Window,
    captured_data_uri: str | None,
    transform_input_uri: str | None,
    dataset_uri: str | None,
) -> Mapping[str, str]:
    """Folders of the window's requests, by their path below the job's data folder."""
    given = [one for one in (captured_data_uri, transform_input_uri, dataset_uri) if one is not None]
    if len(given) != 1:
        raise ValueError(
            f"captured_data_uri: {captured_data_uri!r}, transform_input_uri: {transform_input_uri!r}, dataset_uri: "
            f"{dataset_uri!r}; give exactly one of them: the destination of data capture, the captured input of batch "
            "transform jobs, or a file or folder that holds the window's data"
        )
    if captured_data_uri is not None:
        return hour_folders(captured_data_uri, folder, window.covering_prefixes())
    if transform_input_uri is not None:
        return hour_folders(transform_input_uri, "", window.covering_prefixes())
    return {"": given[0]}


def _config_variable(config_uri: str) -> dict[str, str]:
    """What says which file the configuration is, where it has another name than the container looks for."""
    name = file_name("config_uri", config_uri, ".json")
    return {} if name == CONFIG_FILE else {"analysis_config": f"{CONFIG_FOLDER}/{name}"}


def _config_input(config_uri: str) -> ProcessingInput:
    return ProcessingInput("analysis_config", config_uri, CONFIG_FOLDER)
