from __future__ import annotations

import re

import pytest

from airflow_model_monitor.contract.dataset_format import (
    CaptureJson,
    Csv,
    DatasetFormat,
    Json,
    MergeJson,
    Parquet,
    parse_dataset_format,
)
from airflow_model_monitor.contract.errors import ContractError

# As recorded from AWS's SDK and from the service.
WRITTEN: list[tuple[DatasetFormat, str]] = [
    (Csv(), '{"csv": {"header": true, "output_columns_position": "START"}}'),
    (Json(), '{"json": {"lines": true}}'),
    (Parquet(), '{"parquet": {}}'),
    (CaptureJson(), '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}'),
    (MergeJson(), '{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"]}}'),
    (CaptureJson(None), '{"sagemakerCaptureJson":{"captureIndexNames":null}}'),
]
READ: list[tuple[str, DatasetFormat]] = [
    ('{"csv": {}}', Csv(header=False)),
    ('{"Csv": {"Header": false}}', Csv(header=False)),
    ('{"csv": {"header": true, "output_columns_position": "END"}}', Csv(True, "END")),
    ('{"json": {"line": false}}', Json(lines=False)),
    ('{"Json": {"Line": true}}', Json()),
    ('{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"],"originalDatasetFormat":null}}', MergeJson()),
]


@pytest.mark.parametrize(("dataset_format", "text"), WRITTEN)
def test_text_is_the_sdks(dataset_format: DatasetFormat, text: str) -> None:
    assert dataset_format.to_json() == text
    assert parse_dataset_format(text) == dataset_format


@pytest.mark.parametrize(("text", "expected"), READ)
def test_other_spellings_are_read(text: str, expected: DatasetFormat) -> None:
    assert parse_dataset_format(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("csv", "file dataset_format, line 1: not valid JSON"),
        ('{"avro": {}}', "expected exactly one of csv, json, parquet"),
        ('{"csv": {}, "json": {}}', "got csv, json"),
        ("{}", "got none"),
        ('{"csv": {"header": "yes"}}', "field $.csv.header: expected true or false, got 'yes'"),
        ('{"csv": []}', "field $.csv: expected an object"),
        ('{"csv": {"output_columns_position": "MIDDLE"}}', "expected 'START' or 'END'"),
        (
            '{"sagemakerCaptureJson": {"captureIndexNames": ["input"]}}',
            "captureIndexNames[0]: expected 'endpointInput'",
        ),
        ('{"sagemakerCaptureJson": {"captureIndexNames": []}}', "names no side"),
    ],
)
def test_nonsense_is_refused(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        parse_dataset_format(text)
