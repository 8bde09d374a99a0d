from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.ground_truth import GroundTruthRecord, parse_ground_truth_line
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.ground_truth_rows import LabelColumns
from airflow_model_monitor.service.ground_truth_table import dataset_rows
from airflow_model_monitor.service.ground_truth_upload import upload_ground_truth
from airflow_model_monitor.service.staged_labels import InvalidLabelsError

HOUR = datetime(2026, 1, 2, 3, tzinfo=UTC)
ROWS = [{"id": "a", "label": 1}, {"id": "b", "label": 0}]


def tree(place) -> dict[str, bytes]:  # type: ignore[no-untyped-def]
    folder = Folder(*place)
    return {name: folder.read(name) for name in folder.sizes()}


def labels(place) -> list[tuple[str, str, str]]:  # type: ignore[no-untyped-def]
    """Hour folder, id and data of every label, in the order a merge reads them."""
    return [
        (name.rpartition("/")[0], record.event_id, record.data)
        for name, content in tree(place).items()
        for line in content.splitlines()
        for record in parse_ground_truth_line(line)
    ]


def data(row: dict[str, Any], tmp_path: Path, **columns: Any) -> str:
    place = (str(tmp_path / "labels"), {})
    upload_ground_truth([row], place[0], hour=HOUR, columns=LabelColumns(**columns))
    return labels(place)[0][2]


def test_labels_go_to_the_hour_they_were_collected_in(place) -> None:  # type: ignore[no-untyped-def]
    result = upload_ground_truth(ROWS, place.url, hour=HOUR.replace(minute=59), storage_options=place.storage_options)
    assert labels(place) == [("2026/01/02/03", "a", "1"), ("2026/01/02/03", "b", "0")]
    assert (result.labels, result.written) == (2, 1)
    assert result.files[0].endswith("/2026/01/02/03/" + next(iter(tree(place))).rpartition("/")[2])


def test_a_time_column_names_the_hours(place) -> None:  # type: ignore[no-untyped-def]
    times = [HOUR, "2026-01-02T04:30:00+02:00", "2026-01-03 00:00:00", HOUR.astimezone(timezone(timedelta(hours=9)))]
    rows = [{"id": str(number), "label": 1, "at": at} for number, at in enumerate(times)]
    columns = LabelColumns(time="at")
    upload_ground_truth(rows, place.url, columns=columns, storage_options=place.storage_options)
    assert [(hour, event_id) for hour, event_id, _ in labels(place)] == [
        ("2026/01/02/02", "1"),
        ("2026/01/02/03", "0"),
        ("2026/01/02/03", "3"),
        ("2026/01/03/00", "2"),
    ]


def test_a_retry_changes_nothing(place) -> None:  # type: ignore[no-untyped-def]
    first = upload_ground_truth(ROWS, place.url, hour=HOUR, storage_options=place.storage_options)
    before = tree(place)
    again = upload_ground_truth(ROWS, place.url, hour=HOUR, storage_options=place.storage_options)
    assert tree(place) == before
    assert (again.files, again.written) == (first.files, 0)


def test_a_later_upload_sorts_after_an_earlier_one(place) -> None:  # type: ignore[no-untyped-def]
    for number in range(12):
        rows = [{"id": "a", "label": number}]
        upload_ground_truth(rows, place.url, hour=HOUR, storage_options=place.storage_options)
    assert [value for _, _, value in labels(place)] == [str(number) for number in range(12)]


def test_the_same_labels_from_another_run_are_another_upload(place) -> None:  # type: ignore[no-untyped-def]
    for run, label in (("1", 0), ("2", 1), ("3", 0), ("1", 0)):
        rows = [{"id": "a", "label": label}]
        upload_ground_truth(rows, place.url, hour=HOUR, upload_id=run, storage_options=place.storage_options)
    assert [value for _, _, value in labels(place)] == ["0", "1", "0"]


