"""The analyzer's environment: every parameter of the container contract, and ours beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final

from airflow_model_monitor.contract.compatibility import SAGEMAKER, Compatibility, parse_compatibility
from airflow_model_monitor.contract.dataset_format import DatasetFormat, parse_dataset_format
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.generation import NEWEST, Generation, parse_generation
from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.contract.monitoring_config import CategoricalDriftMethod, parse_categorical_drift_method
from airflow_model_monitor.contract.timestamps import parse_utc

OUTPUT_PATH: Final = "/opt/ml/processing/output"
OUTPUT_MESSAGE_FILE: Final = "/opt/ml/output/message"
CLOUDWATCH_METRICS_DIRECTORY: Final = "/opt/ml/output/metrics/cloudwatch"
EXACT_ROWS: Final = 200_000
"""Up to this many rows arithmetic is the original's, value by value, and files are byte-identical."""
MEMORY_LIMIT: Final = "512MB"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzerEnvironment:
    """The parameters of one analyzer job, read from environment variables of the same names.

    Parameters of the original that are not set are None, like in its own log, except for those with a path or a switch
    as default. The original's ``data_quality_monitoring_config`` is not among them: it is the baseline constraints'
    ``monitoring_config``. Ours, which AWS's images do not know:

    * ``compatibility``: ``sagemaker`` (default, stands in for AWS's container) or ``corrected``.
    * ``exact_rows``: row count up to which the original's sequential arithmetic is used, at least 0.
    * ``file_generation``: the form of the files written, ``newest`` by default.
    * ``enable_scripts``: whether the preprocessor and the post-analytics script may run at all; off by default.
    * ``script_time_limit_seconds``, ``script_memory_limit_mb``: limits of such a script.
    * ``memory_limit``, ``threads``: what the engine may use, memory as DuckDB writes it (``512MB``).
    * ``seed``: of the samples behind standard deviations (model quality), any text; by default monitor and window.
    * ``coverage``, ``merge_revision``: of merged data, the labelled share of its captures (0 to 1) and the name of its
      revision; both go into the execution's record.
    """

    dataset_source: str
    dataset_format: DatasetFormat
    output_path: str = OUTPUT_PATH
    monitoring_input_type: str | None = None
    analysis_type: str | None = None
    problem_type: str | None = None
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    ground_truth_attribute: str | None = None
    probability_threshold_attribute: str | None = None
    positive_label: str | None = None
    exclude_features_attribute: str | None = None
    record_preprocessor_script: str | None = None
    post_analytics_processor_script: str | None = None
    baseline_constraints: str | None = None
    baseline_statistics: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    metric_time: datetime | None = None
    cloudwatch_metrics_directory: str = CLOUDWATCH_METRICS_DIRECTORY
    publish_cloudwatch_metrics: bool = False
    sagemaker_endpoint_name: str | None = None
    sagemaker_monitoring_schedule_name: str | None = None
    output_message_file: str = OUTPUT_MESSAGE_FILE
    report_enabled: bool = False
    categorical_drift_method: CategoricalDriftMethod | None = None
    compatibility: Compatibility = SAGEMAKER
    exact_rows: int = EXACT_ROWS
    file_generation: Generation = field(default=NEWEST)
    enable_scripts: bool = False
    script_time_limit_seconds: float = 600.0
    script_memory_limit_mb: int = 2048
    memory_limit: str = MEMORY_LIMIT
    threads: int = 2
    seed: str | None = None
    coverage: float | None = None
    merge_revision: str | None = None

    @property
    def is_monitoring(self) -> bool:
        """Whether the job checks against a baseline; otherwise it suggests one."""
        return self.baseline_constraints is not None

    @property
    def excluded_features(self) -> tuple[str, ...]:
        """Columns left out, from the comma-separated ``exclude_features_attribute``."""
        names = (name.strip() for name in (self.exclude_features_attribute or "").split(","))
        return tuple(name for name in names if name)

    @classmethod
    def from_mapping(cls, env: Mapping[str, str]) -> AnalyzerEnvironment:
        """The parameters in ``env`` (``os.environ`` or a job request's Environment); other variables are ignored.

        A variable that is empty counts as not set, and so does the text ``null`` or ``None``.

        :raises ContractError: naming the variable that is missing or wrong.
        """
        found = {
            item.name: env[item.name]
            for item in fields(cls)
            if env.get(item.name, "").strip() not in ("", "null", "None")
        }
        for name, example in _REQUIRED.items():
            if name not in found:
                raise ContractError("the environment variable is missing", field=name, remedy=f"Set it, e.g. {example}")
        values = {name: _parse(name, text) for name, text in found.items()}
        environment = cls(**values)  # type: ignore[arg-type]
        _check(environment)
        return environment


_REQUIRED: Final = {
    "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
    "dataset_format": '{"csv": {"header": true}}',
}
_SWITCHES: Final = ("publish_cloudwatch_metrics", "report_enabled", "enable_scripts")
_MOMENTS: Final = ("start_time", "end_time", "metric_time")
# Smallest and largest value. DuckDB really starts as many threads as it is told, which can stop a whole machine.
_WHOLE_NUMBERS: Final = {"exact_rows": (0, None), "script_memory_limit_mb": (1, None), "threads": (1, 256)}
_ON: Final = ("enabled", "true", "1", "yes", "on")
_OFF: Final = ("disabled", "false", "0", "no", "off")


def _parse(name: str, text: str) -> object:
    if name == "dataset_format":
        return parse_dataset_format(text, field=name)
    if name in _SWITCHES:
        return _switch(name, text)
    if name in _MOMENTS:
        return parse_utc(text, field=name)
    if name in _WHOLE_NUMBERS:
        return _whole_number(name, text, *_WHOLE_NUMBERS[name])
    if name == "script_time_limit_seconds":
        return _seconds(name, text)
    if name == "coverage":
        return _share(name, text)
    if name == "compatibility":
        return parse_compatibility(text.strip(), field=name)
    if name == "file_generation":
        return parse_generation(text, field=name)
    if name == "categorical_drift_method":
        return parse_categorical_drift_method(JsonNode(text.strip(), name))
    return text


def _switch(name: str, text: str) -> bool:
    word = text.strip().lower()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    raise ContractError(f"{text!r} is neither Enabled nor Disabled", field=name)


def _whole_number(name: str, text: str, minimum: int, maximum: int | None) -> int:
    try:
        value = int(text.strip().replace("_", ""))
    except ValueError:
        raise ContractError(f"{text!r} is not a whole number", field=name) from None
    if value < minimum:
        raise ContractError(f"{value} is less than {minimum}", field=name)
    if maximum is not None and value > maximum:
        raise ContractError(f"{value} is more than {maximum}", field=name)
    return value


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ContractError(f"{text!r} is not a number of seconds", field=name) from None
    if not 0.0 < value < float("inf"):
        raise ContractError(f"{text!r} is not a positive number of seconds", field=name)
    return value


def _share(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ContractError(f"{text!r} is not a number", field=name) from None
    if not 0.0 <= value <= 1.0:
        raise ContractError(f"{text!r} is not between 0 and 1", field=name)
    return value


def _check(environment: AnalyzerEnvironment) -> None:
    start, end = environment.start_time, environment.end_time
    if start is not None and end is not None and end <= start:
        raise ContractError(f"{end.isoformat()} is not after start_time {start.isoformat()}", field="end_time")
    if environment.baseline_statistics is not None and environment.baseline_constraints is None:
        raise ContractError(
            "the environment variable is missing, though baseline_statistics is set",
            field="baseline_constraints",
            remedy="Give both, or neither to suggest a baseline.",
        )
