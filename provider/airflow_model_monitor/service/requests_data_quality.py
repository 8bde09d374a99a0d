"""Requests for data-quality jobs: the baseline, an analysis of given data, a monitor's execution over a window.

They are the requests AWS's own SDK sends (compared with recordings in ``tests/service``) and, for an execution, the one
the service itself launches. What they say is independent of where the job runs: the worker takes them as they are,
``SageMakerJob.applied_to`` adds role, image and machines.
"""

from __future__ import annotations

from collections.abc import Mapping

from airflow_model_monitor.contract.dataset_format import CaptureJson, DatasetFormat
from airflow_model_monitor.contract.environment import OUTPUT_PATH
from airflow_model_monitor.contract.monitoring_config import CATEGORICAL_DRIFT_METHODS, CategoricalDriftMethod
from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest, ProcessingOutput
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.job_name import job_name as derived_name
from airflow_model_monitor.service.monitoring_input import ENDPOINT_PATH
from airflow_model_monitor.service.request_parts import (
    BASELINE_DATASET_PATH,
    BATCH_TRANSFORM_INPUT,
    CONSTRAINTS_PATH,
    ENDPOINT_INPUT,
    POST_ANALYTICS_PATH,
    POSTPROCESSING_PATH,
    PREPROCESSING_PATH,
    RECORD_PREPROCESSOR_PATH,
    STATISTICS_PATH,
    baseline_output,
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
from airflow_model_monitor.service.windows import Window

CAPTURED_DATA = CaptureJson()

BASELINE_PREFIX = "baseline-suggestion-job"
EXECUTION_PREFIX = "model-monitoring"


def baseline_request(
    *,
    dataset: str,
    dataset_format: DatasetFormat | str,
    output_uri: str | None = None,
    default_bucket: str | None = None,
    job_name: str | None = None,
    record_preprocessor_script: str | None = None,
    post_analytics_processor_script: str | None = None,
    categorical_drift_method: CategoricalDriftMethod | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProcessingJobRequest:
    """The job that suggests a baseline: what ``DefaultModelMonitor.suggest_baseline`` asks for.

    :param dataset: file or folder of training data, a path or URL
    :param dataset_format: its format, as an object or as the JSON text of the ``dataset_format`` variable
    :param output_uri: folder for constraints.json and statistics.json
    :param default_bucket: bucket to write to when there is no ``output_uri``:
        ``s3://<bucket>/model-monitor/baselining/<job>/results``
    :param job_name: name of the job; by default derived from all the other arguments, so a retry has the same name
    :param record_preprocessor_script: Python file with ``preprocess_handler``
    :param post_analytics_processor_script: Python file with ``postprocess_handler``
    :param categorical_drift_method: ``LInfinity`` or ``ChiSquared``, written into the suggested constraints
    :param environment: further variables; of this package's engine e.g. ``compatibility``
    :raises ValueError: an argument no runtime accepts
    """
    check_address("dataset", dataset)
    text = format_text(dataset_format)
    if categorical_drift_method is not None and categorical_drift_method not in CATEGORICAL_DRIFT_METHODS:
        raise ValueError(
            f"categorical_drift_method: {categorical_drift_method!r}; allowed are "
            f"{', '.join(map(repr, CATEGORICAL_DRIFT_METHODS))}, or None for the default (LInfinity)"
        )
    name = job_name or derived_name(
        BASELINE_PREFIX,
        dataset,
        text,
        output_uri or default_bucket,
        record_preprocessor_script,
        post_analytics_processor_script,
        categorical_drift_method,
        sorted((environment or {}).items()),
    )
    checked_name("job_name", name)
    output = baseline_output(output_uri, default_bucket, name)

    variables = {
        "output_path": OUTPUT_PATH,
        "publish_cloudwatch_metrics": "Disabled",
        "dataset_format": text,
    }
    inputs = [ProcessingInput("baseline_dataset_input", dataset, BASELINE_DATASET_PATH)]
    for variable, script, path in (
        ("record_preprocessor_script", record_preprocessor_script, RECORD_PREPROCESSOR_PATH),
        ("post_analytics_processor_script", post_analytics_processor_script, POST_ANALYTICS_PATH),
    ):
        if script is not None:
            variables[variable] = f"{path}/{file_name(variable, script, '.py')}"
            inputs.append(ProcessingInput(f"{variable}_input", script, path))
    variables["dataset_source"] = BASELINE_DATASET_PATH
    if categorical_drift_method is not None:
        variables["categorical_drift_method"] = categorical_drift_method
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
    baseline_constraints: str | None,
    baseline_statistics: str | None = None,
    dataset_format: DatasetFormat | str = CAPTURED_DATA,
    record_preprocessor_script: str | None = None,
    post_analytics_processor_script: str | None = None,
    publish_cloudwatch_metrics: bool = False,
    environment: Mapping[str, str] | None = None,
    dataset_source: str = ENDPOINT_PATH,
    input_name: str = "input",
) -> ProcessingJobRequest:
    """The job that judges given data, on demand: no schedule, no window.

    :param data: folders of the data, by their path below ``dataset_source`` (``""`` for the one that *is* it)
    :param output_uri: folder for the results
    :param baseline_constraints: address of constraints.json
    :param baseline_statistics: address of statistics.json; without it nothing is compared for drift
    :param publish_cloudwatch_metrics: write metric records; AWS's image refuses this outside a schedule
    :param dataset_source: container folder of the data
    :raises ValueError: an argument no runtime accepts
    """
    checked_name("job_name", job_name)
    check_address("output_uri", output_uri)
    variables: dict[str, str] = {}
    inputs = data_inputs(data, dataset_source, name=input_name)
    for name, argument, address, path in (
        ("baseline", "baseline_statistics", baseline_statistics, STATISTICS_PATH),
        ("constraints", "baseline_constraints", baseline_constraints, CONSTRAINTS_PATH),
    ):
        if address is not None:
            variables[argument] = f"{path}/{file_name(argument, address, '.json')}"
            inputs.append(ProcessingInput(name, address, path))
    variables |= {
        "dataset_format": format_text(dataset_format),
        "dataset_source": dataset_source,
        "output_path": OUTPUT_PATH,
        "publish_cloudwatch_metrics": "Enabled" if publish_cloudwatch_metrics else "Disabled",
    }
    for variable, name, script, path in (
        ("record_preprocessor_script", "pre_processor_script", record_preprocessor_script, PREPROCESSING_PATH),
        (
            "post_analytics_processor_script",
            "post_processor_script",
            post_analytics_processor_script,
            POSTPROCESSING_PATH,
        ),
    ):
        if script is not None:
            variables[variable] = f"{path}/{file_name(variable, script, '.py')}"
            inputs.append(ProcessingInput(name, script, path))
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
    endpoint: str | None = None,
    captured_data_uri: str | None = None,
    dataset_uri: str | None = None,
    variant: str = "AllTraffic",
    baseline_constraints: str | None,
    baseline_statistics: str | None = None,
    dataset_format: DatasetFormat | str | None = None,
    record_preprocessor_script: str | None = None,
    post_analytics_processor_script: str | None = None,
    publish_cloudwatch_metrics: bool = False,
    environment: Mapping[str, str] | None = None,
    job_name: str | None = None,
) -> ProcessingJobRequest:
    """One execution of a monitor over a window: what the service launches for a schedule.

    The data is either captured traffic or a dataset:

    :param monitor: name of the monitoring schedule
    :param window: the data to judge
    :param output_uri: root of the monitor's output; this execution goes to ``<endpoint>/<monitor>/yyyy/mm/dd/hh`` below
    :param endpoint: the endpoint that is watched; needed for captured data
    :param captured_data_uri: destination of data capture; ``<endpoint>/<variant>/yyyy/mm/dd[/hh]`` is read below it
    :param dataset_uri: instead, a file or folder that holds exactly the window's data
    :param dataset_format: default: captured data, input and output of the endpoint
    :param job_name: default: ``model-monitoring-<time of the window's end>-<digest of everything else>``
    :raises ValueError: an argument no runtime accepts; a window over captured data that is not made of whole UTC hours
    """
    checked_name("monitor", monitor)
    if (captured_data_uri is None) == (dataset_uri is None):
        raise ValueError(
            f"captured_data_uri: {captured_data_uri!r}, dataset_uri: {dataset_uri!r}; give exactly one of them: the "
            "destination of data capture, or a file or folder that holds the window's data"
        )
    check_source(endpoint, captured_data_uri, variant)
    if captured_data_uri is not None:
        data = hour_folders(captured_data_uri, f"{endpoint}/{variant}", window.covering_prefixes())
    else:
        if dataset_format is None:
            raise ValueError(
                'dataset_format: None; a dataset needs one, e.g. Csv(header=True) or \'{"csv": {"header": true}}\''
            )
        data = {"": dataset_uri or ""}
    input_type = BATCH_TRANSFORM_INPUT if captured_data_uri is None else ENDPOINT_INPUT
    variables = window_variables(window, monitor, endpoint, input_type)
    arguments = {
        "data": data,
        "output_uri": execution_uri(output_uri, endpoint, monitor, window.end),
        "baseline_constraints": baseline_constraints,
        "baseline_statistics": baseline_statistics,
        "dataset_format": format_text(dataset_format or CAPTURED_DATA),
        "record_preprocessor_script": record_preprocessor_script,
        "post_analytics_processor_script": post_analytics_processor_script,
        "publish_cloudwatch_metrics": publish_cloudwatch_metrics,
        "environment": {**variables, **further_variables(environment, variables)},
    }
    name = job_name or derived_name(f"{EXECUTION_PREFIX}-{window.end:%Y%m%d%H%M}", sorted(arguments.items()))
    return analysis_request(job_name=name, input_name="endpoint_input", **arguments)  # type: ignore[arg-type]
