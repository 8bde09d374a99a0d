"""Merges run end to end by the worker: local folders and S3."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from airflow_model_monitor.jobs import merge
from airflow_model_monitor.runtimes import merge_run
from airflow_model_monitor.runtimes.base import JobInputsHadNoData, MonitoringJobFailed, NoGroundTruthError
from airflow_model_monitor.service.revisable_windows import find_revisable_windows
from airflow_model_monitor.service.windows import HOUR, Window
from tests.runtimes.merge_world import KEY, RULE, START, WINDOW, MergeWorld, labels_of


@pytest.fixture(params=["local", "s3"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> MergeWorld:
    if request.param == "local":
        return MergeWorld(str(tmp_path))
    endpoint = request.getfixturevalue("aws_endpoint")
    bucket = f"merge-{uuid.uuid4().hex}"
    options = {
        "key": "testing",
        "secret": "testing",
        "client_kwargs": {"endpoint_url": endpoint, "region_name": "us-west-2"},
    }
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-west-2",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    return MergeWorld(f"s3://{bucket}/churn", options)


@pytest.fixture
def local(tmp_path: Path) -> MergeWorld:
    world = MergeWorld(str(tmp_path))
    world.capture(START, ["a", "b"])
    return world


def during(action: Callable[[], None], times: int = 1) -> Callable[..., Any]:
    """The merge job, with something happening so often while it runs."""
    run, left = merge.run, [times]

    def watched(*arguments: Any, **options: Any) -> Any:
        result = run(*arguments, **options)
        if left[0]:
            left[0] -= 1
            action()
        return result

    return watched


def test_a_window_is_merged_and_published(world: MergeWorld) -> None:
    world.capture(START, ["a", "b"])
    world.capture(START + HOUR, ["c", "d"])
    world.label({"a": 1, "c": 0, "of nobody": 1}, hour=START + HOUR)
    result = world.merge()
    published = world.store.read(KEY)
    assert published == result.revision
    assert labels_of(published) == [("a", "1"), ("c", "0")]
    (label_file,) = published.execution.label_files
    assert label_file.startswith("2026/01/02/03/upload-000001-")
    assert world.files("reports/merge") == {name: published.read(name) for name in published.files}
    said = json.loads(json.dumps(result.to_dict()))
    assert (said["coverage"], said["merge"]["captures"], said["merge"]["unmatched_labels"]) == (0.5, 4, 1)
    assert (said["change"]["previous"], said["change"]["records_added"]) == (None, 2)


def test_merged_again_nothing_changes(world: MergeWorld) -> None:
    world.capture(START, ["a", "b"])
    world.label({"a": 1})
    first = world.merge()
    before = world.files()
    again = world.merge()
    assert again.revision == first.revision
    assert again.change is not None
    assert not again.change.changed
    assert world.files() == before


def test_a_late_label_makes_a_later_revision(world: MergeWorld) -> None:
    world.capture(START, ["a", "b"])
    world.label({"a": 1})
    world.merge()
    world.label({"a": 0, "b": 1}, hour=START + 24 * HOUR)
    result = world.merge()
    assert [labels_of(revision) for revision in world.store.revisions(KEY)] == [
        [("a", "1")],
        [("a", "0"), ("b", "1")],
    ]
    change = result.change
    assert change is not None
    assert (change.records_added, change.records_removed, change.records_relabelled) == (1, 0, 1)
    assert (change.coverage_before, change.coverage_after) == (0.5, 1.0)


def test_labels_behind_the_rule_are_not_looked_for(local: MergeWorld) -> None:
    local.label({"a": 1})
    local.label({"b": 1}, hour=START + 48 * HOUR)
    assert labels_of(local.merge().revision) == [("a", "1")]


def test_without_any_label_folder_the_originals_message(world: MergeWorld) -> None:
    world.capture(START, ["a"])
    text = r'^Error: No S3 objects found under S3 URL "\S+/labels/2026/01/02/02" given in input data source\. Please'
    with pytest.raises(NoGroundTruthError, match=text) as error:
        world.merge()
    assert "up to" in str(error.value)
    assert error.value.status == "Failed"
    assert world.files() == {}


def test_without_captures_there_is_no_data(world: MergeWorld) -> None:
    world.capture(START + 24 * HOUR, ["a"])
    world.label({"a": 1})
    with pytest.raises(JobInputsHadNoData, match=r"Job inputs had no data\. .*churn/AllTraffic"):
        world.merge()
    assert world.files() == {}


def test_bad_labels_fail_with_file_and_line(local: MergeWorld) -> None:
    local.write(f"labels/{START:%Y/%m/%d/%H}/bad.jsonl", '{"groundTruthData": 1}\n')
    with pytest.raises(MonitoringJobFailed, match=r"^Error: .*bad\.jsonl, line 1"):
        local.merge()
    assert local.files() == {}


def test_labels_that_arrive_meanwhile_are_merged_too(local: MergeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    local.label({"a": 1})
    monkeypatch.setattr(merge, "run", during(lambda: local.label({"b": 1})))
    result = local.merge()
    assert labels_of(result.revision) == [("a", "1"), ("b", "1")]
    assert "merging it again" in local.log.getvalue()
    assert result.change is not None
    assert (result.change.previous, result.change.records_added) == (None, 2)


def test_labels_that_never_cease_end_the_run_all_the_same(local: MergeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    local.label({"a": 0})
    numbers = iter(range(1, 100))
    monkeypatch.setattr(merge, "run", during(lambda: local.label({"a": next(numbers)}), times=99))
    result = local.merge()
    assert labels_of(result.revision) == [("a", str(merge_run.ROUNDS - 1))]
    assert "Labels still arrive" in local.log.getvalue()


def test_of_two_merges_at_once_the_last_has_every_label(local: MergeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    local.label({"a": 1})

    def another() -> None:
        local.label({"b": 1})
        local.merge()

    monkeypatch.setattr(merge, "run", during(another))
    local.merge()
    revisions = local.store.revisions(KEY)
    assert labels_of(revisions[-1]) == [("a", "1"), ("b", "1")]
    assert revisions[-1].execution.label_files.keys() == {
        name for name in local.files("labels") if not name.startswith("_")
    }


def test_threads_that_merge_and_upload_lose_no_label(local: MergeWorld) -> None:
    ids = [f"id-{number}" for number in range(24)]
    local.capture(START, ids)
    local.label({ids[0]: 0})

    def work(number: int) -> None:
        for one in ids[number::3]:
            local.label({one: 1}, hour=START + number * HOUR)
            MergeWorld(local.url).merge()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    newest = local.store.read(KEY)
    assert newest is not None
    assert sorted(labels_of(newest)) == sorted((one, "1") for one in ids)
    assert local.files("reports/merge") == {name: newest.read(name) for name in newest.files}


def test_the_windows_that_late_labels_touch_are_found_and_revised(local: MergeWorld) -> None:
    windows = [Window(START + number * HOUR, START + (number + 1) * HOUR) for number in range(3)]
    for number, window in enumerate(windows):
        local.capture(window.start, [f"a{number}", f"b{number}"])
        local.label({f"a{number}": 1}, hour=window.start)
        local.merge(window)
    arguments: dict[str, Any] = {
        "monitor": "quality",
        "endpoint": "churn",
        "output_uri": f"{local.url}/reports",
        "captured_data_uri": f"{local.url}/capture",
        "ground_truth_uri": f"{local.url}/labels",
        "labels": RULE,
    }
    local.label({"b0": 1, "b2": 0}, hour=START + 10 * HOUR)
    found = find_revisable_windows(**arguments)
    for window in found:
        local.merge(window)
    assert found == [windows[0], windows[2]]
    assert find_revisable_windows(**arguments) == []


@pytest.mark.parametrize("variable", ["sagemaker_monitoring_schedule_name", "start_time"])
def test_a_request_without_a_window_is_refused(variable: str, local: MergeWorld) -> None:
    request = local.request()
    del request.environment[variable]  # type: ignore[attr-defined]
    from airflow_model_monitor.runtimes.worker import Worker

    with pytest.raises(ValueError, match=f"environment: {variable} not set; the worker merges windows of a monitor"):
        Worker().run(request)


def test_labels_that_belong_to_nobody(local: MergeWorld) -> None:
    local.label({"x": 1})
    with pytest.raises(MonitoringJobFailed, match="no label belongs to a captured record"):
        local.merge()
    assert local.files() == {}


def test_window_of_the_execution(local: MergeWorld) -> None:
    local.label({"a": 1})
    execution = local.merge().revision.execution
    assert (execution.monitor_type, execution.monitor, execution.endpoint) == ("GroundTruthMerge", "quality", "churn")
    assert execution.window is not None
    assert (execution.window.start, execution.window.end) == (WINDOW.start, WINDOW.end)
