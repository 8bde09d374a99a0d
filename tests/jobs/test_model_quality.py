"""Model quality through the container contract: merged records or a baseline in, files, message and exit code out."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.jobs import analyze
from airflow_model_monitor.jobs.result import JobResult
from tests.golden_folder import golden_folder

CSV = '{"csv": {"header": true, "output_columns_position": "START"}}'
MERGED = '{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"]}}'
BASELINE = {
    "dataset_format": CSV,
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "BinaryClassification",
    "inference_attribute": "prediction",
    "probability_attribute": "probability",
    "ground_truth_attribute": "label",
}
MONITORING = {
    "dataset_format": MERGED,
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "BinaryClassification",
    "probability_attribute": "0",
    "probability_threshold_attribute": "0.500000",
    "start_time": "2023-02-13T21:00:00Z",
    "end_time": "2023-02-13T22:00:00Z",
    "metric_time": "2023-02-13T21:00:00Z",
    "monitoring_input_type": "ENDPOINT_INPUT",
    "sagemaker_endpoint_name": "bank",
    "sagemaker_monitoring_schedule_name": "hourly",
}
TRAINED = "probability,prediction,label\n" + "".join(
    f"{(i % 10) / 10},{int(i % 10 > 5)},{int(i % 10 > 4)}\n" for i in range(300)
)


def merged(label: str, answer: str) -> str:
    document = {
        "eventVersion": "0",
        "groundTruthData": {"data": label, "encoding": "CSV"},
        "captureData": {"endpointOutput": {"data": answer, "encoding": "CSV", "mode": "OUTPUT"}},
        "eventMetadata": {"eventId": "e"},
    }
    return json.dumps(document) + "\n"


GOOD = "".join(merged(str(int(i % 10 > 4)), f"{(i % 10) / 10}\n") for i in range(300))
POOR = "".join(merged(str(i % 2), f"{(i % 10) / 10}\n") for i in range(300))


class Folder:
    """A small world: a baseline, an hour of merged records, and one run after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "train.csv").write_text(TRAINED)
        (root / "merge").mkdir()
        self.log = io.StringIO()

    def run(self, dataset: str, output: str, variables: Mapping[str, str], **more: str) -> JobResult:
        env = {
            "dataset_source": str(self.root / dataset),
            "output_path": str(self.root / output),
            "output_message_file": str(self.root / "message"),
            **variables,
            **more,
        }
        return analyze.run({name: value for name, value in env.items() if value}, stream=self.log)

    def suggest(self, **more: str) -> JobResult:
        return self.run("train.csv", "baseline", BASELINE, **more)

    def monitor(self, records: str = POOR, **more: str) -> JobResult:
        if not (self.root / "baseline").exists():
            assert self.suggest().exit_code == 0
        (self.root / "merge" / "part-00000.c000.jsonl").write_text(records)
        constraints = str(self.root / "baseline" / "constraints.json")
        return self.run("merge", "today", MONITORING, **{"baseline_constraints": constraints, **more})

    def read(self, name: str, folder: str = "today") -> dict[str, object]:
        found: dict[str, object] = json.loads((self.root / folder / name).read_text())
        return found

    def names(self, folder: str = "today") -> list[str]:
        return sorted(path.name for path in (self.root / folder).glob("*"))


