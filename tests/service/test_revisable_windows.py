from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.ground_truth_upload import upload_ground_truth
from airflow_model_monitor.service.label_window import LabelWindow, WindowGrid
from airflow_model_monitor.service.merge_store import MergeKey, MergeStore
from airflow_model_monitor.service.revisable_windows import find_revisable_windows
from airflow_model_monitor.service.windows import HOUR, Window
from airflow_model_monitor.tables import source_files
from tests.service.merges import execution, merged

START = datetime(2026, 1, 2, 22, tzinfo=UTC)
HOURS = tuple(Window(START + number * HOUR, START + (number + 1) * HOUR) for number in range(4))
RULE = LabelWindow(days_after=2)


class Traffic:
    """Captures ``a0 b0`` of the first hour, ``a1 b1`` of the second and so on, their labels, and their merges."""

    def __init__(self, place: Any, tmp_path: Path) -> None:
        self.url, self.options = place
        self._scratch = tmp_path / "scratch"
        self._scratch.mkdir()
        for number, window in enumerate(HOURS):
            lines = "".join(capture(f"{letter}{number}") for letter in "ab")
            self.write(f"capture/churn/AllTraffic/{window.start:%Y/%m/%d/%H}/x.jsonl", lines)

    def write(self, name: str, text: str) -> None:
        (self._scratch / "file").write_text(text)
        Folder(self.url, self.options).upload(name, self._scratch / "file")

    def labels(self, *ids: str, hour: datetime = START) -> None:
        rows = [{"id": one, "label": 1} for one in ids]
        upload_ground_truth(rows, f"{self.url}/labels", hour=hour, storage_options=self.options)

    def merge(self, window: Window) -> None:
        """What a merge leaves behind: here only the label files it was given matter."""
        key = MergeKey("quality", window, "churn")
        files = Folder(f"{self.url}/labels", self.options).sizes()
        given = {name: size for name, size in files.items() if name[:13] in hours_of(window)}
        output = merged(self._scratch / window.folder, {key.hour_folders[0]: {"a": "1"}})
        MergeStore(f"{self.url}/reports", self.options).publish(key, output, execution(1, **given))

    def find(self, **arguments: Any) -> list[int]:
        """The numbers of the windows found."""
        found = find_revisable_windows(
            **{
                "monitor": "quality",
                "endpoint": "churn",
                "output_uri": f"{self.url}/reports",
                "captured_data_uri": f"{self.url}/capture",
                "ground_truth_uri": f"{self.url}/labels",
                "windows": HOURS,
                "labels": RULE,
                "storage_options": self.options,
                **arguments,
            }
        )
        return [HOURS.index(window) for window in found]


def hours_of(window: Window) -> tuple[str, ...]:
    return RULE.labels_of(window).hour_prefixes()


def capture(inference_id: str) -> str:
    side = {"data": "1", "encoding": "CSV", "mode": "OUTPUT", "observedContentType": "text/csv"}
    metadata = {
        "eventId": f"event-{inference_id}",
        "inferenceId": inference_id,
        "inferenceTime": "2026-01-02T22:00:00Z",
    }
    return json.dumps({"captureData": {"endpointOutput": side}, "eventMetadata": metadata, "eventVersion": "0"}) + "\n"


@pytest.fixture
def traffic(place: Any, tmp_path: Path) -> Traffic:
    return Traffic(place, tmp_path)


@pytest.fixture
def local(tmp_path: Path) -> Traffic:
    return Traffic((str(tmp_path / "world"), {}), tmp_path)


def test_without_labels_there_is_nothing_to_revise(traffic: Traffic) -> None:
    assert traffic.find() == []


def test_windows_never_merged_are_named_once_a_label_has_come(traffic: Traffic) -> None:
    traffic.labels("a0", "b2", "of nobody", hour=START + 5 * HOUR)
    assert traffic.find() == [0, 2]


def test_a_merged_window_is_named_again_for_its_late_labels_only(traffic: Traffic) -> None:
    traffic.labels("a0", "a1")
    traffic.merge(HOURS[0])
    traffic.labels("a1", hour=START + HOUR)
    traffic.merge(HOURS[1])
    assert traffic.find() == []
    traffic.labels("b1", "b3", hour=START + 20 * HOUR)
    assert traffic.find() == [1, 3]
    traffic.merge(HOURS[1])
    assert traffic.find() == [3]


def test_a_label_file_that_has_grown_is_new(local: Traffic) -> None:
    line = (
        '{{"groundTruthData":{{"data":"1","encoding":"CSV"}},"eventMetadata":{{"eventId":"{}"}},"eventVersion":"0"}}\n'
    )
    local.write(f"labels/{START:%Y/%m/%d/%H}/labels.jsonl", line.format("a0"))
    local.merge(HOURS[0])
    assert local.find() == []
    local.write(f"labels/{START:%Y/%m/%d/%H}/labels.jsonl", line.format("a0") + line.format("b0"))
    assert local.find() == [0]


@pytest.mark.parametrize(("hour", "expected"), [(-1, []), (0, [0]), (1, [0, 1]), (48, [0, 1]), (49, [1]), (51, [])])
def test_labels_outside_the_rule_touch_nothing(hour: int, expected: list[int], local: Traffic) -> None:
    local.labels("a0", "a1", hour=START + hour * HOUR)
    assert local.find() == expected


