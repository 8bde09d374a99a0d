"""Job requests as real processing jobs of a local SageMaker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Json
from airflow_model_monitor.contract.exit_message import completed
from airflow_model_monitor.runtimes.base import JobInputsHadNoData, NoGroundTruthError
from airflow_model_monitor.runtimes.processing_failure import ProcessingJobAlgorithmFailed, ProcessingJobStopped
from airflow_model_monitor.service import requests_model_quality
from airflow_model_monitor.service.merge_store import MergeKey, MergeStore
from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from tests.local_aws import Client, local_aws
from tests.runtimes.processing_world import OURS, WINDOW, World

LAYOUT = f"out/churn/hourly/{WINDOW.end:%Y/%m/%d/%H}/"
GOOD, BAD = [str(20 + i) for i in range(40)], ["old"] * 40
IDENTITY = ("dag", "task", "run", -1)


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with local_aws(clock=None, enable_scripts=True) as aws:
        aws.make_bucket()
        yield aws


@pytest.fixture(scope="module")
def baseline(server: Client) -> tuple[World, Revision]:
    """A baseline that AWS's image has suggested."""
    world = World(server)
    return world, world.runtime().run(world.baseline_request(environment={"report_enabled": "true"})).revision


@pytest.fixture
def world(server: Client, baseline: tuple[World, Revision]) -> World:
    return World(server, f"{baseline[0].home}/baseline")


