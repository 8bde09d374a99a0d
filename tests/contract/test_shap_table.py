from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.shap_table import csv_lines, read_shap_table, value_columns

finite = st.floats(allow_nan=False, allow_infinity=False)


def test_header_is_feature_and_label() -> None:
    assert value_columns(["Age", "Sex"], ["label0"]) == ("Age_label0", "Sex_label0")
    assert value_columns(["a", "b"], ["x", "y"]) == ("a_x", "b_x", "a_y", "b_y")


def test_numbers_are_written_as_python_prints_them() -> None:
    values = np.array([[0.1, -1e-07], [2.0, 1e22]])
    assert "".join(csv_lines(["a", "b,c"], values)) == 'a,"b,c"\n0.1,-1e-07\n2.0,1e+22\n'


def test_baseline_rows_keep_integers_and_texts() -> None:
    assert "".join(csv_lines(["a", "b", "c"], [[39, "x", None]])) == "a,b,c\n39,x,\n"


@given(st.lists(st.tuples(finite, finite), max_size=4))
def test_round_trip(rows: list[tuple[float, float]]) -> None:
    table = read_shap_table("".join(csv_lines(["a", "b"], rows)))
    assert table.columns == ("a", "b")
    assert table.values == tuple(rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file out.csv: is empty"),
        ("a,b\n1\n", "file out.csv, line 2: expected 2 values, got 1"),
        ("a,b\n1,x\n", "file out.csv, line 2, field b: expected a number, got 'x'"),
    ],
)
def test_nonsense_is_refused_by_its_place(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        read_shap_table(text, "out.csv")


def test_a_short_row_is_refused_on_writing() -> None:
    with pytest.raises(ContractError, match="row 2 has 1 values for 2 columns"):
        list(csv_lines(["a", "b"], [[1, 2], [3]]))
