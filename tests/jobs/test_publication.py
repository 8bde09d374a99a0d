from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.publication import Publication


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def publish(output: Path, **files: str) -> None:
    with Publication(output) as publication:
        for name, text in files.items():
            publication.write(f"{name}.json", text)
        publication.publish()
        publication.keep()


def test_nothing_is_there_before_all_is_there(tmp_path: Path) -> None:
    with Publication(tmp_path / "out") as publication:
        publication.write("statistics.json", "s")
        publication.write("constraint_violations.json", "v")
        assert content(tmp_path / "out") == {}
        publication.publish()
        publication.keep()
    assert content(tmp_path) == {"out/constraint_violations.json": "v", "out/statistics.json": "s"}


def test_a_file_in_a_folder_is_published_in_it_and_removed_with_it(tmp_path: Path) -> None:
    with Publication(tmp_path / "out") as publication:
        publication.staged("explanations_shap/out.csv").write_text("a_label0\n")
        assert publication.names == ["explanations_shap/out.csv"]
        publication.publish()
        publication.keep()
    assert content(tmp_path) == {"out/explanations_shap/out.csv": "a_label0\n"}
    publish(tmp_path / "out", statistics="s")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["statistics.json"]


def test_a_folder_with_something_else_in_it_stays(tmp_path: Path) -> None:
    (tmp_path / "out" / "explanations_shap").mkdir(parents=True)
    (tmp_path / "out" / "explanations_shap" / "notes.txt").write_text("mine")
    publish(tmp_path / "out", statistics="s")
    assert content(tmp_path) == {"out/explanations_shap/notes.txt": "mine", "out/statistics.json": "s"}


def test_violations_are_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append(Path(b).name), replace(a, b)))
    publish(tmp_path / "out", constraint_violations="v", execution="e", constraints="c", statistics="s")
    assert order == ["statistics.json", "constraints.json", "execution.json", "constraint_violations.json"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail_after_publishing() -> None:
        with Publication(tmp_path / "out") as publication:
            publication.write("statistics.json", "s")
            publication.publish()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_publishing()
    assert content(tmp_path) == {}


def test_a_full_disk_in_the_middle_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def full(source: object, target: Path) -> None:
        if target.name == "constraints.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        publish(tmp_path / "out", statistics="s", constraints="c")
    assert content(tmp_path) == {}


def test_an_output_that_is_a_mount_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def other_device(source: Path, target: Path) -> None:
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    monkeypatch.setattr(os, "replace", other_device)
    publish(tmp_path / "out", statistics="s")
    assert content(tmp_path) == {"out/statistics.json": "s"}


def test_results_of_two_runs_never_mix(tmp_path: Path) -> None:
    publish(tmp_path / "out", statistics="1", constraint_violations="1")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    publish(tmp_path / "out", statistics="2")
    assert content(tmp_path) == {"out/notes.txt": "mine", "out/statistics.json": "2"}


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    killed = """
import os, sys, signal, pathlib
from airflow_model_monitor.jobs.publication import Publication
publication = Publication(pathlib.Path(sys.argv[1])).__enter__()
publication.write("statistics.json", "s")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", killed, str(tmp_path / "out")], check=False)
    assert [path.name for path in tmp_path.rglob("statistics.json")] == ["statistics.json"]
    assert content(tmp_path / "out") == {}
    publish(tmp_path / "out", constraints="c")
    assert content(tmp_path) == {"out/constraints.json": "c"}


def test_a_run_beside_it_is_left_alone(tmp_path: Path) -> None:
    with Publication(tmp_path / "out") as running:
        running.write("statistics.json", "s")
        with Publication(tmp_path / "out"):
            pass
        running.publish()
        running.keep()
    assert content(tmp_path) == {"out/statistics.json": "s"}


def test_the_baseline_is_not_overwritten(tmp_path: Path) -> None:
    baseline = tmp_path / "constraints.json"
    baseline.write_text("baseline")
    with (
        pytest.raises(ContractError, match=r"holds constraints\.json, which this job reads"),
        Publication(tmp_path, inputs=[baseline]),
    ):
        pass
    assert baseline.read_text() == "baseline"


def test_an_output_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(ContractError, match="output_path: cannot write to"), Publication(tmp_path / "out"):
        pass
