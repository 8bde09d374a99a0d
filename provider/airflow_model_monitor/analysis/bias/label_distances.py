"""Distances between the groups' distributions of labels: KL, JS, LP, TVD, KS.

Labels are positive or not, so each distribution has two shares. The original drops a class that either group lacks,
and does not scale the rest up to 1: a group without negatives then has a negative divergence, or none at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.bias.facet_sample import FacetSample, GroupCounts
from airflow_model_monitor.analysis.bias.metric_error import MetricError

Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelDistances:
    """The five distances. ``keeps_absent_classes`` mends the original: a class absent from a group has the share 0."""

    keeps_absent_classes: bool = False

    def kullback_leibler(self, sample: FacetSample) -> float:
        """KL: sum of Pa ln(Pa/Pd) in nats; infinite where Pd lacks a class of Pa and absent classes are kept."""
        return _divergence(*self._shares(sample))

    def jensen_shannon(self, sample: FacetSample) -> float:
        """JS: mean divergence from the mean distribution in nats, in [0, ln 2] with both classes."""
        # The real baselines come out to the last bit when the positive share is the complement of the negative one;
        # as a quotient of its own it differs by the last bit, and the sum, nearly cancelling, by three.
        first, second = self._aligned(_complementary(sample.advantaged), _complementary(sample.disadvantaged))
        mean = 0.5 * (first + second)
        return 0.5 * (_divergence(first, mean) + _divergence(second, mean))

    def lp_norm(self, sample: FacetSample) -> float:
        """LP: Euclidean distance of the shares, in [0, sqrt 2]."""
        first, second = self._shares(sample)
        return float(np.linalg.norm(first - second))

    def total_variation(self, sample: FacetSample) -> float:
        """TVD: half the sum of the differences, in [0, 1]."""
        first, second = self._shares(sample)
        return float(0.5 * np.sum(np.abs(first - second)))

    def kolmogorov_smirnov(self, sample: FacetSample) -> float:
        """KS: the largest difference of a class's shares, in [0, 1]."""
        first, second = self._shares(sample)
        return float(np.max(np.abs(first - second)))

    def _shares(self, sample: FacetSample) -> tuple[Shares, Shares]:
        return self._aligned(_group_shares(sample.advantaged), _group_shares(sample.disadvantaged))

    def _aligned(self, first: Shares, second: Shares) -> tuple[Shares, Shares]:
        if self.keeps_absent_classes:
            return first, second
        common = (first > 0) & (second > 0)
        if not common.any():
            raise MetricError("The groups have no label class in common")
        return first[common], second[common]


def _group_shares(group: GroupCounts) -> Shares:
    return np.array([group.negatives, group.positives]) / group.rows


def _complementary(group: GroupCounts) -> Shares:
    negative = group.negatives / group.rows
    return np.array([negative, 1.0 - negative])


def _divergence(first: Shares, second: Shares) -> float:
    present = first > 0
    if (second[present] == 0).any():
        return inf
    first, second = first[present], second[present]
    return float(np.sum(first * np.log(first / second)))
