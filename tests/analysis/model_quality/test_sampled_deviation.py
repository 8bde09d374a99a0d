from __future__ import annotations

import numpy as np
import pytest

from airflow_model_monitor.analysis.model_quality.sampled_deviation import sampled_deviations, samples


@pytest.mark.parametrize(("rows", "kept"), [(200, 160), (201, 160), (1000, 800), (12_345, 9876)])
def test_five_samples_of_four_fifths(rows, kept):
    taken = list(samples(rows, "seed"))

    assert [int(sample.sum()) for sample in taken] == [kept] * 5
    assert len({sample.tobytes() for sample in taken}) == 5


def test_every_row_has_the_same_chance():
    times = sum(sample.astype(int) for number in range(400) for sample in samples(250, f"seed {number}"))

    assert times.mean() == 1600.0
    assert abs(times - 1600).max() < 5 * np.sqrt(2000 * 0.8 * 0.2)


def test_equal_seeds_give_equal_samples():
    one, again, other = (
        sampled_deviations(300, seed, lambda sample: {"share": sample[:100].mean()})
        for seed in ("flights/2013-06-24T00", "flights/2013-06-24T00", "flights/2013-06-24T01")
    )

    assert one == again != other


def test_the_samples_of_a_seed_stay_the_same_for_good():
    first = next(samples(200, "model-monitor"))

    assert np.flatnonzero(~first)[:8].tolist() == [27, 38, 50, 55, 62, 63, 64, 69]


def test_no_deviation_below_two_hundred_rows():
    assert sampled_deviations(199, "seed", lambda sample: {"share": 1.0}) == {}
    assert sampled_deviations(200, "seed", lambda sample: {"share": 1.0}) == {"share": 0.0}


def test_the_divisor_is_the_number_of_samples():
    values = iter([1.0, 2.0, 3.0, 4.0, 5.0])

    assert sampled_deviations(200, "seed", lambda sample: {"x": next(values)}) == {"x": np.sqrt(2.0)}
