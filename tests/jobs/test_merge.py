"""The merger's container contract, end to end: what lies in the output folder, what is said, which code ends it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import fsspec
import pytest

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.jobs import merge
from airflow_model_monitor.jobs.result import JobResult
from tests.tables.merging import capture, label, lines

HOUR = "2026/01/01/05"
PARTS = f"ep/AllTraffic/{HOUR}"


class Folder:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = io.StringIO()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, **more: str) -> JobResult:
        env = {
            "dataset_source": str(self.root / "capture"),
            "ground_truth_source": str(self.root / "labels"),
            "output_path": str(self.root / "merged"),
            "output_message_file": str(self.root / "message"),
            **more,
        }
        return merge.run(env, stream=self.log)

    @property
    def files(self) -> dict[str, str]:
        output = self.root / "merged"
        paths = sorted(path for path in output.rglob("*") if path.is_file())
        return {str(path.relative_to(output)): path.read_text() for path in paths}

    @property
    def folders(self) -> list[str]:
        return sorted({str(Path(name).parent) for name in self.files})


@pytest.fixture
def world(tmp_path: Path) -> Folder:
    one = Folder(tmp_path)
    one.write(f"capture/{PARTS}/a.jsonl", lines(capture("e1", "i1"), capture("e2")))
    one.write(f"labels/{HOUR}/a.jsonl", lines(label("i1", "1")))
    return one


def test_a_merge(world: Folder) -> None:
    result = world.run(start_time="2026-01-01T05:00:00Z", end_time="2026-01-01T06:00:00Z")
    assert (result.exit_code, result.status, result.message) == (0, "Completed", "")
    assert (world.root / "message").read_text() == ""
    assert world.folders == [PARTS]
    assert result.output_dir == world.root / "merged"
    assert "2 captured records read" in world.log.getvalue()
    assert [path.name for path in world.root.glob(".*")] == []


def test_what_the_execution_says(world: Folder) -> None:
    execution = world.run(sagemaker_endpoint_name="ep", sagemaker_monitoring_schedule_name="m").execution
    assert execution is not None
    assert (execution.monitor_type, execution.status, execution.coverage) == ("GroundTruthMerge", "Completed", 0.5)
    assert execution.merge is not None
    assert (execution.merge.captures, execution.merge.merged_records) == (2, 1)
    size = (world.root / f"labels/{HOUR}/a.jsonl").stat().st_size
    assert execution.label_files == {f"{HOUR}/a.jsonl": size}
    assert Execution.from_json(execution.to_json()) == execution


def test_inputs_mounted_by_the_hour_as_in_a_container(world: Folder) -> None:
    world.write("other/x.jsonl", lines(capture("e3")))
    world.write("late/a.jsonl", lines(label("e3", "0")))
    source, truth = "/opt/ml/processing/input_data", "/opt/ml/processing/groundtruth"
    mounts = {
        f"{source}/{PARTS}": str(world.root / "capture" / PARTS),
        f"{source}/ep/AllTraffic/2026/01/01/06": str(world.root / "other"),
        f"{truth}/{HOUR}": str(world.root / "labels" / HOUR),
        f"{truth}/2026/01/09/00": str(world.root / "late"),
        f"{truth}/2026/01/09/01": str(world.root / "absent"),
        "/opt/ml/processing/output": str(world.root / "merged"),
    }
    result = merge.run({}, mounts=mounts, stream=world.log)
    assert (result.exit_code, result.message) == (0, "")
    assert world.folders == [PARTS, "ep/AllTraffic/2026/01/01/06"]
    assert result.execution is not None
    assert list(result.execution.label_files) == [f"{HOUR}/a.jsonl", "2026/01/09/00/a.jsonl"]


def test_remote_inputs(world: Folder) -> None:
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe(f"/merge-job/capture/{PARTS}/a", lines(capture("e1")).encode())
    filesystem.pipe("/merge-job/labels/a", lines(label("e1")).encode())
    mounts = {"/in": "memory://merge-job/capture", "/truth": "memory://merge-job/labels"}
    env = {"dataset_source": "/in", "ground_truth_source": "/truth", "output_path": str(world.root / "merged")}
    assert merge.run(env, mounts=mounts, stream=world.log).exit_code == 0
    assert world.folders == [PARTS]


def test_a_batch_transform_job(world: Folder) -> None:
    world.write(f"output/any/{HOUR}/a.out", "5,0.5,i1,2026-01-01T05:00:00Z\n")
    env = {
        "dataset_source": str(world.root / "output"),
        "dataset_format": '{"csv": {"header": false}}',
        "monitoring_input_type": "BATCH_TRANSFORM_INPUT",
    }
    assert world.run(**env).exit_code == 0
    assert world.folders == [HOUR]
    assert world.run(**env, sagemaker_monitoring_schedule_name="m").exit_code == 0
    assert world.folders == [HOUR, f"m/{HOUR}"]


def test_the_two_formats_of_2023(world: Folder) -> None:
    three = world.run()
    files = world.files
    with_format = world.run(
        dataset_format='{"sagemakerCaptureJson":{"captureIndexNames":null}}', monitoring_input_type="ENDPOINT_INPUT"
    )
    assert world.files == files
    assert three.execution == with_format.execution


def test_a_late_label_replaces_its_hour_and_leaves_the_others(world: Folder) -> None:
    world.write("capture/ep/AllTraffic/2026/01/01/06/a.jsonl", lines(capture("e6")))
    world.write("labels/b.jsonl", lines(label("e6")))
    world.run()
    before = world.files
    (world.root / "merged" / PARTS / "left.jsonl").write_text("of an earlier run")
    world.write("labels/late.jsonl", lines(label("e2", "0")))
    world.run(
        dataset_source=str(world.root / "capture/ep/AllTraffic/2026/01/01/05"), output_path=str(world.root / "m2")
    )
    world.run()
    after = world.files
    assert list(after) == list(before)
    assert [len(text.splitlines()) for text in after.values()] == [2, 1]


class TestFailures:
    @staticmethod
    def failed(world: Folder, told: str, **more: str) -> JobResult:
        result = world.run(**more)
        assert (result.exit_code, result.status, result.execution) == (255, "Failed", None)
        assert told in result.message
        assert result.message == (world.root / "message").read_text()
        assert world.files == {}
        assert [path.name for path in world.root.glob(".*")] == []
        return result

    def test_no_label_folder(self, world: Folder) -> None:
        where = str(world.root / "none")
        self.failed(
            world, f"No objects found under '{where}': there is no such file or folder", ground_truth_source=where
        )

    def test_empty_label_files(self, world: Folder) -> None:
        world.write(f"labels/{HOUR}/a.jsonl", "")
        self.failed(world, "The ground truth holds no label: 1 files, all empty")

    def test_label_files_of_blank_lines(self, world: Folder) -> None:
        world.write(f"labels/{HOUR}/a.jsonl", "\n\n")
        self.failed(world, "the ground truth holds no label")

    @pytest.mark.parametrize("content", [None, "", "\n \n"])
    def test_no_captures(self, world: Folder, content: str | None) -> None:
        if content is not None:
            world.write("empty/a.jsonl", content)
        self.failed(world, "Job inputs had no data", dataset_source=str(world.root / "empty"))

    def test_ids_that_never_match(self, world: Folder) -> None:
        world.write(f"labels/{HOUR}/a.jsonl", lines(label("x")))
        result = self.failed(world, "no label belongs to a captured record")
        assert "'i1', 'e2'" in result.message
        assert "'x'" in result.message

    def test_a_label_of_the_wrong_type(self, world: Folder) -> None:
        world.write(f"labels/{HOUR}/a.jsonl", lines(label("i1", "1")).replace('"1"', "1"))
        result = self.failed(
            world, 'field $.groundTruthData.data: expected a text, got 1. Write the label as text: "data": "1"'
        )
        assert f"{HOUR}/a.jsonl, line 1" in result.message

    def test_a_torn_capture(self, world: Folder) -> None:
        path = world.root / "capture" / PARTS / "a.jsonl"
        path.write_text(path.read_text()[:-30])
        self.failed(world, "a.jsonl, line 2: not valid JSON: the file ends in the middle")

    def test_two_labels_where_they_are_refused(self, world: Folder) -> None:
        world.write(f"labels/{HOUR}/b.jsonl", lines(label("i1", "0")))
        self.failed(
            world, "b.jsonl, line 1, field $.eventMetadata.eventId: a second label for 'i1'", label_choice="refuse"
        )

    def test_a_wrong_variable(self, world: Folder) -> None:
        self.failed(world, "field label_choice: 'last' is no rule", label_choice="last")

    @pytest.mark.parametrize("output", ["capture", "capture/merged", "labels/2026", "."])
    def test_an_output_folder_among_the_inputs(self, world: Folder, output: str) -> None:
        result = world.run(output_path=str(world.root / output))
        assert result.exit_code == 255
        assert "overlap, so that a next run would read what this one wrote" in result.message

    def test_an_output_folder_that_cannot_be_written(self, world: Folder) -> None:
        world.write("file", "")
        result = world.run(output_path=str(world.root / "file" / "merged"))
        assert (result.exit_code, "cannot write to" in result.message) == (255, True)

    def test_a_failure_leaves_what_was_there(self, world: Folder) -> None:
        world.run()
        before = world.files
        world.write(f"labels/{HOUR}/b.jsonl", "{")
        assert world.run().exit_code == 255
        assert world.files == before


def test_a_killed_merge_leaves_nothing_and_the_next_one_works(world: Folder) -> None:
    world.write(f"capture/{PARTS}/a.jsonl", lines(*(capture(str(i)) for i in range(60_000))))
    world.write(f"labels/{HOUR}/a.jsonl", lines(*(label(str(i)) for i in range(60_000))))
    command = [sys.executable, "-m", "airflow_model_monitor.cli", "merge", "--dataset", str(world.root / "capture")]
    command += ["--ground-truth", str(world.root / "labels"), "--output", str(world.root / "merged")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while not list(world.root.glob(".merged.staging-*/new/ep")) and process.poll() is None:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert world.files == {} or len(json.dumps(world.files)) > 60_000
    assert world.run().exit_code == 0
    assert sum(len(text.splitlines()) for text in world.files.values()) == 60_000
    assert [path.name for path in world.root.glob(".*")] == []
