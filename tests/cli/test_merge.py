from __future__ import annotations

from pathlib import Path

import pytest

from airflow_model_monitor.cli.main import main
from tests.tables.merging import capture, label, lines


@pytest.fixture
def folders(tmp_path: Path) -> list[str]:
    for name, text in {"capture": lines(capture("e"), capture("f")), "labels": lines(label("e"))}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jsonl").write_text(text)
    names = ("dataset", "ground-truth", "output")
    return [
        word for name, at in zip(names, ("capture", "labels", "merged")) for word in (f"--{name}", str(tmp_path / at))
    ]


def test_a_merge_tells_its_counts(folders: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", *folders]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    for line in ("captures: 2", "labelled captures: 1", "unmatched labels: 0", "coverage: 50.0%"):
        assert f"  {line}\n" in told.err
    assert len(list((tmp_path / "merged").glob("part-00000-*.c000.jsonl"))) == 1


def test_a_failure_is_the_last_line_of_the_output(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", *folders[:3], "/nowhere", *folders[4:]]) == 255
    assert capsys.readouterr().out.startswith("Error: file /nowhere: No objects found under '/nowhere'")


def test_variables_and_flags_that_override_them(
    folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("dataset_source", folders[1])
    monkeypatch.setenv("ground_truth_source", folders[3])
    monkeypatch.setenv("output_path", "/not/this/one")
    monkeypatch.setenv("label_choice", "refuse")
    (tmp_path / "labels" / "b.jsonl").write_text(lines(label("e", "0")))
    assert main(["merge", *folders[4:]]) == 255
    assert "a second label for 'e'" in capsys.readouterr().out
    assert main(["merge", *folders[4:], "--label-choice", "newest"]) == 0
    assert "duplicate labels: 1" in capsys.readouterr().err


def test_formats(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", *folders, "--format", "capture"]) == 0
    assert main(["merge", *folders, "--format", "jsonl"]) == 255
    assert "the record has no SageMakerInferenceId" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        main(["merge", *folders, "--format", "xml"])
    assert caught.value.code == 2
    assert "invalid choice: 'xml'" in capsys.readouterr().err


def test_help_names_every_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["merge", "--help"])
    text = capsys.readouterr().out
    for name in ("dataset_source", "ground_truth_source", "output_path", "dataset_format", "label_choice", "threads"):
        assert f"[{name}]" in text
