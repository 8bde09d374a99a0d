"""What a Clarify job found, and what it says of itself in ``execution.json``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from airflow_model_monitor.analysis.attribution import metric_records as attribution_metrics
from airflow_model_monitor.analysis.bias import BiasResult, namespace
from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_metrics import SECTION_KEYS
from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from airflow_model_monitor.contract.clarify_violations import ClarifyViolations
from airflow_model_monitor.contract.compatibility import CORRECTED
from airflow_model_monitor.contract.execution import BaselineFile, Execution, PublishedFile, Verdict, Window
from airflow_model_monitor.contract.metric_record import MetricRecord
from airflow_model_monitor.jobs.clarify_shap import ShapFindings


@dataclass(slots=True)
class ClarifyFindings:
    """All that a job found.

    :param config: with columns by name
    :param baseline: what it was judged by
    """

    config: AnalysisConfig
    rows: int
    baseline: AnalysisReport | None = None
    baseline_files: Mapping[str, BaselineFile] = field(default_factory=dict)
    bias: BiasResult | None = None
    shap: ShapFindings | None = None

    @property
    def report(self) -> AnalysisReport:
        """analysis.json."""
        bias = AnalysisReport() if self.bias is None else self.bias.report
        return AnalysisReport(
            post_training_bias=bias.post_training_bias,
            pre_training_bias=bias.pre_training_bias,
            explanations=None if self.shap is None else self.shap.document,
        )

    @property
    def violations(self) -> ClarifyViolations:
        """constraint_violations.json: bias first."""
        bias = () if self.bias is None or self.bias.violations is None else self.bias.violations.violations
        return ClarifyViolations((*bias, *(() if self.shap is None else self.shap.violations)))

    @property
    def metrics(self) -> tuple[MetricRecord, ...]:
        """CloudWatch metric records; empty unless asked for."""
        return (*(() if self.bias is None else self.bias.metrics), *(() if self.shap is None else self.shap.metrics))

    @property
    def original_verdict(self) -> Verdict | None:
        """What the original would have said, beside a corrected result that was judged."""
        if self.baseline is None:
            return None
        original = None if self.bias is None else self.bias.original
        if original is not None and original.error is not None:
            return Verdict(exit_message.FAILED, 0)
        bias = () if original is None or original.violations is None else original.violations.violations
        shap = () if self.shap is None else self.shap.original_violations
        return _verdict(ClarifyViolations((*bias, *shap)))


def describe(job: ClarifyEnvironment, found: ClarifyFindings, context: MetricContext | None) -> Execution:
    """Return the execution, still without its files.

    Nothing in it depends on when or where the job ran. ``metrics`` holds the finite bias values as
    ``<stage>.<facet>.<group>.<metric>`` and the NDCG of each label as ``ndcg.<label>``.
    """
    shared, verdict = job.shared, _verdict(found.violations)
    bias = found.bias is not None
    names = None
    if context is not None:
        names = namespace(context) if bias else _shap_namespace(context)
    return Execution(
        monitor_type="ModelBias" if bias else "ModelExplainability",
        monitor=shared.sagemaker_monitoring_schedule_name,
        endpoint=shared.sagemaker_endpoint_name,
        status=verdict.status,
        exit_message=exit_message.clarify_completed(verdict.violations),
        compatibility=shared.compatibility,
        rows=found.rows,
        window=Window(shared.start_time, shared.end_time) if shared.start_time and shared.end_time else None,
        baseline=found.baseline_files,
        violations=verdict.violations,
        violations_by_check=verdict.by_check,
        original_verdict=found.original_verdict if shared.compatibility == CORRECTED else None,
        metrics=_scalars(found),
        coverage=shared.coverage,
        merge_revision=shared.merge_revision,
        metrics_namespace=names if found.metrics else None,
    )


def published_file(path: Path) -> PublishedFile:
    """Return size and hash of a staged file."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return PublishedFile(digest.hexdigest(), path.stat().st_size)


def _verdict(violations: ClarifyViolations) -> Verdict:
    number = len(violations)
    status = exit_message.status_of(exit_message.clarify_completed(number), 0)
    return Verdict(status, number, violations.counts())


def _shap_namespace(context: MetricContext) -> str:
    return attribution_metrics.ENDPOINT_NAMESPACE if context.endpoint else attribution_metrics.BATCH_NAMESPACE


def scalars_of(report: AnalysisReport) -> dict[str, float]:
    """The finite bias values of an analysis.json as ``<stage>.<facet>.<group>.<metric>``."""
    result: dict[str, float] = {}
    for stage, key in SECTION_KEYS.items():
        section = report.bias(stage)
        for facet, _, group in () if section is None else section.groups():
            for metric in group.metrics:
                if metric.value is not None and isfinite(metric.value):
                    name = f"{key.removesuffix('_metrics')}.{facet}.{group.value_or_threshold}.{metric.name}"
                    result[name] = float(metric.value)
    return result


def _scalars(found: ClarifyFindings) -> dict[str, float]:
    result = scalars_of(found.report)
    drift = None if found.shap is None else found.shap.drift
    for label in () if drift is None else drift.labels:
        result[f"ndcg.{label.label}"] = label.ndcg
    return result
