"""The explanation of a Clarify job: Kernel SHAP of the rows, and whether features changed places since the baseline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TextIO

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.attribution.drift import AttributionDrift, attribution_drift
from airflow_model_monitor.analysis.attribution.metric_records import metric_records
from airflow_model_monitor.analysis.kernel_shap.explanation import Explanation, chosen_features, explain, label_names
from airflow_model_monitor.analysis.kernel_shap.kernel_shap import KernelShap, LocalValues
from airflow_model_monitor.analysis.kernel_shap.sample_budget import sample_budget
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from airflow_model_monitor.contract.clarify_violations import AttributionViolation
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.explanations import Explanations
from airflow_model_monitor.contract.metric_record import MetricRecord
from airflow_model_monitor.contract.shap_table import BASELINE_FILE_NAME, VALUES_FILE_NAME, csv_line, value_columns
from airflow_model_monitor.jobs.clarify_inputs.model_rows import ModelRows
from airflow_model_monitor.jobs.clarify_inputs.shap_baseline import shap_baseline
from airflow_model_monitor.jobs.model_source import Model
from airflow_model_monitor.jobs.predictors.opening import types
from airflow_model_monitor.jobs.publication import Publication
from airflow_model_monitor.report.local_sample import LocalSample

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.feature_table import FeatureTable
    from airflow_model_monitor.analysis.metric_records import MetricContext
    from airflow_model_monitor.jobs.predictors.predictor import Predictor


@dataclass(frozen=True, slots=True)
class ShapFindings:
    """What the explanation found.

    :param explanation: of the rows
    :param drift: from the baseline; ``None`` where there is none
    :param original_drift: by the original's rule, beside a corrected result
    :param metrics: CloudWatch metric records
    :param rows: what was explained
    :param sample: local values of some of them, to be drawn
    """

    explanation: Explanation
    rows: FeatureTable
    sample: LocalSample
    drift: AttributionDrift | None = None
    original_drift: AttributionDrift | None = None
    metrics: tuple[MetricRecord, ...] = ()

    @property
    def document(self) -> Explanations:
        """Its part of analysis.json."""
        return self.explanation.contract

    @property
    def violations(self) -> tuple[AttributionViolation, ...]:
        """The labels whose features changed places."""
        return () if self.drift is None else self.drift.violations

    @property
    def original_violations(self) -> tuple[AttributionViolation, ...]:
        """The same by the original's rule."""
        return () if self.original_drift is None else self.original_drift.violations


def explain_rows(
    job: ClarifyEnvironment,
    config: AnalysisConfig,
    rows: ModelRows,
    model: Model,
    baseline: AnalysisReport | None,
    context: MetricContext | None,
    publication: Publication,
    stream: TextIO,
) -> ShapFindings | None:
    """Explain the rows as the configuration asks; ``None`` where it does not.

    Local values go into the publication as they come, where they are asked for.

    :raises ContractError: no model to ask, an answer that cannot be used, a baseline of other features
    """
    shap = None if config.methods is None else config.methods.shap
    if shap is None:
        return None
    table = rows.asked
    compatibility = job.shared.compatibility
    if isinstance(shap.baseline, str):
        shap = replace(shap, baseline=model.locate(shap.baseline).url)
    absent = shap_baseline(
        shap,
        table,
        features=job.features_attribute or config.features,
        dataset_type=config.dataset_type,
        storage_options=dict(model.storage_options),
        options={"memory_limit": job.shared.memory_limit, "threads": job.shared.threads},
    )
    budget = sample_budget(len(table.names), shap.num_samples)
    total = len(table) * (budget.samples * len(absent) + 1) + len(absent)
    with model.predicting(total) as predictor:
        asked = _FirstScore(predictor)
        kernel = KernelShap(
            asked,
            absent,
            num_samples=shap.num_samples,
            seed=shap.seed,
            use_logit=shap.logit,
            compatibility=compatibility,
            row_count=len(table),
        )
        asked.score = None
        headers = [str(header) for header in config.predictor.label_headers] if config.predictor else []
        chosen = [table.names[index] for index in chosen_features(table.names, shap.features_to_explain)]
        labels = label_names(len(kernel.expected_values), headers)
        sample = LocalSample()
        with _LocalValues(publication if shap.saves_local_values else None, chosen, labels, sample) as local:
            explanation = explain(
                kernel,
                [table],
                aggregation=shap.aggregation,
                label_headers=headers,
                features_to_explain=shap.features_to_explain,
                keep=local.keep,
            )
    if shap.saves_local_values:
        lines = [csv_line(absent.names), *(csv_line(row) for row in absent.rows())]
        publication.write(BASELINE_FILE_NAME, "".join(lines))
    for warning in explanation.warnings:
        stream.write(f"{warning}\n")
    explanation = _with_original_label(explanation, config, asked.score, compatibility)
    drift = _drift(explanation, baseline, compatibility)
    return ShapFindings(
        explanation,
        table,
        sample,
        drift,
        original_drift=_drift(explanation, baseline, SAGEMAKER) if compatibility == CORRECTED else None,
        metrics=() if context is None else metric_records(explanation.contract, context),
    )


class _FirstScore:
    """A model that remembers its first score since it was told to forget."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self.score: float | None = None

    def __call__(self, table: FeatureTable) -> NDArray[np.float64]:
        scores = self._predictor.predict(table)
        if self.score is None and scores.size:
            self.score = float(scores[0, 0])
        return scores


class _LocalValues:
    """``explanations_shap/out.csv``, written as rows are explained, and some rows of it kept for drawing."""

    def __init__(
        self, publication: Publication | None, features: list[str], labels: tuple[str, ...], sample: LocalSample
    ) -> None:
        self._sample = sample
        self._file: Any = None
        if publication is not None:
            self._file = open(publication.staged(VALUES_FILE_NAME), "w", encoding="utf-8", newline="")  # noqa: SIM115
            self._file.write(csv_line(value_columns(features, labels)))

    def keep(self, local: LocalValues) -> None:
        """Append the values of some rows."""
        self._sample.add(local.values)
        if self._file is not None:
            self._file.writelines(csv_line(row) for row in local.table)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()


def _with_original_label(
    explanation: Explanation, config: AnalysisConfig, first: float | None, compatibility: Compatibility
) -> Explanation:
    """Name the label as the original does where it takes scores for labels.

    Where a model answers in JSON and ``predictor.label`` points at its scores, analysis.json of a real job has the
    first row's score as the label's name. ``corrected`` calls it ``label0``.
    """
    predictor = config.predictor
    if compatibility != SAGEMAKER or predictor is None or first is None or len(explanation.labels) != 1:
        return explanation
    if predictor.label is None or predictor.probability is not None or predictor.label_headers:
        return explanation
    if types(predictor, config.dataset_type)[1] != "application/json":
        return explanation
    return replace(explanation, labels={str(first): next(iter(explanation.labels.values()))})


def _drift(
    explanation: Explanation, baseline: AnalysisReport | None, compatibility: Compatibility
) -> AttributionDrift | None:
    if baseline is None:
        return None
    known = baseline.explanations
    if known is None or not known.kernel_shap:
        raise ContractError(
            "holds no SHAP values to compare with",
            field="baseline_constraints",
            remedy="Give the analysis.json of an explainability job",
        )
    drift = attribution_drift(known, explanation.contract, compatibility=compatibility)
    if not drift.labels:
        raise ContractError(
            f"explains {', '.join(known.kernel_shap)}, and this job {', '.join(explanation.labels)}",
            field="baseline_constraints",
            remedy="Give the analysis.json of a job that explains the same labels",
        )
    return drift