def test_a_killed_upload_is_finished_in_its_place(place, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    def killed(self: Folder, name: str, source: Path) -> None:
        raise KeyboardInterrupt

    options = {"hour": HOUR, "storage_options": place.storage_options}
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "upload", killed)
        with pytest.raises(KeyboardInterrupt):
            upload_ground_truth(ROWS, place.url, **options)
    assert tree(place) == {}
    upload_ground_truth([{"id": "a", "label": "later"}], place.url, **options)
    upload_ground_truth(ROWS, place.url, **options)
    assert [value for _, _, value in labels(place)] == ["1", "0", "later"]


def test_uploads_at_once_get_numbers_of_their_own(place) -> None:  # type: ignore[no-untyped-def]
    def upload(number: int) -> None:
        rows = [{"id": "a", "label": number}]
        upload_ground_truth(rows, place.url, hour=HOUR, storage_options=place.storage_options)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(upload, range(8)))
    assert sorted(int(value) for _, _, value in labels(place)) == list(range(8))
    assert sorted(name.split("-")[1] for name in tree(place)) == [f"{number:06d}" for number in range(1, 9)]


BAD = [
    ({"id": None, "label": 1}, "id is missing"),
    ({"id": "  ", "label": 1}, "id is missing"),
    ({"label": 1}, "id is missing; the row has label"),
    ({"id": 7.5, "label": 1}, "id is 7.5, not a text or a whole number; a number with a fraction is no id"),
    ({"id": True, "label": 1}, "id is True, not a text or a whole number"),
    ({"id": "x", "label": None}, "label is missing"),
    ({"id": "x", "label": math.nan}, "label is missing"),
    ({"id": "x", "label": np.float64("nan")}, "label is missing"),
    ({"id": "x", "label": math.inf}, "label is inf, not a finite number"),
    ({"id": "x", "label": date(2026, 1, 1)}, "not a text, a number or a boolean"),
    ({"id": "x", "label": "\ud800"}, "holds an unpaired surrogate"),
    ({"id": "a", "label": 1}, "the id 'a' already stands in row 1; keep one, or allow duplicates"),
]


@pytest.mark.parametrize(("row", "problem"), BAD)
def test_a_bad_row_is_named_and_nothing_is_uploaded(row: dict[str, Any], problem: str, tmp_path: Path) -> None:
    place = (str(tmp_path / "labels"), {})
    with pytest.raises(InvalidLabelsError) as error:
        upload_ground_truth([*ROWS, row], place[0], hour=HOUR)
    (said,) = error.value.problems
    assert said.startswith("row 3: ")
    assert problem in said
    assert "1 of 3 rows have a problem, so nothing was uploaded" in str(error.value)
    assert tree(place) == {}


def test_of_many_bad_rows_the_first_are_shown(tmp_path: Path) -> None:
    with pytest.raises(InvalidLabelsError) as error:
        upload_ground_truth([{"id": None, "label": 1}] * 50, str(tmp_path), hour=HOUR)
    assert (len(error.value.problems), error.value.count) == (20, 50)
    assert str(error.value).endswith("and 30 more")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "1"),
        (0.5, "0.5"),
        ("yes", "yes"),
        (True, "true"),
        (Decimal(1), "1"),
        (Decimal("0.50"), "0.5"),
        (np.int64(3), "3"),
        ('a,"b"', '"a,""b"""'),
    ],
)
def test_labels_as_values_of_csv(value: Any, expected: str, tmp_path: Path) -> None:
    assert data({"id": 1, "label": value}, tmp_path) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, {"label": 0}), ("x", {"label": "x"}), ({"y": 1}, {"y": 1})])
def test_labels_as_documents(value: Any, expected: Any, tmp_path: Path) -> None:
    assert json.loads(data({"id": 1, "label": value}, tmp_path, encoding="JSON")) == expected


