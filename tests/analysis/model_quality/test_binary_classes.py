from __future__ import annotations

import re

import numpy as np
import pytest

from airflow_model_monitor.analysis.model_quality.binary_classes import read_binary_classes
from airflow_model_monitor.contract.errors import ContractError


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [
        ([1, 0, 1], [0, 0, 1]),
        (["1", "0", "1.0"], [0.0, 0.0, 1.0]),
        ([True, False, True], ["false", "0", '"1"']),
        (["True", "FALSE", "true"], [False, 0, 1]),
    ],
)
def test_ones_and_zeros_in_many_spellings(labels, predictions):
    actual, predicted = read_binary_classes(np.array(labels, object), np.array(predictions, object))

    assert (actual.tolist(), predicted.tolist()) == ([1, 0, 1], [0, 0, 1])


def test_a_positive_label():
    actual, predicted = read_binary_classes(["yes", "no"], ["no", '"yes"'], "yes")

    assert (actual.tolist(), predicted.tolist()) == ([1, 0], [0, 1])
    assert read_binary_classes(["no", "no"], None, "yes")[0].tolist() == [0, 0]
    assert read_binary_classes([2, 1], None, "2.0")[0].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("labels", "predictions", "positive", "message"),
    [
        ([0, 1, 2], None, None, "field label: row 3: '2' is neither 0 nor 1, the classes of a binary problem"),
        ([0, 1, 2], None, None, "Name the positive class with positive_label, or choose MulticlassClassification."),
        (["no", "yes"], None, None, "row 1: 'no' is neither 0 nor 1"),
        ([0, 1], [0.25, 1.0], None, "field prediction: row 1: '0.25' is neither"),
        ([0, 1], [0.25, 1.0], None, "Probabilities go to probability_attribute."),
        ([0, 1], [0, None], None, "field prediction: row 2: is missing"),
        (["a", "b", "c"], None, "a", "field label: row 3: 'c' is a third class beside 'a' and 'b'"),
        (["a", "b"], ["a", "1"], "a", "field prediction: row 2: '1' is a third class beside 'a' and 'b'"),
        (["a", "b"], None, "c", "row 2: 'b' is a third class beside 'c' and 'a'"),
        (["a", "b"], None, " ", "field positive_label: ' ' is no class"),
    ],
)
def test_other_classes_name_their_row(labels, predictions, positive, message):
    with pytest.raises(ContractError, match=re.escape(message)):
        read_binary_classes(np.array(labels, object), predictions, positive)