def test_a_baseline_on_awss_image(baseline: tuple[World, Revision]) -> None:
    world, revision = baseline
    assert (revision.execution.status, revision.execution.rows) == ("Completed", 40)
    assert revision.execution.compatibility == "sagemaker"
    assert set(revision.files) == {"constraints.json", "statistics.json", "report.html"}
    assert "age" in revision.read_text("report.html")
    (sent,) = world.jobs
    assert sent["AppSpecification"]["ImageUri"].endswith("/sagemaker-model-monitor-analyzer")
    assert "report_enabled" not in sent["Environment"]
    assert sent["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == f"{world.home}/baseline"
    assert {"constraints.json", "statistics.json"} <= set(world.keys("baseline/"))


@pytest.mark.parametrize("image", [None, OURS])
def test_an_execution_is_published_as_the_workers_are(world: World, image: str | None) -> None:
    world.capture(BAD)
    variables = {"compatibility": "sagemaker", "report_enabled": "true"}
    request = world.monitoring(publish_cloudwatch_metrics=True, environment=variables)

    result = world.runtime(image=image).run(request)

    store = ExecutionStore(f"{world.home}/out", world.options)
    (revision,) = store.revisions(ExecutionKey("hourly", WINDOW, "churn"))
    execution = revision.execution
    assert result.revision == revision
    assert (execution.status, execution.violations_by_check) == ("CompletedWithViolations", {"data_type_check": 1})
    assert execution.exit_message == completed(1)
    assert execution.baseline["constraints"].uri == f"{world.baseline}/constraints.json"
    assert (execution.rows, execution.monitor, execution.report) == (40, "hourly", "report.html")
    files = {"constraints.json", "statistics.json", "constraint_violations.json", "report.html"}
    assert set(revision.files) == files
    assert set(world.keys(LAYOUT)) == files | {"execution.json"}
    assert world.read(f"{LAYOUT}constraint_violations.json")["violations"][0]["feature_name"] == "age"
    (sent,) = world.jobs
    assert sent["Environment"]["publish_cloudwatch_metrics"] == "Disabled"
    assert ("compatibility" in sent["Environment"]) == (image is not None)
    metrics = world.aws.client("cloudwatch").list_metrics(Namespace="aws/sagemaker/Endpoints/data-metrics")["Metrics"]
    assert "feature_non_null_age" in {one["MetricName"] for one in metrics}
    assert result.metrics_published > 0
    again = world.runtime(image=image).run(request)
    assert (again.revision, again.metrics_published, len(world.jobs)) == (revision, 0, 1)


def test_a_column_too_many_is_the_only_thing_awss_image_writes(world: World) -> None:
    world.capture(["1,2"] * 4)
    result = world.runtime().run(
        world.monitoring(publish_cloudwatch_metrics=True, environment={"report_enabled": "true"})
    )
    assert result.revision.execution.violations_by_check == {"extra_column_check": 1}
    assert set(result.revision.files) == {"constraint_violations.json", "report.html"}
    assert (result.revision.execution.rows, result.metrics_published) == (None, 0)


def test_an_hour_without_traffic_or_labels_costs_no_job(world: World) -> None:
    with pytest.raises(JobInputsHadNoData):
        world.runtime().run(world.monitoring())
    world.capture(GOOD)
    with pytest.raises(NoGroundTruthError):
        world.runtime().run(world.merge())
    assert world.jobs == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"captured_data_uri": "/data/capture"}, 'other places need runtime="worker"'),
        ({"environment": {"compatibility": "corrected"}}, "AWS's image knows only 'sagemaker'"),
    ],
)
def test_what_sagemaker_cannot_do_costs_no_job(world: World, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        world.runtime().run(world.monitoring(**changed))
    assert world.jobs == []


def test_a_retry_attaches_and_one_after_a_stop_takes_the_next_name(world: World) -> None:
    world.write_slow_traffic(records=400)
    request = world.slow_request()
    first = world.runtime().submit(request, IDENTITY)
    assert world.runtime().submit(request, IDENTITY).name == first.name
    world.runtime().stop(first.name)
    with pytest.raises(ProcessingJobStopped, match=first.name):
        world.runtime().finish(request, world.runtime().wait(first.name))
    assert world.keys("out/") == []

    world.put("slow.py", "def preprocess_handler(record):\n    return {'age': 1}\n")
    second = world.runtime().submit(request, IDENTITY)
    assert second.name != first.name
    assert world.runtime().finish(request, world.runtime().wait(second.name)).status == "CompletedWithViolations"
    assert world.runtime().submit(request, IDENTITY).name == second.name
    # Another image makes it another job, which never takes this one's result.
    assert world.runtime(image=OURS).submit(request, IDENTITY).name not in (first.name, second.name)
    assert len(world.jobs) == 3


def test_a_quiet_execution_leaves_no_violations_of_an_earlier_one(world: World) -> None:
    world.capture(BAD)
    noisy = world.runtime().run(world.monitoring())
    world.capture(GOOD)
    quiet = world.runtime().finish(
        world.monitoring(), world.runtime().wait(world.runtime().submit(world.monitoring(), IDENTITY).name)
    )
    assert (noisy.status, quiet.status, quiet.revision.number) == ("CompletedWithViolations", "Completed", 2)
    assert "constraint_violations.json" not in world.keys(LAYOUT)


def test_more_hours_than_a_job_takes_inputs(world: World) -> None:
    world.label(range(30))
    half_day = Window(WINDOW.end - timedelta(hours=14), WINDOW.end)
    for hour in half_day.hours():
        world.capture(GOOD if hour == WINDOW.start else ["7", "8"], hour)
    world.runtime().run(world.monitoring(window=half_day))
    world.runtime().run(world.merge(window=half_day))

    executed = ExecutionStore(f"{world.home}/out", world.options).read(ExecutionKey("hourly", half_day, "churn"))
    merged = MergeStore(f"{world.home}/out", world.options).read(MergeKey("hourly", half_day, "churn"))
    assert executed is not None
    assert executed.execution.rows == 13 * 2 + 40
    assert merged is not None
    assert merged.execution.merge is not None
    assert (merged.execution.merge.captures, merged.execution.merge.merged_records) == (66, 30)
    assert [name.rpartition("/")[0] for name in merged.files] == [f"churn/AllTraffic/{WINDOW.start:%Y/%m/%d/%H}"]
    for job in world.jobs:
        (data,) = [one for one in job["ProcessingInputs"] if one["InputName"] == "endpoint_input_1"]
        assert data["S3Input"]["S3DataType"] == "ManifestFile"


def test_the_cause_and_the_last_lines_of_the_log_are_told(world: World) -> None:
    request = world.baseline_request(rows="this is no record\n", dataset_format=Json(lines=True))
    with pytest.raises(ProcessingJobAlgorithmFailed) as caught:
        world.runtime().run(request)
    (job,) = world.jobs
    assert job["ExitMessage"] in str(caught.value)
    assert "Last lines of its log:" in str(caught.value)


@pytest.mark.parametrize("image", [None, OURS])
def test_merged_and_judged(world: World, image: str | None) -> None:
    world.capture(GOOD)
    world.label(range(30))
    result = world.runtime(image=image).run(world.merge())

    (revision,) = MergeStore(f"{world.home}/out", world.options).revisions(MergeKey("hourly", WINDOW, "churn"))
    counts = revision.execution.merge
    assert result.revision == revision
    assert result.change is not None
    assert result.change.records_added == 30
    assert counts is not None
    assert (counts.captures, counts.labelled_captures, counts.merged_records, counts.labels) == (40, 30, 30, 30)
    assert revision.execution.coverage == 0.75
    assert list(revision.execution.label_files) == [f"{WINDOW.start:%Y/%m/%d/%H}/labels.jsonl"]
    hour = f"churn/AllTraffic/{WINDOW.start:%Y/%m/%d/%H}/"
    assert all(name.startswith(hour) for name in revision.files)
    assert len(world.keys(f"out/merge/{hour}")) == len(revision.files)
    if image is None:
        return
    key = MergeKey("hourly", WINDOW, "churn")
    request = requests_model_quality.monitoring_request(
        monitor="hourly",
        window=WINDOW,
        output_uri=f"{world.home}/out",
        endpoint="churn",
        attributes=ModelQualityAttributes(problem_type="BinaryClassification", inference_attribute="0"),
        baseline_constraints=None,
        merged_data={key.layout_path: f"{revision.url}/{key.layout_path}"},
        coverage=revision.execution.coverage,
        merge_revision=revision.execution.revision,
    )
    judged = world.runtime().run(request).revision.execution
    assert (judged.monitor_type, judged.rows, judged.coverage) == ("ModelQuality", 30, 0.75)
    assert judged.merge_revision == revision.execution.revision
    assert judged.metrics["accuracy"] == 0.0  # the endpoint says 1, 0, 1, …; the labels are 0, 1, 0, …
