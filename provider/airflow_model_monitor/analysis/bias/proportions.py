"""How groups differ in size and in shares of positive labels: CI, DPL, DPPL, DI."""

from __future__ import annotations

from airflow_model_monitor.analysis.bias.division import divide
from airflow_model_monitor.analysis.bias.facet_sample import FacetSample


def class_imbalance(sample: FacetSample) -> float:
    """CI: (na - nd) / (na + nd), in (-1, 1); positive when the sensitive group is the smaller one."""
    advantaged, disadvantaged = sample.advantaged.rows, sample.disadvantaged.rows
    return (advantaged - disadvantaged) / (advantaged + disadvantaged)


def difference_in_labels(sample: FacetSample) -> float:
    """DPL: share of positive labels of the others minus that of the sensitive group, in [-1, 1]."""
    advantaged, disadvantaged = sample.advantaged, sample.disadvantaged
    return advantaged.positives / advantaged.rows - disadvantaged.positives / disadvantaged.rows


def difference_in_predicted_labels(sample: FacetSample) -> float:
    """DPPL: DPL of the predicted labels, in [-1, 1]."""
    advantaged, disadvantaged = sample.advantaged, sample.disadvantaged
    first = advantaged.predicted_positives / advantaged.rows
    return first - disadvantaged.predicted_positives / disadvantaged.rows


def disparate_impact(sample: FacetSample) -> float:
    """DI: ratio of the shares of predicted positives, sensitive group over the others; at least 0, parity at 1."""
    advantaged, disadvantaged = sample.advantaged, sample.disadvantaged
    return divide(
        disadvantaged.predicted_positives / disadvantaged.rows, advantaged.predicted_positives / advantaged.rows
    )
