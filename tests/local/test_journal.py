from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_model_monitor.local.journal import FILE_NAME, Journal, JournalError


def reopened(folder: Path) -> Journal:
    return Journal(folder)


def test_documents_are_there_when_it_is_opened_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    section = journal.section("topics")
    section.put("a", {"name": "ä", "n": [1, 2.5, None]})
    section.put("b", "text")
    section.put("a", {"name": "changed"})
    section.delete("b")
    journal.close()
    section = reopened(tmp_path).section("topics")
    assert section.items() == [("a", {"name": "changed"})]
    assert reopened_is_refused(tmp_path)


def reopened_is_refused(folder: Path) -> bool:
    with pytest.raises(JournalError, match="another local SageMaker uses this data folder"):
        Journal(folder)
    return True


def test_a_document_that_is_changed_by_its_reader_stays_as_it_was(tmp_path: Path) -> None:
    section = Journal(tmp_path).section("s")
    given = {"list": [1]}
    section.put("a", given)
    given["list"].append(2)
    section.get("a")["list"].append(3)
    assert section.get("a") == {"list": [1]}


def test_changes_that_belong_together_are_one_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with journal.together():
        journal.section("s").put("a", 1)
        with journal.together():
            journal.section("t").put("b", 2)
    lines = (tmp_path / FILE_NAME).read_text().splitlines()
    assert json.loads(lines[-1]) == [["s", "a", 1], ["t", "b", 2]]


@pytest.mark.parametrize("torn", ['[["s","b",{"half', '[["s","b",1]]'])
def test_a_last_line_that_was_not_finished_is_cut_off(tmp_path: Path, torn: str) -> None:
    journal = Journal(tmp_path)
    journal.section("s").put("a", 1)
    journal.close()
    with (tmp_path / FILE_NAME).open("a") as stream:
        stream.write(torn)
    journal = reopened(tmp_path)
    assert journal.section("s").items() == [("a", 1)]
    journal.section("s").put("c", 3)
    journal.close()
    assert reopened(tmp_path).section("s").items() == [("a", 1), ("c", 3)]


def test_a_full_disk_leaves_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(tmp_path)
    journal.section("s").put("a", 1)
    before = (tmp_path / FILE_NAME).read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("airflow_model_monitor.local.journal.os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            journal.section("s").put("a", 2)
    assert (journal.section("s").get("a"), (tmp_path / FILE_NAME).read_bytes()) == (1, before)
    journal.section("s").put("a", 3)
    journal.close()
    assert reopened(tmp_path).section("s").get("a") == 3


@pytest.mark.parametrize("line", ["7", "[7]", '[["s","a"]]'])
def test_a_line_of_another_shape_is_named(tmp_path: Path, line: str) -> None:
    journal = Journal(tmp_path)
    journal.close()
    with (tmp_path / FILE_NAME).open("a") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(JournalError, match="line 2: "):
        Journal(tmp_path)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(3):
        journal.section("s").put(str(number), number)
    journal.close()
    path = tmp_path / FILE_NAME
    lines = path.read_text().splitlines()
    lines[2] = lines[2][:-3]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match=r"line 3: .* the file is damaged"):
        Journal(tmp_path)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('{"format": "airflow-model-monitor local-aws journal", "version": 2}', "version 2, and this release reads"),
        ('{"format": "something else", "version": 1}', "the first line does not say"),
        ("hello", "the first line does not say"),
    ],
)
def test_what_another_version_or_program_wrote_is_refused(tmp_path: Path, header: str, expected: str) -> None:
    (tmp_path / FILE_NAME).write_text(f"{header}\n")
    with pytest.raises(JournalError, match=expected):
        Journal(tmp_path)
    assert (tmp_path / FILE_NAME).read_text() == f"{header}\n"


@pytest.mark.parametrize("content", ["", '{"format": "airflow-mod'])
def test_killed_while_its_first_line_was_written_it_begins_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    journal = Journal(tmp_path)
    journal.section("s").put("a", 1)
    journal.close()
    assert reopened(tmp_path).section("s").get("a") == 1


def test_a_long_file_is_replaced_by_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_model_monitor.local.journal._COMPACT_AT", 20)
    journal = Journal(tmp_path)
    for number in range(100):
        journal.section("s").put("a", number)
    journal.section("s").put("b", "last")
    journal.close()
    assert len((tmp_path / FILE_NAME).read_text().splitlines()) < 30
    assert reopened(tmp_path).section("s").items() == [("a", 99), ("b", "last")]


def test_without_a_folder_it_is_kept_in_memory() -> None:
    journal = Journal()
    journal.section("s").put("a", 1)
    assert ("a" in journal.section("s"), len(journal.section("s")), journal.files("x")) == (True, 1, None)


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    section = Journal(tmp_path).section("s")
    with pytest.raises(TypeError):
        section.put("a", {1, 2})
    with pytest.raises(ValueError, match="JSON"):
        section.put("a", float("nan"))
    assert section.items() == []
