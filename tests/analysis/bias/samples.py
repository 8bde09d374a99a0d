"""Samples and analyses in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from airflow_model_monitor.analysis.bias import BiasResult, analyze
from airflow_model_monitor.analysis.bias.catalogue import catalogue, measure
from airflow_model_monitor.analysis.bias.facet_sample import FacetSample
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_config import FacetConfig
from airflow_model_monitor.contract.bias_metrics import BiasMetric, BiasMetrics, FacetMetrics
from airflow_model_monitor.contract.compatibility import Compatibility


def sample(facet: str, observed: str, predicted: str | None = None, groups: str | None = None) -> FacetSample:
    """Rows spelled as digits: ``sample("0011", "0101")`` has two rows outside the facet, then two inside."""
    return FacetSample(
        mask(facet),
        mask(observed),
        None if predicted is None else mask(predicted),
        None if groups is None else np.array([int(digit) for digit in groups]),
    )


def mask(digits: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.array([digit == "1" for digit in digits], dtype=np.bool_)


def metric(name: str, rows: FacetSample, compatibility: Compatibility = "sagemaker") -> BiasMetric:
    return measure(name, catalogue(compatibility)[name], rows)


def settings(facet: str = "sex", values: Sequence[Any] = (0,), /, **others: Any) -> AnalysisConfig:
    """A monitor's settings: label 1 favourable, one facet unless ``facet=`` gives others."""
    others.setdefault("label_values_or_threshold", (1,))
    others.setdefault("facet", (FacetConfig(facet, tuple(values)),))
    return AnalysisConfig(**others)


def run(columns: dict[str, Any], labels: Any, config: AnalysisConfig, **others: Any) -> BiasResult:
    others.setdefault("compatibility", "sagemaker")
    return analyze(columns, labels, config, label_name="y", **others)


def groups(report: AnalysisReport, *, post: bool = False) -> list[FacetMetrics]:
    section = report.post_training_bias if post else report.pre_training_bias
    assert section is not None
    return [group for _, _, group in section.groups()]


def report(value: float | None, *, name: str = "DPL", group: str = "0", facet: str = "sex") -> AnalysisReport:
    """An analysis.json of one metric."""
    found = BiasMetric(name, name, value, None if value is not None else "no value")
    section = BiasMetrics("y", {facet: (FacetMetrics(group, (found,)),)}, "1")
    return AnalysisReport(post_training_bias=section)
