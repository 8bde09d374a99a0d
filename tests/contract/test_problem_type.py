from __future__ import annotations

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.problem_type import PROBLEM_TYPES, parse_problem_type


@pytest.mark.parametrize("text", PROBLEM_TYPES)
def test_the_api_spelling(text: str) -> None:
    assert parse_problem_type(text) == text


@pytest.mark.parametrize("text", ["", "binary", "binaryclassification", "Regression "])
def test_anything_else_names_the_field_and_the_choice(text: str) -> None:
    with pytest.raises(ContractError, match=r"field problem_type: .* is not a problem type") as caught:
        parse_problem_type(text)
    assert "'MulticlassClassification'" in str(caught.value)
