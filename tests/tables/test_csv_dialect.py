"""What PySpark 3.3.0 made of these lines (header off, multiLine on), and what RFC 4180 makes of them."""

from __future__ import annotations

import io

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.tables.csv_dialect import rows_of_file

SPARK = [
    (b'a,"",c\n', ["a", None, "c"]),
    (b'"a""b",2,3\n', ['"a""b"', "2", "3"]),
    (b'"a ""b"", x",2,3\n', ['"a ""b""', ' x"', "2", "3"]),
    (b'"""b"" x",2,3\n', ['"""b"" x"', "2", "3"]),
    (b'"""",2,3\n', ['""', "2", "3"]),
    (b'"a""",2,3\n', ['a""', "2", "3"]),
    (b'"a,""b""",2,3\n', ['"a,""b"""', "2", "3"]),
    (b'"a\\"b",2,3\n', ['a"b', "2", "3"]),
    (b'"a\\",b",2,3\n', ['a",b', "2", "3"]),
    (b'"a\\\\b",2,3\n', ["a\\b", "2", "3"]),
    (b'"a\\\\",2,3\n', ["a\\", "2", "3"]),
    (b'"a\\nb",2,3\n', ["a\\nb", "2", "3"]),
    (b"a\\nb,2,3\n", ["a\\nb", "2", "3"]),
    (b'a\\"b,2,3\n', ['a\\"b', "2", "3"]),
    (b"a\\,b,2,3\n", ["a\\", "b", "2", "3"]),
    (b'a"b,c"d,2,3\n', ['a"b', 'c"d', "2", "3"]),
    (b'"a"b,2,3\n', ['"a"b', "2", "3"]),
    (b'"a" ,2,3\n', ["a", "2", "3"]),
    (b' "a,b",2,3\n', [' "a', 'b"', "2", "3"]),
    (b'" "," a ",\n', [" ", " a ", None]),
    (b'"a\\""b",2,3\n', ['"a""b"', "2", "3"]),
    (b'"a\\\\"b",2,3\n', ['"a\\"b"', "2", "3"]),
    (b'"a\r\nb",2\r\n', ["a\nb", "2"]),
    (b"x,y\n", ["x", "y"]),
]
RFC_4180 = [
    (b'"a""b",2,3\n', ['a"b', "2", "3"]),
    (b'"a ""b"", x",2,3\n', ['a "b", x', "2", "3"]),
    (b'"""",2,3\n', ['"', "2", "3"]),
    (b'"a\\",2,3\n', ["a\\", "2", "3"]),
    (b'"a\\\\b",2,3\n', ["a\\\\b", "2", "3"]),
    (b'a"b,c"d\n', ['a"b', 'c"d']),
    (b' "a,b",2\n', [' "a', 'b"', "2"]),
    (b'"a\nb",2\n', ["a\nb", "2"]),
]


@pytest.mark.parametrize(("line", "fields"), SPARK)
def test_sagemaker_reads_quotes_as_spark_does(write, read_table, line, fields):
    table = read_table(write("a.csv", line), Csv(header=False), compatibility="sagemaker")

    assert table.rows == [tuple(fields)]


@pytest.mark.parametrize(("line", "fields"), RFC_4180)
def test_corrected_reads_quotes_as_rfc_4180_has_them(write, read_table, line, fields):
    table = read_table(write("a.csv", line), Csv(header=False), compatibility="corrected")

    assert table.rows == [tuple(fields)]


def test_unescaped_quote_ends_its_field_at_the_line_break(write, read_table):
    table = read_table(write("a.csv", b'x,y,z\n"a""b\nc",2,3\n'), Csv(header=False))

    assert table.rows == [("x", "y", "z"), ('"a""b', None, None), ('c"', "2", "3")]


def test_rows_know_their_lines_across_buffers():
    content = b'"a\nb",1\n' * 300_000

    lines = [line for line, _ in rows_of_file(io.BytesIO(content), "rfc4180", file="a.csv")]

    assert lines == list(range(1, 600_000, 2))
