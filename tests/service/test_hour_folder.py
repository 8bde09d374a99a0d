from __future__ import annotations

import threading
from pathlib import Path

import pytest

from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.hour_folder import replace_files


def sources(folder: Path, **texts: str) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text)
    return {name: folder / name for name in texts}


def content(folder: Folder) -> dict[str, bytes]:
    return {name: folder.read(name) for name in folder.sizes()}


def test_a_folder_holds_exactly_what_was_put(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    hour = Folder(*place).child("2026", "01")
    assert replace_files(hour, sources(tmp_path / "1", a="1", b="2"))
    assert replace_files(hour, sources(tmp_path / "2", b="3", c="4"))
    assert content(hour) == {"b": b"3", "c": b"4"}
    assert not replace_files(hour, sources(tmp_path / "2", b="3", c="4"))
    assert replace_files(hour, {})
    assert content(hour) == {}


def test_a_file_of_the_same_size_is_read(place, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    hour = Folder(*place)
    replace_files(hour, sources(tmp_path / "1", a="1"))
    other = sources(tmp_path / "2", a="2")
    assert not replace_files(hour, other, trust_sizes=True)
    assert replace_files(hour, other)
    assert content(hour) == {"a": b"2"}


def test_old_and_new_never_stand_together(place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    hour = Folder(*place)
    seen: list[set[str]] = []
    for number in ("1", "2"):
        files = sources(tmp_path / number, **{f"a{number}": number, f"b{number}": number})
        upload, delete = Folder.upload, Folder.delete

        def watched_upload(self: Folder, name: str, source: Path, upload=upload) -> None:  # type: ignore[no-untyped-def]
            upload(self, name, source)
            seen.append({one[-1] for one in self.sizes()})

        def watched_delete(self: Folder, name: str, delete=delete) -> None:  # type: ignore[no-untyped-def]
            delete(self, name)
            seen.append({one[-1] for one in self.sizes()})

        with monkeypatch.context() as patch:
            patch.setattr(Folder, "upload", watched_upload)
            patch.setattr(Folder, "delete", watched_delete)
            replace_files(hour, files)
    assert {"1", "2"} not in seen
    assert set(content(hour)) == {"a2", "b2"}


def test_a_reader_of_a_local_folder_never_sees_a_mixture(tmp_path: Path) -> None:
    hour = Folder(str(tmp_path / "hour"))
    names = [[f"{part}{number}" for part in "abc"] for number in range(2)]
    variants = [sources(tmp_path / str(number), **dict.fromkeys(names[number], "x")) for number in range(2)]
    done = threading.Event()

    def write() -> None:
        for number in range(200):
            replace_files(hour, variants[number % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        try:
            seen.add(frozenset(path.name for path in (tmp_path / "hour").iterdir()))
        except FileNotFoundError:
            continue
    writer.join()
    assert {frozenset(one) for one in names} & seen
    assert [one for one in seen if len({name[-1] for name in one}) > 1] == []
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []
