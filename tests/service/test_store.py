from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.service import revisions
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window

START = datetime(2026, 1, 2, 2, tzinfo=UTC)
KEY = ExecutionKey("hourly", Window(START, START + timedelta(hours=1)), "churn")
LAYOUT = "churn/hourly/2026/01/02/03"


def execution(message: str = "Completed") -> Execution:
    return Execution(monitor_type="DataQuality", status="Completed", exit_message=message, compatibility="corrected")


def files(folder: Path, **contents: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        (folder / f"{name}.json").write_text(text)
    return folder


def tree(place, below: str = "") -> dict[str, bytes]:  # type: ignore[no-untyped-def]
    root = Folder(f"{place.url}/{below}".rstrip("/"), place.storage_options)
    found = root._fs.find(root._path)
    return {path.removeprefix(root._path).lstrip("/"): root._fs.cat_file(path) for path in found}


def test_what_is_published_is_read(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = ExecutionStore(*place)
    assert store.read(KEY) is None
    store.publish(KEY, files(tmp_path / "out", statistics="s", constraints="c"), execution())
    result = ExecutionStore(*place).read(KEY)
    assert result is not None
    assert (result.number, result.files) == (1, ("constraints.json", "statistics.json"))
    assert result.read_text("statistics.json") == "s"
    with pytest.raises(FileNotFoundError, match=r"no constraint_violations\.json"):
        result.read("constraint_violations.json")


def test_later_content_is_a_later_revision_and_both_are_kept(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = ExecutionStore(*place)
    for text in ("one", "two", "one"):
        store.publish(KEY, files(tmp_path / "out", statistics=text), execution())
    result = [(r.number, r.read_text("statistics.json")) for r in store.revisions(KEY)]
    assert result == [(1, "one"), (2, "two"), (3, "one")]
    newest = store.read(KEY)
    assert newest is not None
    assert newest.number == 3


def test_the_same_content_again_changes_nothing(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = ExecutionStore(*place)
    output = files(tmp_path / "out", statistics="s", constraint_violations="v")
    first = store.publish(KEY, output, execution())
    before = tree(place)
    assert store.publish(KEY, output, execution()) == first
    assert tree(place) == before


def test_sagemakers_layout_is_a_copy(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    output = files(tmp_path / "out", statistics="s", constraints="c", constraint_violations="v")
    ExecutionStore(*place).publish(KEY, output, execution())
    result = tree(place, LAYOUT)
    assert set(result) == {"statistics.json", "constraints.json", "constraint_violations.json", "execution.json"}
    assert result["constraint_violations.json"] == b"v"


def test_violations_that_are_gone_leave_the_layout(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = ExecutionStore(*place)
    store.publish(KEY, files(tmp_path / "a", statistics="s", constraint_violations="v"), execution())
    store.publish(KEY, files(tmp_path / "b", statistics="s"), execution())
    assert set(tree(place, LAYOUT)) == {"statistics.json", "execution.json"}


def test_a_killed_attempt_publishes_nothing_and_is_finished_byte_for_byte(  # type: ignore[no-untyped-def]
    place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ExecutionStore(*place)
    output = files(tmp_path / "out", constraints="c", statistics="s", constraint_violations="v")

    def killed(self: Folder, name: str, source: Path) -> None:
        if name == "statistics.json":
            raise KeyboardInterrupt
        upload(self, name, source)

    upload = Folder.upload
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "upload", killed)
        with pytest.raises(KeyboardInterrupt):
            store.publish(KEY, output, execution())
    assert store.read(KEY) is None
    assert tree(place, LAYOUT) == {}
    store.publish(KEY, output, execution())
    again = tree(place)

    other = ExecutionStore(f"{place.url}-undisturbed", place.storage_options)
    other.publish(KEY, output, execution())
    assert again == tree(place._replace(url=f"{place.url}-undisturbed"))


def test_a_killed_copy_is_finished_by_the_next_run(  # type: ignore[no-untyped-def]
    place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ExecutionStore(*place)
    store.publish(KEY, files(tmp_path / "a", statistics="old", constraint_violations="old"), execution())
    output = files(tmp_path / "b", statistics="new", constraint_violations="new")

    def killed(revision: revisions.Revision, name: str, target: Folder) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(revisions, "_copy", killed)
        with pytest.raises(KeyboardInterrupt):
            store.publish(KEY, output, execution())
    assert "constraint_violations.json" not in tree(place, LAYOUT)
    store.publish(KEY, output, execution())
    result = tree(place, LAYOUT)
    assert (result["statistics.json"], result["constraint_violations.json"]) == (b"new", b"new")


def test_concurrent_attempts_become_successive_revisions(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    contents = [str(i % 3) * 100 for i in range(8)]
    outputs = [files(tmp_path / str(i), statistics=c, constraints=c) for i, c in enumerate(contents)]
    start = threading.Barrier(len(outputs))

    def attempt(output: Path) -> None:
        start.wait()
        ExecutionStore(*place).publish(KEY, output, execution())

    with ThreadPoolExecutor(len(outputs)) as threads:
        list(threads.map(attempt, outputs))
    published = ExecutionStore(*place).revisions(KEY)
    assert [r.number for r in published] == sorted({r.number for r in published})
    assert {r.read_text("statistics.json") for r in published} == set(contents)
    assert all(r.read("statistics.json") == r.read("constraints.json") for r in published)
    layout = tree(place, LAYOUT)
    assert layout["statistics.json"] == layout["constraints.json"] == published[-1].read("statistics.json")


def test_a_changed_file_is_refused(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    published = ExecutionStore(*place).publish(KEY, files(tmp_path / "a", statistics="s"), execution())
    published.folder.upload("statistics.json", files(tmp_path / "b", statistics="changed") / "statistics.json")
    with pytest.raises(ContractError, match=r"statistics\.json: the file is not the one that was published"):
        published.read("statistics.json")


def test_list_is_in_order_of_windows(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = ExecutionStore(*place)
    output = files(tmp_path / "a", statistics="s")
    windows = [Window(START + timedelta(hours=i), START + timedelta(hours=i + 1)) for i in (2, 0, 1)]
    for window in windows:
        store.publish(ExecutionKey("hourly", window, "churn"), output, execution())
    result = [key.window for key, _ in store.list("hourly", endpoint="churn")]
    assert result == sorted(windows)
    assert [key.window for key, _ in store.list("hourly", endpoint="churn", since=result[1])] == result[1:]
    assert list(store.list("hourly")) == []


def test_a_stray_file_among_the_windows_is_passed_over(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    store = ExecutionStore(*place)
    published = store.publish(KEY, files(tmp_path / "a", statistics="s"), execution())
    (tmp_path / "stray").write_text("x")
    Folder(*place).child("_executions", "churn", "hourly").upload(".DS_Store", tmp_path / "stray")

    assert list(store.list("hourly", endpoint="churn")) == [(KEY, published)]


def test_names_are_checked() -> None:
    with pytest.raises(ValueError, match=r"monitor: '../x' \(4 characters\) is not a name"):
        ExecutionKey("../x", KEY.window)
