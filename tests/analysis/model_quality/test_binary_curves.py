from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from airflow_model_monitor.analysis.model_quality.binary_curves import RankedRows

rows = st.lists(
    st.tuples(st.sampled_from((0.0, -0.0, 0.25, 0.5, 5e-324, 1.0)) | st.floats(0.0, 1.0), st.integers(0, 1)),
    min_size=1,
    max_size=60,
)


def ranked(pairs, predicted=None):
    probabilities, actual = (np.array(column) for column in zip(*pairs, strict=True))
    predicted = np.zeros(len(pairs), np.uint8) if predicted is None else np.array(predicted, np.uint8)
    return RankedRows(probabilities.astype(float), actual.astype(np.uint8), predicted)


def both(pairs):
    return len({actual for _, actual in pairs}) == 2


def slowly(pairs, together):
    """Points of both curves, one distinct probability after the other."""
    counts = defaultdict(lambda: [0, 0])
    for probability, actual in pairs:
        counts[probability][actual] += 1
    negatives, positives = (sum(actual == kind for _, actual in pairs) for kind in (0, 1))
    points, false, true = [], 0, 0
    for number, probability in enumerate(sorted(counts, reverse=True), 1):
        false, true = false + counts[probability][0], true + counts[probability][1]
        if number % together == 0 or number == len(counts):
            points.append((false / negatives, true / positives, true / (true + false)))
    return points


@given(rows.filter(both))
def test_a_point_for_each_distinct_probability(pairs):
    curves, points = ranked(pairs).curves(), slowly(pairs, 1)

    assert curves.false_positive_rates.tolist() == [0.0, *(point[0] for point in points), 1.0]
    assert curves.true_positive_rates.tolist() == [0.0, *(point[1] for point in points), 1.0]
    assert curves.recalls.tolist() == [0.0, *(point[1] for point in points)]
    assert curves.precisions.tolist() == [points[0][2], *(point[2] for point in points)]


@pytest.mark.parametrize(("distinct", "together"), [(1999, 1), (2000, 2), (2999, 2), (3000, 3), (4119, 4)])
def test_many_distinct_probabilities_share_points(distinct, together):
    random = np.random.default_rng(distinct)
    probabilities = np.repeat(np.linspace(0.0, 1.0, distinct), 2)
    pairs = list(zip(probabilities.tolist(), random.integers(0, 2, 2 * distinct).tolist(), strict=True))
    random.shuffle(pairs)

    curves = ranked(pairs).curves()

    points = slowly(pairs, together)
    assert len(curves.false_positive_rates) == len(points) + 2 == -(-distinct // together) + 2
    assert curves.true_positive_rates.tolist() == [0.0, *(point[1] for point in points), 1.0]
    assert curves.precisions[1:].tolist() == [point[2] for point in points]


@given(rows.filter(both))
def test_agrees_with_scikit_learn(pairs):
    probabilities, actual = (np.array(column) for column in zip(*pairs, strict=True))
    curves = ranked(pairs).curves()

    false, true, _ = roc_curve(actual, probabilities, drop_intermediate=False)
    precisions, recalls, _ = precision_recall_curve(actual, probabilities)

    assert curves.auc == pytest.approx(roc_auc_score(actual, probabilities), abs=1e-12)
    assert curves.false_positive_rates[:-1].tolist() == pytest.approx(false.tolist())
    assert curves.true_positive_rates[:-1].tolist() == pytest.approx(true.tolist())
    # scikit-learn begins with precision 1 at recall 0.
    assert curves.precisions[1:].tolist() == pytest.approx(precisions[-2::-1].tolist())
    assert curves.recalls[1:].tolist() == pytest.approx(recalls[-2::-1].tolist())


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_leaves_no_trace(pairs, random):
    predicted = [random.randint(0, 1) for _ in pairs]
    order = random.sample(range(len(pairs)), len(pairs))
    kept = np.array([random.random() < 0.7 for _ in pairs])
    kept[0] = True

    one = ranked(pairs, predicted)
    other = ranked([pairs[row] for row in order], [predicted[row] for row in order])

    for sample in (None, kept):
        assert one.curves(sample).auc == other.curves(sample).auc
        assert one.curves(sample).au_prc == other.curves(sample).au_prc
        assert (one.counts(sample) == other.counts(sample)).all()


@given(rows)
def test_a_sample_of_all_rows_is_the_whole(pairs):
    rows = ranked(pairs)
    everything = np.ones(len(pairs), bool)

    assert rows.curves(everything).recalls.tolist() == rows.curves().recalls.tolist()
    assert (rows.counts(everything) == rows.counts()).all()


@pytest.mark.parametrize(("actual", "auc"), [(0, 0.0), (1, 1.0)])
def test_one_class_only(actual, auc):
    curves = ranked([(0.1, actual), (0.7, actual)]).curves()

    assert curves.auc == auc
    assert curves.false_positive_rates.tolist() == [0.0, (1 - actual) / 2, 1.0 - actual, 1.0]
    assert curves.precisions.tolist() == [float(actual)] * 3


def test_one_row():
    curves = ranked([(0.5, 1)]).curves()

    assert (curves.auc, curves.au_prc) == (1.0, 1.0)
