from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.merge_store import MergeKey, MergeStore
from airflow_model_monitor.service.sole_writer import ConcurrentWriteError
from airflow_model_monitor.service.windows import HOUR, Window
from tests.service.merges import FIRST, KEY, SECOND, START, execution, line, merged

PUBLISH = """
import json, sys, time
from pathlib import Path
from airflow_model_monitor.service.merge_store import MergeStore
from tests.service.merges import KEY, execution

url, options, output, ready, go = sys.argv[1:]
store = MergeStore(url, json.loads(options))
Path(ready).touch()
while not Path(go).exists():
    time.sleep(0.005)
store.publish(KEY, Path(output), execution(2, **{Path(output).name: 1}))
"""


def tree(place, below: str) -> dict[str, bytes]:  # type: ignore[no-untyped-def]
    folder = Folder(f"{place.url}/{below}", place.storage_options)
    return {name: folder.read(name) for name in folder.sizes()}


def test_what_is_published_is_read_and_copied(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = MergeStore(*place)
    assert store.read(KEY) is None
    output = merged(tmp_path / "out", {FIRST: {"a": "1"}, SECOND: {"b": "0"}})
    published, change = store.publish(KEY, output, execution(2))
    assert MergeStore(*place).read(KEY) == published
    assert published.read_text(published.files[0]) == line("a", "1") + "\n"
    assert tree(place, "merge") == {name: published.read(name) for name in published.files}
    assert (change.previous, change.records_added, change.coverage_before, change.coverage_after) == (
        None,
        2,
        None,
        0.2,
    )


def test_the_same_records_are_the_same_revision(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = MergeStore(*place)
    output = merged(tmp_path / "out", {FIRST: {"a": "1"}})
    first, _ = store.publish(KEY, output, execution(1))
    again, change = store.publish(KEY, output, execution(1))
    assert again == first
    assert not change.changed
    assert [revision.number for revision in store.revisions(KEY)] == [1]


def test_the_earlier_revision_stays_and_the_change_is_told(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = MergeStore(*place)
    before = merged(tmp_path / "1", {FIRST: {"a": "1", "b": "0", "c": "1"}, SECOND: {"d": "1"}})
    after = merged(tmp_path / "2", {FIRST: {"a": "1", "b": "1", "e": "0"}, SECOND: {"d": "1", "f": "1", "g": "1"}})
    first, _ = store.publish(KEY, before, execution(4))
    second, change = store.publish(KEY, after, execution(6))
    assert store.revisions(KEY) == (first, second)
    assert change.to_dict() == {
        "previous": first.execution.revision,
        "changed": True,
        "records_added": 3,
        "records_removed": 1,
        "records_relabelled": 1,
        "coverage_before": 0.4,
        "coverage_after": 0.6,
    }


def test_new_label_files_without_an_effect_are_noted(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = MergeStore(*place)
    output = merged(tmp_path / "out", {FIRST: {"a": "1"}})
    store.publish(KEY, output, execution(1, one=10))
    published, change = store.publish(KEY, output, execution(1, one=10, two=20))
    assert (published.number, change.changed) == (2, False)
    assert dict(published.execution.label_files) == {"one": 10, "two": 20}


def test_an_hour_that_lost_its_records_is_emptied(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = MergeStore(*place)
    store.publish(KEY, merged(tmp_path / "1", {FIRST: {"a": "1"}, SECOND: {"b": "1"}}), execution(2))
    store.publish(KEY, merged(tmp_path / "2", {SECOND: {"b": "1"}}, "part-00000-b.c000.jsonl"), execution(1))
    assert list(tree(place, "merge")) == [f"{SECOND}/part-00000-b.c000.jsonl"]


def test_a_neighbouring_window_keeps_its_hours(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = MergeStore(*place)
    later = MergeKey(KEY.monitor, Window(KEY.window.end, KEY.window.end + HOUR), KEY.endpoint)
    store.publish(later, merged(tmp_path / "1", {later.hour_folders[0]: {"z": "1"}}), execution(1))
    store.publish(KEY, merged(tmp_path / "2", {FIRST: {"a": "1"}}), execution(1))
    assert {name.rpartition("/")[0] for name in tree(place, "merge")} == {FIRST, later.hour_folders[0]}


def test_a_killed_copy_is_finished_by_the_next_run(  # type: ignore[no-untyped-def]
    place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MergeStore(*place)
    store.publish(KEY, merged(tmp_path / "1", {FIRST: {"a": "0"}}), execution(1))
    output = merged(tmp_path / "2", {FIRST: {"a": "1"}, SECOND: {"b": "1"}})

    def killed(*arguments: object, **options: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("airflow_model_monitor.service.merge_layout.replace_files", killed)
        with pytest.raises(KeyboardInterrupt):
            store.publish(KEY, output, execution(2))
    published, change = store.publish(KEY, output, execution(2))
    assert (published.number, change.changed) == (2, False)
    assert tree(place, "merge") == {name: published.read(name) for name in published.files}


def test_batch_transform_data_has_no_endpoint(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    key = MergeKey("scores", Window(START, START + HOUR))
    MergeStore(*place).publish(key, merged(tmp_path / "out", {"scores/2026/01/02/02": {"a": "1"}}), execution(1))
    assert list(tree(place, "merge")) == ["scores/2026/01/02/02/part-00000-a.c000.jsonl"]
    assert [found for found, _ in MergeStore(*place).list("scores")] == [key]


def test_list_is_in_order_of_windows(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = MergeStore(*place)
    windows = [Window(START + number * HOUR, START + (number + 1) * HOUR) for number in (2, 0, 1)]
    for window in windows:
        key = MergeKey("quality", window, "churn")
        store.publish(key, merged(tmp_path / window.folder, {key.hour_folders[0]: {"a": "1"}}), execution(1))
    result = [key.window for key, _ in store.list("quality", endpoint="churn")]
    assert result == sorted(windows)
    assert [key.window for key, _ in store.list("quality", endpoint="churn", since=result[1])] == result[1:]
    assert list(store.list("quality")) == []


def test_files_of_another_window_or_variant_are_refused(tmp_path: Path) -> None:
    store = MergeStore(str(tmp_path / "reports"))
    with pytest.raises(ValueError, match=r"'churn/AllTraffic/2027/.*' is not in an hour folder of this window"):
        store.publish(KEY, merged(tmp_path / "out", {"churn/AllTraffic/2027/01/01/00": {"a": "1"}}), execution(1))
    store.publish(KEY, merged(tmp_path / "1", {FIRST: {"a": "1"}}), execution(1))
    other = MergeKey("quality", KEY.window, "churn", "Canary")
    with pytest.raises(ValueError, match="give every variant a monitor of its own"):
        store.publish(other, merged(tmp_path / "2", {other.hour_folders[0]: {"a": "1"}}), execution(1))


def test_a_window_is_made_of_whole_hours() -> None:
    with pytest.raises(ValueError, match="is not a whole UTC hour"):
        MergeKey("quality", Window(START, START + HOUR / 2), "churn")


@pytest.mark.parametrize("kind", ["local", "s3"])
def test_two_processes_at_once_leave_one_complete_result(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url, options = (str(tmp_path / "reports"), {}) if kind == "local" else request.getfixturevalue("s3_place")
    names = ("one", "two", "three")
    children = []
    for name in names:
        parts = {FIRST: {"a": name, "b": name}, SECOND: {"c": name}}
        output = merged(tmp_path / "out" / name, parts, f"part-00000-{name}.c000.jsonl")
        arguments = [url, json.dumps(options), str(output), str(tmp_path / f"{name}.ready"), str(tmp_path / "go")]
        children.append(subprocess.Popen([sys.executable, "-c", PUBLISH, *arguments], env=os.environ))
    while not all((tmp_path / f"{name}.ready").exists() for name in names):
        assert all(child.poll() is None for child in children)
    (tmp_path / "go").touch()
    assert [child.wait(60) for child in children] == [0, 0, 0]
    store = MergeStore(url, options)
    revisions = store.revisions(KEY)
    assert [revision.number for revision in revisions] == [1, 2, 3]
    for revision in revisions:
        (name,) = revision.execution.label_files
        assert {file.partition("-00000-")[2] for file in revision.files} == {f"{name}.c000.jsonl"}
        assert b"".join(revision.read(file) for file in revision.files).count(name.encode()) == 3
    layout = Folder(f"{url}/merge", options)
    newest = revisions[-1]
    assert {file: layout.read(file) for file in layout.sizes()} == {file: newest.read(file) for file in newest.files}


class RefusedError(Exception):
    response = {"Error": {"Code": "NotImplemented"}}  # noqa: RUF012


@pytest.fixture(params=["refuses", "ignores"])
def simple_store(s3_place: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> MergeStore:
    """A store on an S3 that refuses conditional writes, or takes them for plain ones."""
    store = MergeStore(*s3_place)
    filesystem = store._root._fs
    pipe_file = filesystem.pipe_file

    def unconditional(path: str, content: bytes, mode: str = "overwrite") -> None:
        if mode == "create" and request.param == "refuses":
            raise OSError(errno.EIO, "the store's own wording") from RefusedError()
        pipe_file(path, content)

    monkeypatch.setattr(filesystem, "pipe_file", unconditional)
    return store


def test_without_conditional_writes_one_after_the_other_works(simple_store: MergeStore, tmp_path: Path) -> None:
    for number in ("1", "2"):
        simple_store.publish(KEY, merged(tmp_path / number, {FIRST: {"a": number}}), execution(1))
    assert [revision.number for revision in simple_store.revisions(KEY)] == [1, 2]


def test_without_conditional_writes_the_second_at_once_is_refused(
    simple_store: MergeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = merged(tmp_path / "2", {FIRST: {"a": "2"}}, "part-00000-b.c000.jsonl")
    upload = Folder.upload
    refused = []

    def upload_while_another_publishes(self: Folder, name: str, source: Path) -> None:
        monkeypatch.setattr(Folder, "upload", upload)
        with pytest.raises(ConcurrentWriteError) as error:
            simple_store.publish(KEY, second, execution(1))
        refused.append(str(error.value))
        upload(self, name, source)

    monkeypatch.setattr(Folder, "upload", upload_while_another_publishes)
    first, _ = simple_store.publish(KEY, merged(tmp_path / "1", {FIRST: {"a": "1"}}), execution(1))
    assert simple_store.revisions(KEY) == (first,)
    assert len(refused) == 1
    assert "no conditional writes (If-None-Match)" in refused[0]
    assert "Run this again when the other has finished; if it was killed, delete that file" in refused[0]
    again, _ = simple_store.publish(KEY, second, execution(1))
    assert again.number == 2


def test_without_conditional_writes_a_killed_attempt_is_finished(
    simple_store: MergeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = merged(tmp_path / "1", {FIRST: {"a": "1"}})

    def killed(self: Folder, name: str, source: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "upload", killed)
        patch.setattr(Folder, "delete", lambda self, name: None)
        with pytest.raises(KeyboardInterrupt):
            simple_store.publish(KEY, output, execution(1))
    other = merged(tmp_path / "2", {FIRST: {"a": "2"}})
    with pytest.raises(ConcurrentWriteError, match=r"/writing/[0-9a-f]{64}: somebody else is writing here"):
        simple_store.publish(KEY, other, execution(1))
    assert simple_store.publish(KEY, output, execution(1))[0].number == 1
    assert simple_store.publish(KEY, other, execution(1))[0].number == 2