@pytest.fixture
def world(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_baseline_job(world: Folder) -> None:
    result = world.suggest()
    assert result.message == "Completed: Job completed successfully with no violations."
    assert world.names("baseline") == ["constraints.json", "execution.json", "statistics.json"]
    constraints = world.read("constraints.json", "baseline")["binary_classification_constraints"]
    assert constraints["recall"] == {"threshold": 0.8, "comparison_operator": "LessThanThreshold"}  # type: ignore[index]


def test_real_data_gives_the_real_constraints(world: Folder) -> None:
    folder = golden_folder() / "model-quality" / "churn-2021-05-18"
    result = world.run("train.csv", "baseline", BASELINE, dataset_source=str(folder / "baseline_dataset.csv"))
    assert result.exit_code == 0
    found = world.read("constraints.json", "baseline")["binary_classification_constraints"]
    expected = json.loads((folder / "baseline_constraints.rounded.json").read_text())
    for name, constraint in expected.items():
        assert found[name]["threshold"] == pytest.approx(constraint["threshold_rounded"], rel=1e-5)  # type: ignore[index]


def test_a_real_run_from_its_merged_records(world: Folder) -> None:
    folder = golden_folder() / "model-quality" / "churn-2021-05-26"
    rows = (folder / "monitoring_predictions_and_labels.csv").read_text().splitlines()[1:]
    records = [merged(label, answer) for _, answer, label in (row.split(",") for row in rows)]
    assert world.suggest(dataset_source=str(folder / "baseline_dataset.csv")).exit_code == 0
    result = world.monitor("".join(records[i % 334] for i in range(1817)))
    assert result.message == "CompletedWithViolations: Job completed successfully with 10 violations."

    def told(file: str | bytes) -> list[tuple[str, str]]:
        found = [one["description"] for one in json.loads(file)["violations"]]
        return [(one.split(" +/- ")[0], one.split(" was ")[1]) for one in found]  # deviations are random there

    violations = "constraint_violations.json"
    assert told((world.root / "today" / violations).read_bytes()) == told((folder / violations).read_bytes())


def test_a_monitoring_job(world: Folder) -> None:
    result = world.monitor()
    found = world.read("constraint_violations.json")["violations"]
    assert result.status == "CompletedWithViolations"
    assert result.message == (world.root / "message").read_text()
    assert result.message.endswith(f"with {len(found)} violations.")  # type: ignore[arg-type]
    assert "f05" not in {one["metric_name"] for one in found}  # type: ignore[attr-defined]
    assert world.names() == ["constraint_violations.json", "constraints.json", "execution.json", "statistics.json"]


def test_without_violations_the_file_is_there_all_the_same(world: Folder) -> None:
    result = world.monitor(GOOD, probability_threshold_attribute="0.59")
    assert result.message == "Completed: Job completed successfully with no violations."
    assert (world.root / "today" / "constraint_violations.json").read_text() == '{\n  "violations" : [ ]\n}'
    assert (world.root / "today" / "constraint_violations.json").stat().st_size == 24


def test_execution_json_says_what_was_judged(world: Folder) -> None:
    result = world.monitor(compatibility="corrected", coverage="0.25", merge_revision="000002")
    execution = Execution.from_json((world.root / "today" / "execution.json").read_bytes())
    assert execution == result.execution
    assert (execution.monitor_type, execution.rows, execution.problem_type) == (
        "ModelQuality",
        300,
        "BinaryClassification",
    )
    assert (execution.coverage, execution.merge_revision) == (0.25, "000002")
    assert execution.metrics["accuracy"] == 0.5
    assert execution.original_verdict is not None
    assert execution.violations == execution.original_verdict.violations + 1  # f0_5
    assert set(execution.baseline) == {"constraints"}


def test_a_repeat_writes_the_same_bytes_and_another_seed_other_deviations(world: Folder) -> None:
    def files(**more: str) -> dict[str, bytes]:
        world.monitor(report_enabled="true", **more)
        return {path.name: path.read_bytes() for path in (world.root / "today").glob("*")}

    first = files()
    assert files() == first
    later = files(start_time="2023-02-13T20:00:00Z")
    assert later["statistics.json"] != first["statistics.json"]
    assert later["constraints.json"] == first["constraints.json"]
    assert files(seed="7")["statistics.json"] == files(seed="7", start_time="2023-02-13T20:00:00Z")["statistics.json"]


def test_metrics_are_those_of_the_original(world: Folder) -> None:
    expected = (golden_folder() / "model-quality/churn-2021-05-18/cloudwatch_metric_names.txt").read_text().split()
    metrics = {"publish_cloudwatch_metrics": "Enabled", "cloudwatch_metrics_directory": str(world.root / "metrics")}
    result = world.monitor(file_generation="2020", **metrics)
    assert result.metrics_file is not None
    records = [json.loads(line) for line in result.metrics_file.read_text().splitlines()]
    assert {record["MetricName"] for record in records} == set(expected)
    assert {record["Timestamp"] for record in records} == {"2023-02-13T21:00:00Z"}
    assert records[0]["Dimensions"] == [
        {"Name": "Endpoint", "Value": "bank"},
        {"Name": "MonitoringSchedule", "Value": "hourly"},
    ]
    assert result.execution is not None
    assert result.execution.metrics_namespace == "aws/sagemaker/Endpoints/model-metrics"


def test_metrics_of_batch_transform_name_no_endpoint(world: Folder) -> None:
    result = world.monitor(
        publish_cloudwatch_metrics="Enabled",
        cloudwatch_metrics_directory=str(world.root / "metrics"),
        monitoring_input_type="BATCH_TRANSFORM_INPUT",
        sagemaker_endpoint_name="",
    )
    assert result.metrics_file is not None
    assert {"Name": "Endpoint"} not in json.loads(result.metrics_file.read_text().splitlines()[0])["Dimensions"]
    assert result.execution is not None
    assert result.execution.metrics_namespace == "aws/sagemaker/ModelMonitoring/model-metrics"


def test_multiclass_of_json_answers(world: Folder) -> None:
    """AWS's own image answers 0.0 ± 0.0 here (sagemaker-python-sdk issue 2953)."""
    answer = '{"captureData":{"endpointOutput":{"data":"{\\"class\\":\\"%s\\"}","encoding":"JSON"}},'
    label = '"groundTruthData":{"data":"%s","encoding":"CSV"},"eventMetadata":{"eventId":"e"},"eventVersion":"0"}\n'
    rows = [("cat", "cat"), ("dog", "cat"), ("cow", "cow"), ("cow", "cow")]
    (world.root / "merge" / "x.jsonl").write_text("".join(answer % said + label % true for said, true in rows))
    variables = {"problem_type": "MulticlassClassification", "inference_attribute": "class"}
    result = world.run("merge", "today", MONITORING, **variables, probability_attribute="", start_time="", end_time="")
    assert result.exit_code == 0, result.message
    metrics = world.read("statistics.json")["multiclass_classification_metrics"]
    assert metrics["accuracy"]["value"] == 0.75  # type: ignore[index]


def test_regression_of_a_headerless_csv(world: Folder) -> None:
    (world.root / "train.csv").write_text("1.5,1\n2.5,3\n")
    variables = {"inference_attribute": "_c0", "ground_truth_attribute": "1", "probability_attribute": ""}
    result = world.suggest(dataset_format='{"csv": {"header": false}}', problem_type="Regression", **variables)
    assert result.exit_code == 0, result.message
    assert world.read("statistics.json", "baseline")["regression_metrics"]["mae"]["value"] == 0.5  # type: ignore[index]


def test_the_post_processor_runs_when_allowed(world: Folder) -> None:
    script = world.root / "post.py"
    script.write_text(
        "import os\ndef postprocess_handler():\n    open(os.environ['output_path'] + '/done', 'w').close()\n"
    )
    assert world.monitor(post_analytics_processor_script=str(script)).exit_code == 255
    assert world.monitor(post_analytics_processor_script=str(script), enable_scripts="true").exit_code == 0
    assert "done" in world.names()


@pytest.mark.parametrize("name", ["MODEL_QUALITY", "MODELQUALITY", "model_quality", "ModelQuality"])
def test_spellings_of_the_analysis(world: Folder, name: str) -> None:
    assert world.suggest(analysis_type=name).exit_code == 0
    assert "binary_classification_metrics" in world.read("statistics.json", "baseline")
