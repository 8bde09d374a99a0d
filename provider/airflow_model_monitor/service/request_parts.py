"""What the requests of all monitors share: container paths, variables and inputs, and the checks of their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from airflow_model_monitor.contract.dataset_format import DatasetFormat
from airflow_model_monitor.contract.processing_job import ProcessingInput
from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.windows import Window

BASELINE_DATASET_PATH = "/opt/ml/processing/input/baseline_dataset_input"
RECORD_PREPROCESSOR_PATH = "/opt/ml/processing/input/record_preprocessor_script_input"
POST_ANALYTICS_PATH = "/opt/ml/processing/input/post_analytics_processor_script_input"
CONSTRAINTS_PATH = "/opt/ml/processing/baseline/constraints"
STATISTICS_PATH = "/opt/ml/processing/baseline/stats"
PREPROCESSING_PATH = "/opt/ml/processing/code/preprocessing"
POSTPROCESSING_PATH = "/opt/ml/processing/code/postprocessing"

ENDPOINT_INPUT = "ENDPOINT_INPUT"
BATCH_TRANSFORM_INPUT = "BATCH_TRANSFORM_INPUT"


def window_variables(window: Window, monitor: str, endpoint: str | None, input_type: str) -> dict[str, str]:
    """The variables that say which execution of which monitor a job is."""
    return {
        "start_time": format_utc(window.start),
        "end_time": format_utc(window.end),
        "metric_time": format_utc(window.start),
        "monitoring_input_type": input_type,
        "sagemaker_monitoring_schedule_name": monitor,
        **({} if endpoint is None else {"sagemaker_endpoint_name": endpoint}),
    }


def execution_uri(output_uri: str, endpoint: str | None, monitor: str, moment: datetime) -> str:
    """``<root>/<endpoint>/<monitor>/yyyy/mm/dd/hh`` of a moment; without an endpoint one folder less.

    :param moment: when the execution was due: the end of its window, unless its schedule looks further back
    """
    hour = moment.astimezone(UTC).strftime("%Y/%m/%d/%H")
    return "/".join(part for part in (output_uri.rstrip("/"), endpoint, monitor, hour) if part)


def hour_folders(root: str, folder: str, prefixes: tuple[str, ...]) -> dict[str, str]:
    """Addresses of hour folders below ``root``, by their path below a job's data folder.

    :param folder: what stands between root and hour: ``<endpoint>/<variant>``, or nothing
    """
    base = root.rstrip("/")  # a doubled slash is another key in S3: nothing would be found
    paths = ["/".join(part for part in (folder, prefix) if part) for prefix in prefixes]
    return {path: f"{base}/{path}" for path in paths}


def data_inputs(
    data: Mapping[str, str], local_path: str, *, argument: str = "data", name: str
) -> list[ProcessingInput]:
    """One input per folder, numbered from 1.

    :param data: addresses by their path below ``local_path`` (``""`` for the one that *is* it)
    :param argument: what the caller calls it, for messages
    :param name: name of the inputs, before the number
    :raises ValueError: no folder, or what is no address
    """
    if not data:
        raise ValueError(f"{argument}: no folder given; name at least one")
    inputs = []
    for number, (path, uri) in enumerate(data.items(), start=1):
        check_address(f"{argument}[{path!r}]", uri)
        inputs.append(ProcessingInput(f"{name}_{number}", uri, f"{local_path}/{path}".rstrip("/")))
    return inputs


def check_source(endpoint: str | None, captured_data_uri: str | None, variant: str) -> None:
    """Check the names captured data is found by.

    :raises ValueError: captured data without its endpoint, or what is no name or address
    """
    if endpoint is not None:
        checked_name("endpoint", endpoint)
    if captured_data_uri is not None:
        if endpoint is None:
            raise ValueError("endpoint: None; captured data lies below its endpoint's name, so give endpoint=")
        checked_name("variant", variant)
        check_address("captured_data_uri", captured_data_uri)


def format_text(dataset_format: DatasetFormat | str) -> str:
    """The text of the ``dataset_format`` variable."""
    return dataset_format if isinstance(dataset_format, str) else dataset_format.to_json()


def check_address(argument: str, value: str) -> None:
    """Raise ``ValueError`` for what cannot be a path or URL."""
    if not value or value != value.strip():
        raise ValueError(f"{argument}: {value!r} is not an address; give a path or URL such as 's3://bucket/prefix'")


def file_name(argument: str, address: str, suffix: str) -> str:
    """The name of the file an address ends in.

    :raises ValueError: it does not end in a file of this kind
    """
    name = address.rsplit("/", 1)[-1]
    if not name.endswith(suffix) or name == suffix:
        raise ValueError(f"{argument}: {address!r} does not name a {suffix} file; give the file, not its folder")
    return name


def further_variables(environment: Mapping[str, str] | None, fixed: Mapping[str, str]) -> dict[str, str]:
    """What a caller adds to the variables a request sets itself.

    :raises ValueError: it names one of those
    """
    clash = sorted(set(environment or ()) & set(fixed))
    if clash:
        raise ValueError(f"environment: {', '.join(clash)} is set by the request itself; leave it out")
    return dict(environment or {})


def baseline_output(output_uri: str | None, default_bucket: str | None, job_name: str) -> str:
    """Where a baseline goes: the folder given, or the place AWS's SDK chooses in a bucket.

    :raises ValueError: neither is given
    """
    if output_uri is None:
        if default_bucket is None:
            raise ValueError(
                "output_uri: None; give the folder for constraints.json and statistics.json, "
                "or default_bucket= to write to model-monitor/baselining/<job>/results there"
            )
        output_uri = f"s3://{default_bucket}/model-monitor/baselining/{job_name}/results"
    check_address("output_uri", output_uri)
    return output_uri
