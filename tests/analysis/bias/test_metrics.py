"""The metrics on rows small enough to count by hand."""

from __future__ import annotations

from math import inf, isclose, log

import pytest

from airflow_model_monitor.analysis.bias.catalogue import catalogue
from airflow_model_monitor.contract.bias_config import POST_TRAINING_METRICS, PRE_TRAINING_METRICS
from tests.analysis.bias.samples import metric, sample

# Outside the facet 3 of 4 rows are positive, 2 of them found and 1 row wrongly taken for one; inside 1 of 4, and found.
ROWS = sample("00001111", "11101000", "11011000", "00110011")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CI", 0.0),
        ("DPL", 3 / 4 - 1 / 4),
        ("TVD", 0.5),
        ("KS", 0.5),
        ("LP", 0.5**0.5),
        ("KL", 0.25 * log(0.25 / 0.75) + 0.75 * log(0.75 / 0.25)),
        ("JS", 0.5 * (0.25 * log(0.5) + 0.75 * log(1.5)) + 0.5 * (0.75 * log(1.5) + 0.25 * log(0.5))),
        ("DPPL", 3 / 4 - 1 / 4),
        ("DI", (1 / 4) / (3 / 4)),
        ("AD", 2 / 4 - 4 / 4),
        ("DCA", 3 / 3 - 1 / 1),
        ("DCR", 3 / 3 - 1 / 1),
        ("DAR", 2 / 3 - 1),
        ("DRR", 3 / 3 - 0 / 1),
        ("RD", 2 / 3 - 1),
        ("SD", 3 / 3 - 0 / 1),
        ("TE", 0.0 - 1 / 1),
        ("GE", ((0 - 1) + (2**2 - 1)) / 16),
    ],
)
def test_formulas(name: str, value: float) -> None:
    found = metric(name, ROWS).value
    assert found is not None
    assert isclose(found, value, rel_tol=1e-15, abs_tol=1e-16)


def test_conditional_disparity_is_a_mean_over_subgroups() -> None:
    # Subgroup 0: the rejected row is sensitive, the accepted one is not: 1 - 0. Subgroup 1: nobody accepted: 1/2 - 0.
    rows = sample("0101", "1000", "1000", "0011")
    assert metric("CDDL", rows).value == (2 * 1.0 + 2 * 0.5) / 4
    assert metric("CDDPL", rows).value == metric("CDDL", rows).value


def test_conditional_disparity_leaves_out_rows_without_a_group() -> None:
    rows = sample("0101", "1000", None, "0011")
    rows.groups[2:] = -1  # type: ignore[index]
    assert metric("CDDL", rows).value == 1.0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (sample("01", "01"), "Group variable is empty or not provided"),
        (sample("01", "00", None, "00"), "No positive labels in set"),
        (sample("01", "11", None, "00"), "No negative labels in set"),
    ],
)
def test_conditional_disparity_says_why_it_has_no_value(rows: object, message: str) -> None:
    found = metric("CDDL", rows)  # type: ignore[arg-type]
    assert (found.value, found.error) == (None, message)


def test_no_value_is_divided_by_zero() -> None:
    nobody_predicted_outside = sample("0011", "0101", "0011")
    assert metric("DI", nobody_predicted_outside).value == inf
    assert metric("DI", sample("0011", "0101", "0000")).value == 0.0
    assert metric("TE", sample("0011", "0101", "0000")).value == 0.0
    assert metric("TE", sample("0011", "0001", "0000")).value == inf
    assert metric("TE", sample("0011", "0100", "0000")).value == -inf


def test_two_infinite_conditional_ratios_are_the_integer_zero() -> None:
    found = metric("DCA", sample("0011", "0101", "0000")).value
    assert found == 0
    assert isinstance(found, int)
    assert metric("DCR", sample("0011", "0101", "1111")).value == 0


def test_entropy_of_nothing_but_wrongly_rejected_rows() -> None:
    found = metric("GE", sample("01", "11", "00"))
    assert found.value is None
    assert found.error == "Every prediction is a false negative: the mean benefit is 0"


@pytest.mark.parametrize("name", sorted({*PRE_TRAINING_METRICS, *POST_TRAINING_METRICS} - {"GE"}))
@pytest.mark.parametrize(
    ("facet", "message"),
    [
        ("0000", "The sensitive group is empty"),
        ("1111", "The sensitive group holds every row: there is none to compare with"),
    ],
)
def test_an_empty_group_is_said(name: str, facet: str, message: str) -> None:
    found = metric(name, sample(facet, "0101", "0110", "0011"))
    assert (found.value, found.error) == (None, message)


def test_entropy_needs_no_groups() -> None:
    assert metric("GE", sample("0000", "0101", "0110")).value == metric("GE", sample("0011", "0101", "0110")).value


def test_a_class_one_group_lacks_is_dropped_by_the_original_and_counted_when_corrected() -> None:
    rows = sample("0011", "0111")
    assert metric("KL", rows).value == 0.5 * log(0.5)
    assert metric("KL", rows, "corrected").value == inf
    assert metric("TVD", rows, "corrected").value == 0.5
    assert metric("JS", sample("0011", "0011"), "corrected").value == log(2)


def test_groups_without_a_common_class() -> None:
    assert metric("TVD", sample("0011", "0011")).error == "The groups have no label class in common"
    assert metric("TVD", sample("0011", "0011"), "corrected").value == 1.0


def test_every_metric_is_described() -> None:
    assert set(catalogue("sagemaker")) == {*PRE_TRAINING_METRICS, *POST_TRAINING_METRICS}
    assert metric("KL", ROWS).description == "Kullback-Liebler Divergence (KL)"
    assert metric("CDDPL", ROWS).description == "Conditional Demographic Disparity in Predicted Labels (CDDPL)"
