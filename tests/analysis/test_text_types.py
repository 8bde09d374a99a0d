"""Types and numbers of many texts, against the regular expressions one by one."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_model_monitor.analysis.text_buffers import text_buffers
from airflow_model_monitor.analysis.text_types import TypedTexts, type_texts
from airflow_model_monitor.analysis.type_inference import DEEQU_1_0, DEEQU_1_1, TypeCounts, TypePatterns, type_of

# As Deequ's sources have them.
ORIGINAL = {
    DEEQU_1_0: (r"^(-|\+)? ?\d*\.\d*$", r"^(-|\+)? ?\d*$"),
    DEEQU_1_1: (r"^(-|\+)? ?\d+((\.\d+)|((?:\.\d+)?[Ee][-+]?\d+))$", r"^(-|\+)? ?\d+$"),
}
TRICKY = [
    "5", "-5", "+5", " 5", "- 5", "5.0", ".5", "5.", "-.5", "-5.", ".", "-", "+", " ", "1e5", "1E+05", "-1.5e-3", "e5",
    "1e", "1.2.3", "1-2", "--1", "0x1A", "1_000", "NaN", "nan", "inf", "-Infinity", "true", "false", "True", "1e400",
    "12345678901234567890123", "00012", "5\u0665", "\u00e9", "2024-10-27", "1.0f", "5d", "1,5", "eeee", "truee", "7/8",
    " 5 ", "12345678e", "123456789012345678901234567890123456789x", "5\n",
]  # fmt: skip


def typed(texts: list[str | None], patterns: TypePatterns = DEEQU_1_1, **options: bool) -> TypedTexts:
    array = pa.array(texts, pa.large_string())
    return type_texts(array, text_buffers(array), patterns, **options)


def counts_one_by_one(texts: list[str], patterns: TypePatterns) -> TypeCounts:
    fractional, integral = ORIGINAL[patterns]
    counts = TypeCounts()
    for text in texts:
        if re.fullmatch(fractional.removesuffix("$"), text, re.ASCII):
            counts.fractional += 1
        elif re.fullmatch(integral.removesuffix("$"), text, re.ASCII):
            counts.integral += 1
        elif text in ("true", "false"):
            counts.boolean += 1
        else:
            counts.string += 1
    return counts


@pytest.mark.parametrize("patterns", [DEEQU_1_0, DEEQU_1_1])
@pytest.mark.parametrize("text", [*TRICKY, ""])
def test_one_text(text: str, patterns: TypePatterns) -> None:
    expected = counts_one_by_one([text], patterns)

    assert typed([text, "1.5"], patterns).counts == expected + TypeCounts(fractional=1)
    assert typed([text] * 3, patterns, numbers=False).counts == expected + expected + expected
    assert counts_one_by_one([text], patterns) == TypeCounts(**{type_of(text, patterns).name.lower(): 1})


@settings(max_examples=100, deadline=None)
@given(
    texts=st.lists(st.one_of(st.sampled_from(TRICKY), st.text("0123456789.-eE+x ", max_size=20), st.text(max_size=40))),
    patterns=st.sampled_from([DEEQU_1_0, DEEQU_1_1]),
)
def test_many_texts(texts: list[str], patterns: TypePatterns) -> None:
    texts = [text for text in texts if text.encode("utf-8", "ignore").decode() == text]

    assert typed(texts, patterns).counts == counts_one_by_one(texts, patterns)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers()), min_size=1))
def test_numbers_come_back_to_the_bit(numbers: list[float]) -> None:
    result = typed([repr(number) for number in numbers]).numbers

    assert result is not None
    assert result.tobytes() == np.array([float(repr(number)) for number in numbers]).tobytes()


def test_nulls_do_not_count_and_order_is_kept() -> None:
    result = typed([None, "3", None, "-1.5", "2"])

    assert result.counts == TypeCounts(fractional=1, integral=2)
    assert result.numbers is not None
    assert result.numbers.tolist() == [3.0, -1.5, 2.0]


def test_numbers_that_are_hard_to_read() -> None:
    result = typed(["1e400", "+5", " 7", "- 5", "1e-400"])

    assert result.numbers is not None
    assert result.numbers.tolist() == [float("inf"), 5.0, 7.0, 0.0]


def test_one_word_among_numbers_leaves_no_numbers() -> None:
    assert typed(["1", "2", "n/a"]).numbers is None
