from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_model_monitor import __version__
from airflow_model_monitor.cli.main import main

ROWS = "label,age\n" + "".join(f"{i % 2},{20 + i}\n" for i in range(20))
CONTRACT = ("dataset_source", "dataset_format", "output_path", "output_message_file")


@pytest.fixture(autouse=True)
def no_contract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in CONTRACT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def usage_error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"model-monitor {__version__}\n")


@pytest.mark.parametrize("command", [[], ["analyze"], ["clarify"], ["local-aws"], ["report"]])
def test_help_fits_a_terminal(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["analyse"], "Did you mean analyze?"),
        (["analyze", "--constraint-file", "x"], "Did you mean --constraints?"),
        (["analyze", "--compatability", "corrected"], "Did you mean --compatibility?"),
        (["analyze", "--compatibility", "correct"], "Did you mean corrected?"),
        (["analyze", "--format", "parqet"], "Did you mean parquet?"),
        (["analyze", "--format", "parquet", "--header"], "--header belongs to --format csv"),
        (["local-aws", "--clock", "yesterday"], "'yesterday' is not a time; write 2026-01-01T00:00:00Z"),
        (["local-aws", "--clock", "2026-01-01T00:00:00"], "has no time zone"),
        (["local-aws", "--start-delay", "-1"], "'-1' is not a number of seconds"),
        (["local-aws", "--jobs", "0"], "'0' is not a number of jobs"),
        (["local-aws", "--training-image", "trees"], "'trees' does not say which program trains"),
        (["local-aws", "--training-image", "trees=python 'train.py"], "is no command: No closing quotation"),
        (["report"], "EXECUTION_DIR"),
        ([], "COMMAND"),
    ],
)
def test_mistakes_end_in_a_hint(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = usage_error(capsys, *arguments)
    assert expected in text
    assert "--help" in text


def test_flags_alone_are_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train.csv").write_text(ROWS)
    code = main(["analyze", "--dataset", "train.csv", "--format", "csv", "--header", "--output", "baseline"])
    out = capsys.readouterr().out
    assert (code, out) == (0, "Completed: Job completed successfully with no violations.\n")
    assert json.loads((tmp_path / "baseline" / "statistics.json").read_text())["dataset"]["item_count"] == 20


def test_flags_override_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train.csv").write_text(ROWS)
    monkeypatch.setenv("dataset_source", "/nowhere")
    monkeypatch.setenv("dataset_format", '{"csv": {"header": true}}')
    monkeypatch.setenv("output_path", str(tmp_path / "out"))
    assert main(["analyze", "--dataset", "train.csv"]) == 0
    assert (tmp_path / "out" / "constraints.json").exists()


def test_the_environment_alone_is_enough_and_the_last_line_is_the_message(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(ROWS)
    env = {"dataset_source": "train.csv", "dataset_format": '{"csv": {"header": true}}', "output_path": "out"}
    command = [sys.executable, "-m", "airflow_model_monitor.cli", "analyze"]
    done = subprocess.run(command, env={**os.environ, **env}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "Completed: Job completed successfully with no violations."
    assert "20 rows read in" in done.stderr


def test_a_missing_variable_names_its_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze"]) == 255
    captured = capsys.readouterr()
    assert captured.out.startswith("Error: field dataset_source")
    assert "--dataset sets dataset_source" in captured.err


def test_the_report_of_an_execution(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train.csv").write_text(ROWS)
    (tmp_path / "today.csv").write_text(ROWS.replace("0,", ","))
    base = ["--format", "csv", "--header", "--output"]
    assert main(["analyze", "--dataset", "train.csv", *base, "baseline"]) == 0
    against = ["--constraints", "baseline/constraints.json", "--statistics", "baseline/statistics.json"]
    assert main(["analyze", "--dataset", "today.csv", *base, "today", *against]) == 0
    assert main(["report", "today", "-o", "pages/report.html"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "pages/report.html"
    page = (tmp_path / "pages" / "report.html").read_text()
    assert "baseline</span>" in page
    assert "Values missing." in page

    (tmp_path / "baseline" / "statistics.json").unlink()
    assert main(["report", "today"]) == 0
    assert "no longer at baseline/statistics.json" in capsys.readouterr().err

    (tmp_path / "today" / "execution.json").unlink()  # as SageMaker itself leaves it
    assert main(["report", "today"]) == 0
    assert "1 violation" in (tmp_path / "report.html").read_text()


def test_the_report_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "nowhere"]) == 1
    assert "no statistics.json and no constraint_violations.json" in capsys.readouterr().err


def test_the_command_itself_is_light() -> None:
    heavy = {"duckdb", "numpy", "boto3", "jinja2", "fsspec", "airflow"}
    probe = f"import sys, airflow_model_monitor.cli.main; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
