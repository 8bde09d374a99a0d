"""The container contract, end to end: what lies in the output folder, what is said, which code ends the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import fsspec
import pytest

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.jobs import analyze, data_quality
from tests.jobs.analyze_world import CAPTURE, Folder, capture


@pytest.fixture
def world(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_baseline_job(world: Folder) -> None:
    result = world.run("baseline.csv", "baseline")
    assert (result.exit_code, result.status) == (0, "Completed")
    assert result.message == world.message == "Completed: Job completed successfully with no violations."
    assert list(world.files("baseline")) == ["constraints.json", "execution.json", "statistics.json"]
    assert [path.name for path in world.root.glob(".*")] == []
    assert json.loads(world.files("baseline")["statistics.json"])["dataset"]["item_count"] == 50


def test_a_monitoring_job(world: Folder) -> None:
    result = world.monitor()
    assert (result.exit_code, result.status) == (0, "CompletedWithViolations")
    found = json.loads(world.files("today")["constraint_violations.json"])["violations"]
    assert result.message == world.message
    assert result.message == f"CompletedWithViolations: Job completed successfully with {len(found)} violations."
    assert {(one["feature_name"], one["constraint_check_type"]) for one in found} >= {
        ("age", "data_type_check"),
        ("age", "completeness_check"),
        ("label", "completeness_check"),
        ("city", "categorical_values_check"),
    }


def test_without_violations_there_is_no_violations_file(world: Folder) -> None:
    result = world.monitor("baseline.csv")
    assert result.message == "Completed: Job completed successfully with no violations."
    assert list(world.files("today")) == ["constraints.json", "execution.json", "statistics.json"]


def test_execution_json_says_how_it_was_judged(world: Folder) -> None:
    result = world.monitor(
        compatibility="corrected", start_time="2026-01-02T02:00:00Z", end_time="2026-01-02T03:00:00Z"
    )
    execution = Execution.from_json(world.files("today")["execution.json"])
    assert execution == result.execution
    assert (execution.compatibility, execution.arithmetic, execution.rows) == ("corrected", "sequential", 50)
    assert execution.original_verdict is not None
    assert execution.original_verdict.status == "CompletedWithViolations"
    assert execution.original_verdict.by_check["data_type_check"] == 1
    assert set(execution.baseline) == {"constraints", "statistics"}
    assert sorted(execution.files) == ["constraint_violations.json", "constraints.json", "statistics.json"]
    for name, published in execution.files.items():
        assert published.size == len(world.files("today")[name])


def test_run_again_it_writes_the_same_bytes(world: Folder) -> None:
    world.monitor(compatibility="corrected", report_enabled="true")
    first = world.files("today")
    world.monitor(compatibility="corrected", report_enabled="true")
    assert world.files("today") == first
    assert "report.html" in first


def test_a_changed_number_of_columns(world: Folder) -> None:
    (world.root / "narrow.csv").write_text("label,age\n1,2\n")
    result = world.monitor("narrow.csv")
    assert result.message == "CompletedWithViolations: Job completed successfully with 1 violations."
    assert list(world.files("today")) == ["constraint_violations.json", "execution.json"]


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({"dataset_source": ""}, "dataset_source"),
        ({"dataset_source": "/nowhere"}, "/nowhere"),
        ({"dataset_format": "{}"}, "dataset_format"),
        ({"compatibility": "better"}, "compatibility"),
        (
            {"baseline_constraints": "/nowhere/constraints.json"},
            "file /nowhere/constraints.json: there is no such file",
        ),
        ({"record_preprocessor_script": "/x/pre.py"}, "record_preprocessor_script: /x/pre.py is to be run, but"),
        ({"publish_cloudwatch_metrics": "Enabled"}, "sagemaker_endpoint_name"),
    ],
)
def test_what_is_wrong_ends_in_a_message_and_leaves_nothing(
    world: Folder, broken: Mapping[str, str], expected: str
) -> None:
    world.monitor()
    result = world.monitor(**broken)
    assert result.exit_code == 255
    assert result.status == "Failed"
    assert result.message.startswith("Error: ")
    assert expected in result.message
    assert world.message == result.message


def test_a_failed_run_leaves_no_stale_result(world: Folder) -> None:
    world.monitor()
    (world.root / "today.csv").write_text("")
    result = world.monitor()
    assert (result.exit_code, world.files("today")) == (255, {})
    assert "Job inputs had no data" in result.message


def test_a_constraints_file_of_another_schema(world: Folder) -> None:
    other = world.root / "other.json"
    other.write_text('{"features": [{"name": "age"}], "version": 0.0}')
    result = world.monitor(baseline_constraints=str(other))
    assert result.exit_code == 255
    assert f"file {other}" in result.message
    assert "inferred_type" in result.message


def test_an_unexpected_failure_is_told_with_its_traceback(world: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(data_quality, "analyze", broken)
    result = world.run("baseline.csv", "baseline")
    assert result.exit_code == 1
    assert result.message.startswith("Error: ZeroDivisionError: division by zero")
    assert "Traceback (most recent call last)" in world.log.getvalue()
    assert world.files("baseline") == {}


def test_metrics_are_written_where_the_contract_says(world: Folder) -> None:
    result = world.monitor(
        publish_cloudwatch_metrics="Enabled",
        cloudwatch_metrics_directory=str(world.root / "metrics"),
        sagemaker_endpoint_name="churn",
        sagemaker_monitoring_schedule_name="hourly",
        metric_time="2026-01-02T02:00:00Z",
    )
    assert result.metrics_file is not None
    records = [json.loads(line) for line in result.metrics_file.read_text().splitlines()]
    completeness = next(record for record in records if record["MetricName"] == "feature_non_null_age")
    assert completeness["Value"] == pytest.approx(0.98)
    assert completeness["Timestamp"] == "2026-01-02T02:00:00Z"
    assert {one["Name"]: one["Value"] for one in completeness["Dimensions"]} == {
        "Endpoint": "churn",
        "MonitoringSchedule": "hourly",
    }


def test_hours_mounted_below_the_source_and_a_baseline_in_memory(world: Folder) -> None:
    world.run("baseline.csv", "baseline")
    for name in ("constraints", "statistics"):
        with fsspec.open(f"memory://b/{name}.json", "wb") as stream:
            stream.write(world.files("baseline")[f"{name}.json"])
    mounts = {"/opt/ml/processing/output": str(world.root / "today"), "/opt/ml/output": str(world.root / "ml")}
    for name in ("constraints", "statistics"):
        mounts[f"/opt/ml/processing/baseline/{name}"] = f"memory://b/{name}.json"
    for hour in ("02", "03"):
        folder = world.root / "capture" / hour
        folder.mkdir(parents=True)
        (folder / "00-00-000-x.jsonl").write_text(f"{capture(f'4{hour},a')}\n")
        mounts[f"/opt/ml/processing/input/endpoint/churn/AllTraffic/2026/01/02/{hour}"] = str(folder)
    env = {
        "dataset_source": "/opt/ml/processing/input/endpoint",
        "dataset_format": CAPTURE,
        "baseline_constraints": "/opt/ml/processing/baseline/constraints/constraints.json",
        "baseline_statistics": "/opt/ml/processing/baseline/statistics/statistics.json",
    }
    result = analyze.run(env, mounts=mounts, stream=world.log)
    assert result.exit_code == 0, result.message
    features = json.loads(world.files("today")["statistics.json"])["features"]
    assert [feature["name"] for feature in features] == ["label", "age", "city"]
    assert features[1]["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"] == [[402.0, 403.0]]
    assert (world.root / "ml" / "message").read_text() == result.message


def test_a_preprocessor_makes_the_rows(world: Folder) -> None:
    (world.root / "capture").mkdir()
    (world.root / "capture" / "a.jsonl").write_text("".join(f"{capture(f'{i},a')}\n" for i in range(10)))
    script = world.root / "pre.py"
    script.write_text(
        "def preprocess_handler(record):\n"
        "    age, city = record.endpoint_input.data.split(',')\n"
        "    return [] if age == '3' else {'_2': city, '_1': int(age), '_0': 1}\n"
    )
    more = {"dataset_format": CAPTURE, "record_preprocessor_script": str(script), "enable_scripts": "true"}
    result = world.monitor("capture", **more)
    assert result.exit_code == 0, result.message
    statistics = json.loads(world.files("today")["statistics.json"])
    assert statistics["dataset"]["item_count"] == 9
    assert [feature["name"] for feature in statistics["features"]] == ["label", "age", "city"]

    script.write_text(
        "def preprocess_handler(record):\n    return {'a': 1 / (3 - int(record.endpoint_input.data[0]))}\n"
    )
    result = world.monitor("capture", **more)
    assert result.exit_code == 255
    place = f"file {world.root}/capture/a.jsonl, line 4"
    assert result.message == (
        f"Error: {place}: Exception while invoking preprocessor script. pre.py: ZeroDivisionError: division by zero "
        "(pre.py, line 2)"
    )
    assert world.files("today") == {}


def test_a_failing_post_processor_takes_the_result_with_it(world: Folder) -> None:
    script = world.root / "post.py"
    script.write_text(
        "import os\ndef postprocess_handler():\n    print(sorted(os.listdir(os.environ['output_path'])))\n"
    )
    more = {"post_analytics_processor_script": str(script), "enable_scripts": "true"}
    assert world.monitor(**more).exit_code == 0
    assert "[post.py] ['constraint_violations.json', 'constraints.json', " in world.log.getvalue()
    script.write_text("def postprocess_handler():\n    raise RuntimeError('no mail today')\n")
    result = world.monitor(**more)
    assert (result.exit_code, world.files("today")) == (255, {})
    assert "post.py: RuntimeError: no mail today (post.py, line 2)" in result.message


def test_an_output_over_its_own_baseline(world: Folder) -> None:
    world.monitor()
    result = world.run("today.csv", "baseline", **world.baseline)
    assert result.exit_code == 255
    assert "output_path" in result.message
    assert "constraints.json" in world.files("baseline")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_killed_in_the_middle_it_leaves_no_result(world: Folder, number: int, code: int) -> None:
    (world.root / "capture").mkdir()
    (world.root / "capture" / "a.jsonl").write_text(f"{capture('1,a')}\n" * 3)
    started = world.root / "started"
    script = world.root / "slow.py"
    script.write_text(
        "import pathlib, time\n"
        f"def preprocess_handler(record):\n    pathlib.Path({str(started)!r}).touch()\n    time.sleep(30)\n"
    )
    env = world.env(
        "capture", "out", dataset_format=CAPTURE, record_preprocessor_script=str(script), enable_scripts="true"
    )
    command = [sys.executable, "-m", "airflow_model_monitor.cli", "analyze"]
    process = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not started.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == code
    assert world.files("out") == {}
    leftovers = [path.name for path in world.root.iterdir() if path.name.startswith(".out.staging")]
    assert leftovers == [] or number == signal.SIGKILL

    assert world.run("baseline.csv", "out").exit_code == 0
    assert [path.name for path in world.root.glob(".*")] == []
