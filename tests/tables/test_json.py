from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_model_monitor.contract.dataset_format import Json
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables import json_source

LINES, DOCUMENT = Json(lines=True), Json(lines=False)


def test_kinds_are_what_spark_infers(write, read_table):
    records = [
        {"i": 1, "d": 1, "big": 2**63, "b": True, "s": "x", "mixed": 1, "none": None},
        {"i": -5, "d": 0.5, "big": 1, "b": None, "s": "", "mixed": "1.0", "none": None},
    ]
    table = read_table(write("a.jsonl", "\n".join(map(json.dumps, records))), LINES)

    assert table.names == ["b", "big", "d", "i", "mixed", "none", "s"]
    assert table.kinds == ["boolean", "double", "double", "integer", "text", "text", "text"]
    assert table.rows == [(True, 2.0**63, 1.0, 1, "1", None, "x"), (None, 1.0, 0.5, -5, "1.0", None, "")]


@pytest.mark.parametrize(
    "content",
    ['[{"a": 1}, {"a": 2}]', '{"a": 1}\n{"a": 2}', ' [\n{"a": 1}\n,\n{"a": 2}]\n', '\ufeff[{"a":1},{"a":2}]'],
)
def test_documents(write, read_table, content, monkeypatch):
    monkeypatch.setattr(json_source, "_BLOCK_BYTES", 3)

    assert read_table(write("a.json", content), DOCUMENT).rows == [(1,), (2,)]


@pytest.mark.parametrize(
    ("content", "dataset_format", "line", "message"),
    [
        ('{"a": 1}\n{"a": 2', LINES, 2, "torn"),
        ('{"a": 1}\na,b\n{"a": 2}\n', LINES, 2, "not JSON"),
        ('{"a": 1}\n3\n', LINES, 2, "expected a JSON object, got 3"),
        ("{}\n{}\n", LINES, None, "No record has any field"),
        ('[{"a": 1},\n{"a": 2}', DOCUMENT, 2, "the list is not closed"),
        ('[{"a": 1},\n{"a": }]', DOCUMENT, 2, "not JSON"),
    ],
)
def test_broken_files(write, read_table, content, dataset_format, line, message):
    path = write("a.json", content)

    with pytest.raises(ContractError, match=message) as error:
        read_table(path, dataset_format)
    assert error.value.line == line
    assert error.value.file == (path if line else None)


RECORDS = st.lists(
    st.dictionaries(
        st.text(max_size=4),
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
        max_size=4,
    ),
    min_size=1,
    max_size=8,
).filter(any)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS)
def test_any_records_come_back(read_table, records):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_text("\n".join(map(json.dumps, records)))

        table = read_table(str(path), LINES)

    for name, kind, column in zip(table.names, table.kinds, zip(*table.rows, strict=True), strict=True):
        values = [record.get(name) for record in records]
        expected = [value if isinstance(value, str | None) else json.dumps(value) for value in values]
        assert list(column) == (expected if kind == "text" else values)
