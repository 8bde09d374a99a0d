"""``model-monitor analyze`` for model quality, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_model_monitor.cli.main import main

SCORED = "score,predicted,actual\n" + "".join(f"{i / 10},{int(i > 5)},{int(i > 4)}\n" for i in range(10))
BINARY = ["analyze", "--problem-type", "BinaryClassification"]
COLUMNS = ["--prediction", "predicted", "--probability", "score", "--label", "actual"]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scored.csv").write_text(SCORED)
    record = {
        "groundTruthData": {"data": "0", "encoding": "CSV"},
        "captureData": {"endpointOutput": {"data": "0.9", "encoding": "CSV"}},
        "eventMetadata": {"eventId": "e"},
        "eventVersion": "0",
    }
    (tmp_path / "merge").mkdir()
    (tmp_path / "merge" / "part.jsonl").write_text(f"{json.dumps(record)}\n")
    return tmp_path


def suggest() -> int:
    return main([*BINARY, "--dataset", "scored.csv", "--format", "csv", "--header", *COLUMNS, "--output", "baseline"])


def test_a_baseline_and_a_verdict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert suggest() == 0
    judged = ["--dataset", "merge", "--format", "merged", "--probability", "0", "--threshold", "0.5"]
    against = ["--constraints", "baseline/constraints.json", "--output", "today", "--report"]
    assert main([*BINARY, *judged, *against]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[-1].startswith("CompletedWithViolations: Job completed successfully with ")
    assert "LessThanThreshold: " in captured.err
    metrics = json.loads((folder / "today" / "statistics.json").read_text())["binary_classification_metrics"]
    assert metrics["confusion_matrix"]["0"]["1"] == 1
    assert (folder / "today" / "report.html").exists()


def test_the_report_of_an_execution_of_model_quality(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert suggest() == 0
    judged = ["--dataset", "merge", "--format", "merged", "--probability", "0", "--output", "today"]
    assert main([*BINARY, *judged, "--constraints", "baseline/constraints.json"]) == 0
    assert main(["report", "today", "-o", "page.html"]) == 0
    page = (folder / "page.html").read_text()
    assert "Confusion matrix" in page
    (folder / "today" / "execution.json").unlink()  # as SageMaker itself leaves it
    assert main(["report", "today", "-o", "page.html"]) == 0
    assert "Confusion matrix" in (folder / "page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--problem-type", "Binary"], "choose from"),
        (["--problem-typ", "Regression", "--predction", "0"], "Did you mean --prediction?"),
    ],
)
def test_mistakes_end_in_a_hint(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["analyze", *arguments])
    assert ended.value.code == 2
    assert expected in capsys.readouterr().err