def test_by_default_the_windows_are_those_already_merged(local: Traffic) -> None:
    local.labels("a0", "a1")
    local.merge(HOURS[1])
    local.labels("b0", "b1", hour=START + 3 * HOUR)
    assert local.find(windows=None) == [1]


def test_windows_of_a_grid(local: Traffic) -> None:
    local.labels("a0", "a1", "a2", hour=START + 3 * HOUR)
    grid = WindowGrid(HOUR, START)
    assert local.find(windows=grid.windows(START + HOUR, START + 3 * HOUR)) == [1, 2]


def test_a_window_without_captures_is_passed_over(local: Traffic) -> None:
    later = Window(START + 10 * HOUR, START + 11 * HOUR)
    local.labels("a0", hour=START + 10 * HOUR)
    assert local.find(windows=[HOURS[0], later]) == [0]


def test_nothing_new_reads_no_captures(local: Traffic, monkeypatch: pytest.MonkeyPatch) -> None:
    local.labels("a0")
    local.merge(HOURS[0])
    local.write("capture/churn/AllTraffic/2026/01/02/22/x.jsonl", "this cannot be read")
    assert local.find(windows=HOURS[:1]) == []


def test_batch_transform_data(local: Traffic) -> None:
    local.write("scores/2026/01/02/22/part.csv", "0.5,job-1,2026-01-02T22:00:00Z\n0.7,job-2,2026-01-02T22:00:00Z\n")
    local.labels("job-2", "job-9")
    arguments = {
        "endpoint": None,
        "captured_data_uri": None,
        "transform_output_uri": f"{local.url}/scores",
        "monitor": "scores",
    }
    assert local.find(**arguments, dataset_format=Csv(header=False)) == [0]
    assert local.find(**arguments, dataset_format='{"csv": {"header": false}}') == [0]
    with pytest.raises(ValueError, match="dataset_format: None; the output of a transform job is csv or json"):
        local.find(**arguments)


def test_batch_transform_data_behind_a_manifest(local: Traffic) -> None:
    local.write("transformed/a.csv.out", "0.5,job-1,2026-01-02T22:00:00Z\n")
    manifest = [{"prefix": f"{local.url}/transformed/"}, "a.csv.out"]
    local.write("scores/2026/01/02/22/x.json", json.dumps(manifest))
    local.labels("job-1")
    arguments = {"endpoint": None, "captured_data_uri": None, "transform_output_uri": f"{local.url}/scores"}
    assert local.find(**arguments, monitor="scores", dataset_format=Csv(header=False)) == [0]


@pytest.mark.parametrize("change", [{"captured_data_uri": None}, {"transform_output_uri": "x"}, {"endpoint": None}])
def test_what_was_captured_must_be_said(change: dict[str, Any], local: Traffic) -> None:
    with pytest.raises(ValueError, match="give captured_data_uri and endpoint, or transform_output_uri"):
        local.find(**change)


def test_days_are_listed_once(local: Traffic, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = []
    files_at = source_files.files_at

    def watched(location: str, **options: Any) -> list[Any]:
        listed.append(location)
        return files_at(location, **options)

    monkeypatch.setattr(source_files, "files_at", watched)
    grid = WindowGrid(HOUR, START)
    assert local.find(windows=grid.windows(START, START + timedelta(days=10))) == []
    assert len(listed) == len(set(listed)) == 13


def test_what_was_compared_is_not_read_again(local: Traffic) -> None:
    local.labels("a1", "of nobody", hour=START + 4 * HOUR)
    assert local.find() == [1]
    for name in Folder(f"{local.url}/labels").sizes():
        path = Path(local.url) / "labels" / name
        path.write_bytes(b"?" * path.stat().st_size)
    assert local.find() == [1]


def test_what_has_come_since_is_compared(local: Traffic) -> None:
    local.labels("a1", hour=START + 4 * HOUR)
    assert local.find() == [1]
    local.labels("a2", hour=START + 5 * HOUR)
    assert local.find() == [1, 2]
    local.write("capture/churn/AllTraffic/2026/01/02/22/late.jsonl", capture("a1"))
    assert local.find() == [0, 1, 2]
    local.merge(HOURS[1])
    assert local.find() == [0, 2]


@pytest.mark.parametrize("text", ["", "{", '{"subject": 1}', '{"subject": "x", "files": {}, "windows": {"x": []}}'])
def test_notes_that_do_not_fit_are_written_anew(text: str, local: Traffic) -> None:
    local.labels("a1", hour=START + 4 * HOUR)
    notes = "reports/_merges/churn/quality/label_notes.json"
    local.find()
    written = (Path(local.url) / notes).read_text()
    local.write(notes, text)
    assert local.find() == [1]
    assert (Path(local.url) / notes).read_text() == written


def test_another_rule_has_other_notes(local: Traffic) -> None:
    local.labels("a0", "a3", hour=START + 4 * HOUR)
    assert local.find(labels=LabelWindow(end_offset="PT1H")) == [3]
    assert local.find() == [0, 3]
