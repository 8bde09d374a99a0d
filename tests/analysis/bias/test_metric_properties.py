from __future__ import annotations

from math import inf, isclose, log, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.analysis.bias.facet_sample import FacetSample
from airflow_model_monitor.contract.bias_config import POST_TRAINING_METRICS, PRE_TRAINING_METRICS
from tests.analysis.bias.samples import metric

NAMES = [name for name in (*PRE_TRAINING_METRICS, *POST_TRAINING_METRICS) if name != "FT"]
RANGES = {
    **dict.fromkeys(("CI", "DPL", "DPPL", "CDDL", "CDDPL", "AD", "DAR", "DRR", "RD", "SD"), (-1.0, 1.0)),
    **dict.fromkeys(("TVD", "KS"), (0.0, 1.0)),
    "LP": (0.0, sqrt(2)),
    "JS": (0.0, log(2)),
    "KL": (0.0, inf),
    "DI": (0.0, inf),
    "GE": (0.0, inf),
    **dict.fromkeys(("DCA", "DCR", "TE"), (-inf, inf)),
}
# Not CDDL and CDDPL: in a subgroup with accepted rows only, neither group has any disparity.
OPPOSITE_WHEN_GROUPS_SWAP = ("CI", "DPL", "DPPL", "AD", "DAR", "DRR", "RD", "SD", "DCA", "DCR", "TE")
SAME_WHEN_GROUPS_SWAP = ("TVD", "KS", "LP", "JS", "GE")
EPSILON = 1e-12


@st.composite
def samples(draw: st.DrawFn) -> FacetSample:
    rows = draw(st.lists(st.tuples(*[st.booleans()] * 3, st.integers(0, 3)), min_size=2, max_size=40))
    facet, observed, predicted, groups = (np.array(column) for column in zip(*rows, strict=True))
    facet[0], facet[1] = True, False
    return FacetSample(facet, observed, predicted, groups)


def switched(rows: FacetSample) -> FacetSample:
    return FacetSample(~rows.sensitive, rows.observed, rows.predicted, rows.groups)


def permuted(rows: FacetSample, order: Any) -> FacetSample:
    assert rows.predicted is not None
    assert rows.groups is not None
    return FacetSample(rows.sensitive[order], rows.observed[order], rows.predicted[order], rows.groups[order])


@pytest.mark.parametrize("name", NAMES)
@given(rows=samples())
def test_range(name: str, rows: FacetSample) -> None:
    found = metric(name, rows, "corrected").value
    low, high = RANGES[name]
    assert found is None or low - EPSILON <= found <= high + EPSILON


@pytest.mark.parametrize("name", NAMES)
@given(rows=samples(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_does_not_matter(name: str, rows: FacetSample, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(rows.rows)
    assert metric(name, permuted(rows, order)) == metric(name, rows)


@pytest.mark.parametrize("name", OPPOSITE_WHEN_GROUPS_SWAP)
@given(rows=samples())
def test_swapping_the_groups_turns_the_sign(name: str, rows: FacetSample) -> None:
    one, other = metric(name, rows).value, metric(name, switched(rows)).value
    assert (one is None and other is None) or (
        one is not None and other is not None and (one == -other or isclose(one, -other, abs_tol=EPSILON))
    )


@pytest.mark.parametrize("name", SAME_WHEN_GROUPS_SWAP)
@given(rows=samples())
def test_swapping_the_groups_changes_no_distance(name: str, rows: FacetSample) -> None:
    one, other = metric(name, rows, "corrected").value, metric(name, switched(rows), "corrected").value
    assert (one is None and other is None) or (
        one is not None and other is not None and isclose(one, other, rel_tol=EPSILON, abs_tol=EPSILON)
    )


@given(rows=samples())
def test_perfect_predictions_make_no_difference_in_mistakes(rows: FacetSample) -> None:
    perfect = FacetSample(rows.sensitive, rows.observed, rows.observed, rows.groups)
    assert [metric(name, perfect).value for name in ("AD", "TE", "GE")] == [0.0, 0.0, 0.0]
    assert metric("DPPL", perfect).value == metric("DPL", perfect).value
