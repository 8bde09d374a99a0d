"""The bias analysis of a Clarify job: predictions found or asked for, then measured."""

from __future__ import annotations

import numpy as np

from airflow_model_monitor.analysis.bias import BiasResult, analyze
from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.clarify_inputs.model_rows import ModelRows
from airflow_model_monitor.jobs.clarify_inputs.value_columns import Column, typed_column
from airflow_model_monitor.jobs.model_source import Model
from airflow_model_monitor.jobs.predictors.predictor import Predictions


def measure_bias(
    job: ClarifyEnvironment,
    config: AnalysisConfig,
    rows: ModelRows,
    model: Model,
    baseline: AnalysisReport | None,
    context: MetricContext | None,
) -> BiasResult | None:
    """Measure bias as the configuration asks; ``None`` where it does not.

    :raises ContractError: no labels, no model to ask, settings that do not go with the rows, or a baseline of another
        job: nothing would ever be found against it
    """
    before, after = config.bias("pre_training_bias"), config.bias("post_training_bias")
    if before is None and after is None:
        return None
    if rows.labels is None:
        raise ContractError("is missing: bias is measured on observed labels", field="$.label")
    if baseline is not None:
        _refuse_another_jobs(baseline, config)
    labels, scores = rows.predicted_labels, rows.probabilities
    if after is not None and not rows.has_predictions:
        with model.predicting(len(rows)) as predictor:
            labels, scores = labels_or_scores(predictor.predictions(rows.asked), rows.labels)
    elif labels is not None:
        labels, scores = labels_or_scores(Predictions(labels=labels.astype(object)), rows.labels)
    return analyze(
        dict(zip(rows.features.names, rows.features.columns, strict=True)),
        rows.labels,
        config,
        label_name=rows.label_name,
        predicted_labels=labels if after is not None else None,
        probabilities=scores if after is not None else None,
        facets=rows.facets,
        baseline=baseline,
        compatibility=job.shared.compatibility,
        emit=context,
        threads=job.shared.threads,
    )


def _refuse_another_jobs(baseline: AnalysisReport, config: AnalysisConfig) -> None:
    sections = [section for section in (baseline.pre_training_bias, baseline.post_training_bias) if section is not None]
    known = list(dict.fromkeys(name for section in sections for name in section.facets))
    asked = [str(facet.name_or_index) for facet in config.facet]
    if not sections:
        message = "holds no bias metrics to compare with"
    elif not set(known) & set(asked):
        message = f"measures the facets {', '.join(known)}, and this job {', '.join(asked)}"
    else:
        return
    remedy = "Give the analysis.json of a bias job with the same facets"
    raise ContractError(message, field="baseline_constraints", remedy=remedy)


def labels_or_scores(found: Predictions, observed: Column) -> tuple[Column | None, Column | None]:
    """What bias is measured on: labels, or scores that a threshold makes labels of.

    Where a model answers numbers with fractions under the name of labels, they are scores, as the original takes them
    for a binary model. A regression, told by observed labels with fractions, predicts its labels themselves.
    """
    regression = _has_fractions(observed)
    if found.labels is not None:
        labels = typed_column(found.labels.tolist())
        if _has_fractions(labels) and not regression:
            return None, labels.reshape(-1, 1)
        return labels, None
    assert found.scores is not None
    if regression and found.scores.shape[1] == 1:
        return found.scores[:, 0], None
    return None, found.scores


def _has_fractions(column: Column) -> bool:
    if column.dtype.kind != "f":
        return False
    present = column[np.isfinite(column)]
    return bool(np.any(present != np.trunc(present)))
