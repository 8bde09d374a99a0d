from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from airflow_model_monitor.analysis.bias.predicted_labels import labels_of_scores
from airflow_model_monitor.contract.errors import ContractError


def test_a_score_equal_to_the_threshold_is_negative() -> None:
    assert labels_of_scores([0.79, 0.8, 0.81], 0.8).tolist() == [0, 0, 1]
    assert labels_of_scores([[0.79], [0.81]], 0.8).tolist() == [0, 1]


def test_the_label_of_the_highest_of_several_scores() -> None:
    assert labels_of_scores([[0.1, 0.9], [0.6, 0.4]], 0.5, ["no", "yes"]).tolist() == ["yes", "no"]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([0.1, float("nan")], "the score of row 2 is nan, no finite number"),
        (["high"], "the scores are not all numbers"),
        ([[0.1, 0.9], [0.1]], "not equally many in each row"),
        ([[0.1, 0.9]], "2 scores for each row, and 0 label headers"),
        ([[[0.1]]], "expected scores of one or two axes, got 3"),
    ],
)
def test_scores_that_are_none(scores: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        labels_of_scores(scores, 0.5)


def test_many_rows_stay_one_array() -> None:
    assert labels_of_scores(np.linspace(0, 1, 1001), 0.5).sum() == 500
