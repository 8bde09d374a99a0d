from __future__ import annotations

import pytest

from airflow_model_monitor.contract.dataset_format import Csv, Json


@pytest.mark.parametrize(
    ("compatibility", "baseline", "names"),
    [
        ("sagemaker", ["x", "y"], ["x", "y"]),
        ("sagemaker", ["a", "y"], ["a", "y"]),
        ("sagemaker", ["x"], ["a", "b"]),
        ("corrected", ["x", "y"], ["x", "y"]),
        ("corrected", ["b", "c"], ["a", "b"]),
        ("corrected", ["x"], ["x", "b"]),
        ("corrected", ["x", "y", "z"], ["x", "y"]),
    ],
)
def test_named_columns(write, read_table, compatibility, baseline, names):
    path = write("a.jsonl", '{"a": 1, "b": 2}\n')

    table = read_table(path, Json(), compatibility=compatibility, baseline_columns=baseline)

    assert table.names == names


@pytest.mark.parametrize(
    ("compatibility", "names"), [("sagemaker", ["_c0", "_c1", "_c2"]), ("corrected", ["x", "y", "_c2"])]
)
def test_columns_without_names_when_the_number_differs(write, read_table, compatibility, names):
    path = write("a.csv", "1,2,3\n")

    table = read_table(path, Csv(header=False), compatibility=compatibility, baseline_columns=["x", "y"])

    assert table.names == names
