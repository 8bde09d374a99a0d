"""The merger's environment: the parameters of the container contract, and ours beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final, Literal

from airflow_model_monitor.contract.dataset_format import (
    CaptureJson,
    DatasetFormat,
    MergeJson,
    Parquet,
    parse_dataset_format,
)
from airflow_model_monitor.contract.environment import MEMORY_LIMIT, OUTPUT_MESSAGE_FILE, OUTPUT_PATH
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.timestamps import parse_utc

DATASET_SOURCE: Final = "/opt/ml/processing/input_data"
GROUND_TRUTH_SOURCE: Final = "/opt/ml/processing/groundtruth"

LabelChoice = Literal["newest", "oldest", "all", "refuse"]
LABEL_CHOICES: Final[tuple[LabelChoice, ...]] = ("newest", "oldest", "all", "refuse")


@dataclass(frozen=True, slots=True, kw_only=True)
class MergerEnvironment:
    """The parameters of one merge job, read from environment variables of the same names.

    Each of the original's may be left out: jobs of 2021 set the first three only, with the values that are defaults
    here. ``dataset_format`` csv or json says that the captured data is the output of a batch transform job. Of the
    time window nothing is read: which hours are merged is what is mounted; it goes into the execution's record. Ours,
    which AWS's images do not know:

    * ``label_choice``: which label counts where an id has several: ``newest`` (default; the latest hour folder, then
      path, then place in the file), ``oldest``, ``all`` (the record is written once for each) or ``refuse``.
    * ``memory_limit``, ``threads``: what the engine may use, memory as DuckDB writes it (``512MB``).
    * ``sagemaker_endpoint_name``, ``sagemaker_monitoring_schedule_name``: as for the analyzer; the schedule names the
      folder of a batch transform's merged records.
    """

    dataset_source: str = DATASET_SOURCE
    ground_truth_source: str = GROUND_TRUTH_SOURCE
    output_path: str = OUTPUT_PATH
    dataset_format: DatasetFormat = field(default=CaptureJson(None))
    monitoring_input_type: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    sagemaker_endpoint_name: str | None = None
    sagemaker_monitoring_schedule_name: str | None = None
    output_message_file: str = OUTPUT_MESSAGE_FILE
    label_choice: LabelChoice = "newest"
    memory_limit: str = MEMORY_LIMIT
    threads: int = 2

    @property
    def is_batch(self) -> bool:
        """Whether the captured data is the output of a batch transform job."""
        return not isinstance(self.dataset_format, CaptureJson)

    @classmethod
    def from_mapping(cls, env: Mapping[str, str]) -> MergerEnvironment:
        """The parameters in ``env`` (``os.environ`` or a job request's Environment); other variables are ignored.

        A variable that is empty counts as not set, and so does the text ``null`` or ``None``.

        :raises ContractError: naming the variable that is wrong
        """
        found = {
            item.name: env[item.name]
            for item in fields(cls)
            if env.get(item.name, "").strip() not in ("", "null", "None")
        }
        environment = cls(**{name: _parse(name, text) for name, text in found.items()})  # type: ignore[arg-type]
        _check(environment)
        return environment


def parse_label_choice(text: str, *, field: str = "label_choice") -> LabelChoice:
    """``newest``, ``oldest``, ``all`` or ``refuse``.

    :raises ContractError: anything else, naming ``field``
    """
    if text not in LABEL_CHOICES:
        raise ContractError(
            f"{text!r} is no rule for ids with several labels",
            field=field,
            remedy=f"Choose {', '.join(LABEL_CHOICES[:-1])} or {LABEL_CHOICES[-1]}.",
        )
    return text


def _parse(name: str, text: str) -> object:
    if name == "dataset_format":
        return parse_dataset_format(text, field=name)
    if name in ("start_time", "end_time"):
        return parse_utc(text, field=name)
    if name == "label_choice":
        return parse_label_choice(text.strip(), field=name)
    if name == "threads":
        return _threads(text)
    return text


def _threads(text: str) -> int:
    try:
        threads = int(text.strip())
    except ValueError:
        raise ContractError(f"{text!r} is not a whole number", field="threads") from None
    if not 1 <= threads <= 256:  # DuckDB really starts as many as it is told
        raise ContractError(f"{threads} is not between 1 and 256", field="threads")
    return threads


def _check(environment: MergerEnvironment) -> None:
    start, end = environment.start_time, environment.end_time
    if start is not None and end is not None and end <= start:
        raise ContractError(f"{end.isoformat()} is not after start_time {start.isoformat()}", field="end_time")
    if "BATCH" in (environment.monitoring_input_type or "").upper() and not environment.is_batch:
        raise ContractError(
            "the environment variable does not say what the transform job wrote",
            field="dataset_format",
            remedy='Set it, e.g. {"csv": {"header": false}} or {"json": {"lines": true}}',
        )
    if isinstance(environment.dataset_format, MergeJson):
        raise ContractError(
            "sagemakerMergeJson is what this job writes, not what it reads",
            field="dataset_format",
            remedy="State sagemakerCaptureJson for an endpoint, csv or json for a batch transform job.",
        )
    if isinstance(environment.dataset_format, Parquet):
        raise ContractError(
            "the output of a transform job in Parquet carries no inference id",
            field="dataset_format",
            remedy="Merge the CSV or JSON output of a job with GenerateInferenceId.",
        )
