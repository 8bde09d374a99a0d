"""CloudWatch metric records, as containers hand them over in JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from airflow_model_monitor.contract.timestamps import format_utc

FILE_NAME: Final = "cloudwatch_metrics.jsonl"


@dataclass(frozen=True, slots=True)
class StatisticValues:
    """A set of values summed up, as CloudWatch takes it."""

    sample_count: float
    sum: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """One metric: either ``value`` or ``statistic_values``, at ``timestamp`` (with a time zone).

    :raises ValueError: when both or neither are given.
    """

    metric_name: str
    timestamp: datetime
    dimensions: Mapping[str, str]
    value: float | None = None
    statistic_values: StatisticValues | None = None
    unit: str = "None"

    def __post_init__(self) -> None:
        if (self.value is None) == (self.statistic_values is None):
            raise ValueError(f"metric {self.metric_name!r} needs either a value or statistic values")

    def to_api(self) -> dict[str, Any]:
        """The record as ``PutMetricData`` takes it, with ``Timestamp`` as a datetime."""
        result: dict[str, Any] = {
            "MetricName": self.metric_name,
            "Timestamp": self.timestamp,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions.items()],
        }
        if self.statistic_values is not None:
            values = self.statistic_values
            result["StatisticValues"] = {
                "SampleCount": values.sample_count,
                "Sum": values.sum,
                "Minimum": values.minimum,
                "Maximum": values.maximum,
            }
        else:
            result["Value"] = self.value
        result["Unit"] = self.unit
        return result

    def to_json_line(self) -> str:
        """The record as one line of ``cloudwatch_metrics.jsonl``, without the newline.

        :raises ValueError: for infinite and NaN values, which CloudWatch refuses.
        """
        document = {**self.to_api(), "Timestamp": format_utc(self.timestamp)}
        return json.dumps(document, ensure_ascii=False, allow_nan=False)
