"""From an operator's arguments to the metrics that get an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.service.alarm_threshold import COMPLETENESS_CHECK, DATA_CHECKS, AlarmThreshold
from airflow_model_monitor.service.drift_alarm import COMPARISONS, Comparison
from airflow_model_monitor.service.monitor_kind import MONITORING_TYPES, kind_of
from airflow_model_monitor.service.monitor_metric import (
    ENDPOINT,
    OWN_DIMENSIONS,
    SCHEDULE,
    USUAL_DIMENSIONS,
    MonitorMetric,
    check_dimensions,
    metrics_namespace,
)

_FEATURE_METRICS = dict(zip(DATA_CHECKS, ("feature_baseline_drift_", "feature_non_null_")))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmedMetrics:
    """The arguments of ``CreateDriftAlarmOperator`` that say which metrics, under their names there."""

    monitoring_type: Any
    monitoring_schedule_name: str | None
    endpoint_name: str | None
    batch_transform: bool
    dimensions: Mapping[str, str] | Sequence[Mapping[str, str]] | None
    features: list[str] | None
    checks: list[str]
    metric_names: list[str] | None
    threshold: float | None
    comparison_operator: str | None
    baseline_uri: str | None

    def check_arguments(self) -> None:
        """Raise ``ValueError`` for what cannot become an alarm that ever rings; templates pass."""
        one_of("monitoring_type", self.monitoring_type, MONITORING_TYPES)
        if self.comparison_operator is not None:
            one_of("comparison_operator", self.comparison_operator, COMPARISONS)
        for check in self.checks:
            one_of("checks", check, DATA_CHECKS)
        if self.dimensions is None or isinstance(self.dimensions, Mapping | list | tuple):
            own = () if self.threshold is not None else OWN_DIMENSIONS[self.monitoring_type]
            stated = {**dict.fromkeys(own, "of the baseline"), **self.stated_dimensions}
            check_dimensions(self.monitoring_type, stated, batch=self.batch_transform)
        if self.features is not None and self.monitoring_type not in ("DataQuality", "ModelExplainability"):
            raise ValueError(
                f"features={self.features!r}: {self.monitoring_type} has no metrics of features; give metric_names"
            )
        if self.threshold is None:
            self._check_baseline()
        elif self.features is None and self.metric_names is None:
            raise ValueError(f"threshold={self.threshold!r}: give what it is for, features or metric_names")
        elif self.features is not None and self.monitoring_type == "DataQuality" and len(self.checks) != 1:
            raise ValueError(f"threshold={self.threshold!r} with checks={self.checks!r}: one threshold fits one check")

    def _check_baseline(self) -> None:
        if self.baseline_uri is None:
            raise ValueError(
                "threshold=None and baseline_uri=None: give a threshold, or the folder of the monitor's baseline to "
                "take its thresholds from"
            )
        if self.monitoring_type == "ModelExplainability":
            raise ValueError(
                "threshold=None: attribution drift is judged by NDCG, which is no metric in CloudWatch; give a "
                "threshold for features' global SHAP values, or wait for violations with ViolationSensor"
            )
        if self.comparison_operator is not None:
            raise ValueError(
                f"comparison_operator={self.comparison_operator!r}: without a threshold the baseline says both"
            )

    @property
    def stated_dimensions(self) -> dict[str, str]:
        """The dimensions that the arguments name."""
        given = self.dimensions or {}
        if not isinstance(given, Mapping):
            given = {one["Name"]: one["Value"] for one in given}
        shared = {ENDPOINT: self.endpoint_name, SCHEDULE: self.monitoring_schedule_name}
        for name, value in shared.items():
            if value is not None and given.get(name, value) != value:
                raise ValueError(f"dimensions[{name!r}]={given[name]!r} contradicts the argument that says {value!r}")
        usual = USUAL_DIMENSIONS[kind_of(self.monitoring_type).monitoring_type]
        return {**{name: value for name, value in shared.items() if value is not None}, **usual, **given}

    @property
    def schedule(self) -> str:
        """The monitor's name."""
        return self.stated_dimensions[SCHEDULE]

    def metric(self, threshold: AlarmThreshold) -> MonitorMetric:
        """The metric of a threshold, with all its dimensions."""
        dimensions = {**self.stated_dimensions, **threshold.dimensions}
        check_dimensions(self.monitoring_type, dimensions, batch=self.batch_transform)
        namespace = metrics_namespace(self.monitoring_type, batch=self.batch_transform)
        return MonitorMetric(namespace, threshold.metric, dimensions)

    def explicit_thresholds(self) -> list[AlarmThreshold]:
        """The one threshold, for every metric that was named."""
        assert self.threshold is not None
        if self.monitoring_type == "DataQuality":
            prefix = _FEATURE_METRICS[self.checks[0]] if len(self.checks) == 1 else ""
        else:
            prefix = "feature_"
        names = [*(f"{prefix}{feature}" for feature in self.features or ()), *(self.metric_names or ())]
        return [AlarmThreshold(name, name, self.threshold, self._comparison(name)) for name in dict.fromkeys(names)]

    def baseline_thresholds(self, baseline_uri: str, storage_options: Mapping[str, Any]) -> list[AlarmThreshold]:
        """What the baseline's file says, narrowed down to what was named.

        :raises FileNotFoundError: there is no baseline
        :raises ValueError: a feature or a metric it does not know
        """
        from airflow_model_monitor.service import alarm_threshold
        from airflow_model_monitor.service.baseline_store import BaselineStore
        from airflow_model_monitor.service.folder import Folder

        baseline = BaselineStore(baseline_uri, storage_options).resolve(kind_of(self.monitoring_type).baseline_file)
        folder, _, name = baseline.constraints.rpartition("/")
        text = Folder(folder, storage_options).read(name)
        if self.monitoring_type == "DataQuality":
            found = alarm_threshold.data_quality_thresholds(
                text, baseline.constraints, features=self.features, checks=self.checks
            )
        elif self.monitoring_type == "ModelQuality":
            found = alarm_threshold.model_quality_thresholds(text, baseline.constraints)
        else:
            stated = self.stated_dimensions
            everything = alarm_threshold.bias_thresholds(text, baseline.constraints)
            found = tuple(one for one in everything if {**one.dimensions, **stated} == {**stated, **one.dimensions})
        if self.metric_names is None:
            return list(found)
        known = {one.metric for one in found}
        unknown = [metric for metric in self.metric_names if metric not in known]
        if unknown:
            raise ValueError(
                f"metric_names: {unknown[0]!r} has no threshold in {baseline.constraints}, which has "
                f"{', '.join(sorted(known))}; take one of them, or give a threshold"
            )
        return [one for one in found if one.metric in self.metric_names]

    def _comparison(self, name: str) -> Comparison:
        if self.comparison_operator is not None:
            return cast("Comparison", self.comparison_operator)
        if self.monitoring_type != "ModelQuality":
            low = name.startswith(_FEATURE_METRICS[COMPLETENESS_CHECK])
            return "LessThanThreshold" if low else "GreaterThanThreshold"
        from airflow_model_monitor.contract.model_quality_constraints import CONSTRAINED_METRICS

        for operators in CONSTRAINED_METRICS.values():
            if name in operators:
                return operators[name]
        raise ValueError(
            f"comparison_operator=None: nobody says on which side of the threshold {name!r} is bad; give it"
        )


def list_of(argument: str, given: Sequence[str] | None) -> Any:
    """A list of what was given; templates and results of other tasks are left as they are.

    :raises ValueError: a lone text, which is a sequence too, of its letters
    """
    if isinstance(given, str) and "{{" not in given:
        raise ValueError(
            f"{argument}={given!r}: expected a list of texts, [{given!r}]; a template makes one in a DAG with "
            "render_template_as_native_obj=True"
        )
    return list(given) if isinstance(given, list | tuple | set | frozenset) else given
