from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs import folder_publication
from airflow_model_monitor.jobs.folder_publication import FolderPublication


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def read(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def publish(output: Path, files: dict[str, str]) -> None:
    with FolderPublication(output) as publication:
        write(publication.staged, files)
        publication.publish()


def test_a_new_tree_is_published_by_one_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    renames = []
    real = os.rename
    monkeypatch.setattr(folder_publication.os, "rename", lambda a, b: (renames.append(b), real(a, b)))
    publish(tmp_path / "out", {"e/v/1/05/a": "a", "e/v/1/06/a": "b"})
    assert read(tmp_path / "out") == {"e/v/1/05/a": "a", "e/v/1/06/a": "b"}
    assert renames == [tmp_path / "out" / "e"]


def test_a_folder_with_files_is_replaced_as_a_whole_and_others_stay(tmp_path: Path) -> None:
    write(tmp_path / "out", {"e/05/old": "", "e/06/old": "kept", "mine": "kept"})
    publish(tmp_path / "out", {"e/05/new": "", "e/07/new": ""})
    assert read(tmp_path / "out") == {"e/05/new": "", "e/06/old": "kept", "e/07/new": "", "mine": "kept"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_publish_nothing_happens(tmp_path: Path) -> None:
    write(tmp_path / "out", {"e/05/old": ""})
    with FolderPublication(tmp_path / "out") as publication:
        write(publication.staged, {"e/05/new": ""})
    assert read(tmp_path / "out") == {"e/05/old": ""}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("failing", range(1, 7))
def test_a_rename_that_fails_undoes_those_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    before = {"e/05/old": "5", "e/06/old": "6", "e/07/old": "7"}
    write(tmp_path / "out", before)
    real, calls = os.rename, []

    def rename(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == failing:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(folder_publication.os, "rename", rename)
    with pytest.raises(ContractError, match=r"cannot write to .*: No space left on device"):
        publish(tmp_path / "out", {"e/05/new": "", "e/06/new": "", "e/07/new": ""})
    assert read(tmp_path / "out") == before


@pytest.mark.parametrize("killed", range(1, 7))
def test_a_publication_killed_between_renames_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    write(tmp_path / "out", {"e/05/old": "5", "e/06/old": "6", "e/07/old": "7"})
    if (child := os.fork()) == 0:
        real, calls = os.rename, []

        def rename(source: Path, target: Path) -> None:
            calls.append(source)
            if len(calls) == killed:
                os._exit(9)
            real(source, target)

        folder_publication.os.rename = rename  # type: ignore[assignment]
        publish(tmp_path / "out", {"e/05/new": "", "e/06/new": "", "e/07/new": ""})
        os._exit(0)
    assert os.waitpid(child, 0)[1] >> 8 == 9
    publish(tmp_path / "out", {"e/08/new": ""})
    assert list(read(tmp_path / "out")) == ["e/05/new", "e/06/new", "e/07/new", "e/08/new"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("switched", range(1, 7))
def test_of_two_publications_at_once_one_waits_for_the_other(tmp_path: Path, switched: int) -> None:
    hours = ("e/05/a", "e/06/a", "e/07/a")
    write(tmp_path / "out", dict.fromkeys(hours, "before"))
    waiting, go_on = os.pipe()
    if (child := os.fork()) == 0:
        real, calls = os.rename, []

        def rename(source: Path, target: Path) -> None:
            calls.append(source)
            if len(calls) == switched:
                os.write(go_on, b".")
                time.sleep(0.1)
            real(source, target)

        folder_publication.os.rename = rename  # type: ignore[assignment]
        publish(tmp_path / "out", dict.fromkeys(hours, "first"))
        os._exit(0)
    os.read(waiting, 1)
    publish(tmp_path / "out", dict.fromkeys(hours, "second"))
    assert os.waitpid(child, 0)[1] == 0
    assert read(tmp_path / "out") == dict.fromkeys(hours, "second")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_abandoned_publication_into_another_output_of_this_name_is_not_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As of outputs in folders that cannot be written to: both stage in the system's temporary folder.
    monkeypatch.setattr(FolderPublication, "_place", lambda self: tmp_path)
    one, other = tmp_path / "one/out", tmp_path / "other/out"
    write(one, {"e/05/old": ""})
    if (child := os.fork()) == 0:
        folder_publication.os.rename = lambda source, target: os._exit(9)  # type: ignore[assignment]
        publish(one, {"e/05/new": ""})
    assert os.waitpid(child, 0)[1] >> 8 == 9
    publish(other, {"e/06/new": ""})
    assert list(read(other)) == ["e/06/new"]
    publish(one, {"e/07/new": ""})
    assert list(read(one)) == ["e/05/new", "e/07/new"]


def test_an_output_on_another_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.rename

    def rename(source: Path, target: Path) -> None:
        if ".staging-" in str(source) and ".staging-" not in str(target):
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(folder_publication.os, "rename", rename)
    publish(tmp_path / "out", {"e/05/new": "text"})
    assert read(tmp_path / "out") == {"e/05/new": "text"}
