from __future__ import annotations

import datetime as dt
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_model_monitor.contract.dataset_format import Parquet
from airflow_model_monitor.contract.errors import ContractError


def test_order_and_types_are_kept(tmp_path, read_table):
    columns = {
        "z": pa.array([1.5, None]),
        "a": pa.array([1, 2], pa.int8()),
        "A": pa.array([True, False]),
        "list, of <things>": pa.array([[1], [2, 3]]),
        "d": pa.array([decimal.Decimal("1.25"), None]),
        "t": pa.array([dt.datetime.fromisoformat("2013-01-01T05:00:00"), None]),
        "u": pa.array([2**64 - 1, 0], pa.uint64()),
        "s": pa.array(["x", ""]),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")

    table = read_table(tmp_path, Parquet())

    assert table.names == list(columns)
    assert table.kinds == ["double", "integer", "boolean", "text", "double", "text", "double", "text"]
    assert table.rows == [
        (1.5, 1, True, "[1]", 1.25, "2013-01-01 05:00:00", 2.0**64, "x"),
        (None, 2, False, "[2, 3]", None, None, 0.0, ""),
    ]


def test_files_follow_each_other_by_path(tmp_path, read_table):
    for name, value in (("part-1", 2), ("part-0", 1)):
        folder = tmp_path / "day=1"
        folder.mkdir(exist_ok=True)
        pq.write_table(pa.table({"a": [value]}), folder / f"{name}.parquet")

    table = read_table(tmp_path, Parquet())

    assert (table.names, table.rows) == (["a"], [(1,), (2,)])


def test_no_parquet_file(write, read_table):
    path = write("a.parquet", "a,b\n1,2\n")

    with pytest.raises(ContractError, match="could not be read") as error:
        read_table(path, Parquet())
    assert error.value.file == path


def test_no_rows(tmp_path, read_table):
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "a.parquet")

    with pytest.raises(ContractError, match="Job inputs had no data"):
        read_table(tmp_path, Parquet())


def test_a_column_gets_the_widest_type_of_all_files(tmp_path, read_table):
    for name, value in (("0", 1), ("1", 1.5), ("2", None)):
        pq.write_table(pa.table({"a": [value], "b": ["x"]}), tmp_path / f"{name}.parquet")

    table = read_table(tmp_path, Parquet())

    assert (table.kinds, table.rows) == (["double", "text"], [(1.0, "x"), (1.5, "x"), (None, "x")])
