"""What ends a model-quality job, through ``model-monitor analyze``: exit code, message, and no file left."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_model_monitor.cli.main import main

MERGED = '{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"]}}'
BINARY = {
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "BinaryClassification",
    "dataset_format": MERGED,
    "probability_attribute": "0",
    "probability_threshold_attribute": "0.5",
    "dataset_source": "merge",
    "output_path": "today",
}
WITH_PREDICTIONS = {"inference_attribute": "0", "probability_attribute": "", "probability_threshold_attribute": ""}
REGRESSION = {**WITH_PREDICTIONS, "problem_type": "Regression"}
MULTICLASS = {**WITH_PREDICTIONS, "problem_type": "MulticlassClassification"}
HOUR = "merge/churn/AllTraffic/2026/01/02/02/part-00000.c000.jsonl"


def merged(*rows: tuple[str, str]) -> str:
    return "".join(
        json.dumps(
            {
                "eventVersion": "0",
                "groundTruthData": {"data": label, "encoding": "CSV"},
                "captureData": {"endpointOutput": {"data": answer, "encoding": "CSV"}},
                "eventMetadata": {"eventId": "e"},
            }
        )
        + "\n"
        for label, answer in rows
    )


Run = Callable[..., tuple[int, str]]
GOOD = merged(("1", "0.9"), ("0", "0.2"))


@pytest.fixture
def analyze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(records: str | None, **variables: str) -> tuple[int, str]:
        if records is not None:
            path = tmp_path / HOUR
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(records)
        for name, value in {**BINARY, **variables}.items():
            monkeypatch.setenv(name, value)
        code = main(["analyze"])
        message = capsys.readouterr().out.splitlines()[-1]
        if code != 0:
            assert [path.name for path in (tmp_path / "today").glob("*")] == []
        return code, message

    return run


@pytest.mark.parametrize(
    ("records", "variables", "expected"),
    [
        (None, {}, "No objects found under 'merge'"),
        ("", {}, "Job inputs had no data"),
        ("\n", {}, "Job inputs had no data"),
        (merged(("1", "0.9"), ("yes", "0.2")), {}, "line 2, field label: row 2: 'yes' is neither 0 nor 1"),
        (merged(("low", "0.9")), REGRESSION, 'line 1, field groundTruthData.data: expected a number, got "low"'),
        (merged(("1", "high")), {}, 'line 1, field probability_attribute: expected a number, got "high"'),
        (merged(("1", "0.9"), ("0", "1.2")), {}, "line 2, field probability: row 2: 1.2 is not between 0 and 1"),
        (merged(("1", "-0.1")), {}, "line 1, field probability: row 1: -0.1 is not between 0 and 1"),
        (merged(("1", "0.9"), ("0", "NaN")), {}, "line 2, field probability: row 2"),
        (merged(("NaN", "0.9")), {}, "line 1, field label: row 1"),
        (merged(("1", "2"), ("2", "nan")), REGRESSION, "line 2, field prediction: row 2"),
        (merged(("1", "1"), ("0", "0"), ("2", "1")), WITH_PREDICTIONS, "line 3, field label: row 3: '2' is neither"),
        (merged(("1", "1"), ("0", "3")), WITH_PREDICTIONS, "line 2, field prediction: row 2: '3' is neither"),
        (
            merged(("a", "a"), ("b", "c")),
            {**WITH_PREDICTIONS, "positive_label": "a"},
            "line 2, field prediction: row 2: 'c' is a third class",
        ),
        (merged(("1", "")), MULTICLASS, "line 1, field inference_attribute: the record has no predictions at '0'"),
        (GOOD, {"probability_attribute": "4"}, "line 1, field probability_attribute: the record has no probabilities"),
        (GOOD, {"probability_attribute": "score"}, "field probability_attribute: 'score' is a name, but the payload"),
        (GOOD, {"problem_type": ""}, "field problem_type: missing required field"),
        (GOOD, {"problem_type": "Binary"}, "field problem_type: 'Binary' is not a problem type"),
        (GOOD, {"probability_attribute": ""}, "field inference_attribute: missing required field (and no probability"),
        (GOOD, {**REGRESSION, "inference_attribute": ""}, "field inference_attribute: missing required field"),
        (GOOD, {"problem_type": "MulticlassClassification"}, "Set it: MulticlassClassification needs"),
        (GOOD, {"probability_threshold_attribute": "half"}, "field probability_threshold_attribute: 'half' is not"),
        (GOOD, {"probability_threshold_attribute": "nan"}, "field probability_threshold_attribute: 'nan' is not"),
        (GOOD, {"coverage": "2"}, "field coverage: '2' is not between 0 and 1"),
        (GOOD, {"dataset_format": '{"json": {"lines": true}}'}, "field ground_truth_attribute: missing required"),
        (GOOD, {"dataset_format": '{"sagemakerCaptureJson":{}}', "ground_truth_attribute": "0"}, "no labels"),
        (GOOD, {"dataset_format": '{"sagemakerCaptureJson":{}}'}, "captured data has no labels. Merge it with"),
        (merged(("1", "inf")), REGRESSION, "inf is not a finite number. Give every row a prediction, or leave"),
        (GOOD[:-9], {}, "line 2: not valid JSON: the file ends in the middle (column 165). Write one merged record"),
        (
            "label,said\n1,1\n",
            {
                **WITH_PREDICTIONS,
                "dataset_format": '{"csv": {"header": true}}',
                "inference_attribute": "sad",
                "ground_truth_attribute": "label",
            },
            f"file {HOUR}, field inference_attribute: the data set has no column 'sad'. Did you mean 'said'?",
        ),
        (
            GOOD,
            {"record_preprocessor_script": "pre.py", "enable_scripts": "true"},
            "field record_preprocessor_script: model quality takes no record preprocessor",
        ),
        (
            GOOD,
            {"baseline_statistics": "s.json", "baseline_constraints": "c.json"},
            "field baseline_statistics: model quality is judged by constraints alone",
        ),
    ],
)
def test_what_is_wrong_ends_in_a_message_and_leaves_nothing(
    analyze: Run, records: str | None, variables: dict[str, str], expected: str
) -> None:
    code, message = analyze(records, **variables)
    assert code == 255
    assert message.startswith("Error: ")
    assert expected in message
    if " line " in message:
        assert HOUR in message


def test_one_class_only_is_judged_as_the_original_judges_it(analyze: Run, tmp_path: Path) -> None:
    code, message = analyze(merged(("0", "0.1"), ("0", "0.2")))
    assert (code, message) == (0, "Completed: Job completed successfully with no violations.")
    metrics = json.loads((tmp_path / "today" / "statistics.json").read_text())["binary_classification_metrics"]
    assert (metrics["accuracy"]["value"], metrics["recall"]["value"]) == (1.0, 0.0)


def test_a_baseline_of_another_problem(analyze: Run, tmp_path: Path) -> None:
    constraints = {"mae": {"threshold": 1.0, "comparison_operator": "GreaterThanThreshold"}}
    (tmp_path / "c.json").write_text(json.dumps({"version": 0.0, "regression_constraints": constraints}))
    code, message = analyze(GOOD, baseline_constraints="c.json")
    assert code == 255
    assert "the baseline is for Regression, not BinaryClassification" in message


def test_a_baseline_of_data_quality(analyze: Run, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"version": 0.0, "features": []}')
    code, message = analyze(GOOD, baseline_constraints="c.json")
    assert code == 255
    assert "file c.json" in message
