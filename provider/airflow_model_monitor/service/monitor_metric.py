"""A metric of CloudWatch that a monitor publishes: its namespace, its name and *all* of its dimensions.

CloudWatch knows a metric by name and dimensions together. An alarm that leaves one out looks at a metric nobody
publishes: it stays in INSUFFICIENT_DATA for ever and says nothing. So what cannot be a monitor's metric is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airflow_model_monitor.service.limit_checks import check_count, check_text
from airflow_model_monitor.service.monitor_kind import MonitoringType, kind_of

ENDPOINT: Final = "Endpoint"
SCHEDULE: Final = "MonitoringSchedule"
_NAMESPACE: Final = re.compile(r"[^:].*")
_KINDS: Final[Mapping[MonitoringType, str]] = {
    "DataQuality": "data",
    "ModelQuality": "model",
    "ModelBias": "bias",
    "ModelExplainability": "explainability",
}
#: Further dimensions that every metric of a monitor has.
OWN_DIMENSIONS: Final[Mapping[MonitoringType, tuple[str, ...]]] = {
    "DataQuality": (),
    "ModelQuality": (),
    "ModelBias": ("BiasStage", "Label", "LabelValue", "Facet", "FacetValue"),
    "ModelExplainability": ("ExplainabilityMethod", "Label", "ValueType"),
}
#: Those of them that have but one value as a rule.
USUAL_DIMENSIONS: Final[Mapping[MonitoringType, Mapping[str, str]]] = {
    "DataQuality": {},
    "ModelQuality": {},
    "ModelBias": {},
    "ModelExplainability": {"ExplainabilityMethod": "KernelShap", "ValueType": "GlobalShapValues"},
}


@dataclass(frozen=True, slots=True)
class MonitorMetric:
    """One metric; two with the same dimensions in another order are the same."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]

    def check(self) -> None:
        """:raises ValueError: CloudWatch could not hold it, so that nobody publishes it"""
        check_text("namespace", self.namespace, 1, 255, _NAMESPACE, "e.g. 'aws/sagemaker/Endpoints/data-metrics'")
        check_text("metric name", self.name, 1, 255)
        _check_ascii("metric name", self.name)
        check_count("dimensions", len(self.dimensions), 1, 30)
        for name, value in self.dimensions.items():
            check_text("dimensions: name", name, 1, 255)
            check_text(f"dimensions[{name!r}]", value, 1, 1024)
            _check_ascii("dimensions: name", name)
            _check_ascii(f"dimensions[{name!r}]", value)
            if name.startswith(":") or not value.strip():
                raise ValueError(f"dimensions[{name!r}]: {value!r}; names begin with no ':' and values are not blank")

    @property
    def identity(self) -> tuple[str, str, frozenset[tuple[str, str]]]:
        """What tells it from every other metric."""
        return self.namespace, self.name, frozenset(self.dimensions.items())

    def __str__(self) -> str:
        stated = ", ".join(f"{name}={value}" for name, value in sorted(self.dimensions.items()))
        return f"{self.name} ({stated})"


def metrics_namespace(monitoring_type: str, *, batch: bool) -> str:
    """Where a monitor's metrics are: those of batch transform jobs have a namespace of their own.

    :raises ValueError: there is no such monitor
    """
    kind = _KINDS[kind_of(monitoring_type).monitoring_type]
    return f"aws/sagemaker/{'ModelMonitoring' if batch else 'Endpoints'}/{kind}-metrics"


def check_dimensions(monitoring_type: str, dimensions: Mapping[str, str], *, batch: bool) -> None:
    """Raise unless these are all the dimensions of such a metric.

    :param batch: the monitor watches batch transform jobs, whose metrics name no endpoint
    :raises ValueError: naming what is missing or too much, and what to do
    """
    kind = kind_of(monitoring_type).monitoring_type
    shared = (SCHEDULE,) if batch else (ENDPOINT, SCHEDULE)
    needed = (*shared, *OWN_DIMENSIONS[kind])
    missing = [name for name in needed if not dimensions.get(name)]
    if missing:
        raise ValueError(
            f"dimensions: {', '.join(missing)} missing in {dict(dimensions)}. The metrics of {kind} have "
            f"{', '.join(needed)}; an alarm without one of them never leaves INSUFFICIENT_DATA. {_remedy(missing)}"
        )
    if batch and ENDPOINT in dimensions:
        raise ValueError(
            f"dimensions: {ENDPOINT}={dimensions[ENDPOINT]!r}, but the metrics of batch transform jobs have no such "
            "dimension; leave batch_transform out if the monitor watches an endpoint"
        )


def _remedy(missing: list[str]) -> str:
    given = {
        ENDPOINT: "Give endpoint_name (or batch_transform=True where the monitor watches batch transform jobs)",
        SCHEDULE: "Give monitoring_schedule_name",
    }
    first = missing[0]
    example = f"Give them in dimensions={{{first!r}: …}}, or baseline_uri, from which they are read"
    return given.get(first, example) + "."


def _check_ascii(argument: str, value: str) -> None:
    if not value.isascii() or any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        raise ValueError(
            f"{argument}: {value!r} holds others than printable ASCII characters, so CloudWatch has no such metric and "
            "no monitor publishes it; rename the feature, or watch it with ViolationSensor"
        )