def test_ids_as_a_database_gives_them(tmp_path: Path) -> None:
    ids = [UUID("2b6f0cc9-04f8-4d3d-9d53-8f6a3f6c3c1e"), np.int64(7), "text"]
    place = (str(tmp_path / "labels"), {})
    upload_ground_truth([{"id": one, "label": 1} for one in ids], place[0], hour=HOUR)
    assert [one for _, one, _ in labels(place)] == ["2b6f0cc9-04f8-4d3d-9d53-8f6a3f6c3c1e", "7", "text"]


def test_ready_records_are_taken_as_they_are(tmp_path: Path) -> None:
    record = GroundTruthRecord("a", '{"instances":[1,2]}', "JSON")
    upload_ground_truth([record], str(tmp_path / "labels"), hour=HOUR)
    assert next(iter(tree((str(tmp_path / "labels"), {})).values())) == record.to_json_line().encode() + b"\n"


def test_duplicates_may_be_allowed(tmp_path: Path) -> None:
    place = (str(tmp_path / "labels"), {})
    upload_ground_truth([{"id": "a", "label": 0}, {"id": "a", "label": 1}], place[0], hour=HOUR, allow_duplicates=True)
    assert [value for _, _, value in labels(place)] == ["0", "1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rows": [], "hour": HOUR}, "there are no rows, so nothing was uploaded"),
        ({"rows": ROWS, "hour": HOUR.replace(tzinfo=None)}, "has no time zone"),
        ({"rows": ROWS}, r"row 1: nothing says when it was collected; name a time column, or give hour="),
        (
            {"rows": [{"id": "a", "label": 1, "at": "noon"}], "columns": LabelColumns(time="at")},
            "at is 'noon', no point",
        ),
    ],
)
def test_what_cannot_be_uploaded(arguments: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        upload_ground_truth(ground_truth_uri=str(tmp_path), **arguments)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_labels_of_a_dataset(ending: str, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    path, place = tmp_path / f"labels{ending}", (str(tmp_path / "labels"), {})
    table = pa.table({"delayed": [1, 0], "flight": ["a", "b"], "at": ["2026-01-02 03:00:00", "2026-01-02 04:00:00"]})
    if ending == ".csv":
        pa.csv.write_csv(table, path)
    elif ending == ".parquet":
        pa.parquet.write_table(table, path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    columns = LabelColumns("flight", "delayed", "at")
    with dataset_rows(str(path), columns) as rows:
        upload_ground_truth(rows, place[0], columns=columns)
    assert labels(place) == [("2026/01/02/03", "a", "1"), ("2026/01/02/04", "b", "0")]


def test_rows_of_a_dataset_are_counted_from_one(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("id,label\na,1\n,0\nc,\n")
    with (
        dataset_rows(str(tmp_path / "labels.csv"), LabelColumns()) as rows,
        pytest.raises(InvalidLabelsError, match=r"row 2: id is missing\n  row 3: label is missing"),
    ):
        upload_ground_truth(rows, str(tmp_path / "labels"), hour=HOUR)


def test_a_missing_column_and_an_unknown_ending(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("flight_id,label\na,1\n")
    with (
        pytest.raises(ValueError, match=r"column: 'flightid' is not in .*; did you mean 'flight_id'"),
        dataset_rows(str(tmp_path / "labels.csv"), LabelColumns("flightid")),
    ):
        pass
    with (
        pytest.raises(ValueError, match=r"dataset_format: None, and 'labels.xlsx' does not end in \.csv"),
        dataset_rows("labels.xlsx", LabelColumns()),
    ):
        pass
    with pytest.raises(ContractError), dataset_rows(str(tmp_path / "none.csv"), LabelColumns()):
        pass


def test_an_unknown_encoding() -> None:
    with pytest.raises(ValueError, match="encoding: 'XML'; allowed are 'CSV', 'JSON'"):
        LabelColumns(encoding="XML")  # type: ignore[arg-type]
