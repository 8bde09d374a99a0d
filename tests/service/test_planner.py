"""Definition and scheduled time to job requests, beside what the service launched and what AWS's SDK defines."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Json
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingJobRequest
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.monitor import Monitor
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.planner import plan

ANALYZER = "777275614652.dkr.ecr.us-east-2.amazonaws.com/sagemaker-model-monitor-analyzer"
SCHEDULED = datetime(2021, 5, 6, 23, tzinfo=UTC)
ENDPOINT = EndpointInput(endpoint="endpoint", local_path="/opt/ml/processing/input_data", inference_attribute="0")
DEFINITION = JobDefinition(
    monitoring_type="ModelQuality",
    source=ENDPOINT,
    ground_truth_uri="s3://BUCKET/<ground-truth-prefix>",
    output_uri="s3://BUCKET/<monitoring-output>",
    problem_type="Regression",
    baseline_constraints="s3://BUCKET/<baseline>/constraints.json",
    image_uri=ANALYZER,
    cluster=ProcessingCluster(volume_size_gb=20),
    max_runtime_in_seconds=1800,
)
MONITOR = Monitor(name="schedule", definition=DEFINITION, captured_data_uri="s3://BUCKET/<capture-prefix>")
MACHINES = {"image_uri": None, "cluster": None, "max_runtime_in_seconds": None}


def changed(monitor: Monitor = MONITOR, source: dict[str, Any] | None = None, **changes: Any) -> Monitor:
    """A monitor whose definition, or whose source, says something else."""
    if source is not None:
        changes["source"] = dataclasses.replace(monitor.definition.source, **source)
    return dataclasses.replace(monitor, definition=dataclasses.replace(monitor.definition, **changes))


ON_WORKER = changed(**MACHINES)


def launched(recordings: Path, name: str, request: ProcessingJobRequest) -> dict[str, Any]:
    """What the service launched, our names in place of the placeholders."""
    text = (recordings.parent / "service-jobs" / f"{name}.json").read_text()
    digits = request.job_name.rsplit("-", 1)[-1]
    for placeholder, ours in (("<endpoint>", "endpoint"), ("<schedule>", "schedule")):
        text = text.replace(placeholder, ours)
    found: dict[str, Any] = json.loads(text.replace("<24 hex>", digits).replace("<same 24 hex>", digits))
    del found["_provenance"]
    return found


def test_both_jobs_are_those_the_service_launched(recordings: Path) -> None:
    merge, analysis = plan(MONITOR, SCHEDULED, generation=Generation.G2020)
    assert merge.to_api(app_managed=False) == launched(recordings, "mq-groundtruth-merge", merge)
    assert analysis.to_api(app_managed=False) == launched(recordings, "mq-analysis", analysis)
    assert len(merge.job_name.rsplit("-", 1)[-1]) == 24


def test_jobs_of_2023_name_more(recordings: Path) -> None:
    merge, analysis = plan(MONITOR, SCHEDULED)
    older = plan(MONITOR, SCHEDULED, generation=Generation.G2020)
    assert dict(merge.environment) == {
        **older.merge.environment,
        "dataset_format": '{"sagemakerCaptureJson":{"captureIndexNames":null}}',
        "monitoring_input_type": "ENDPOINT_INPUT",
        "start_time": "2021-05-06T22:00:00Z",
        "end_time": "2021-05-06T23:00:00Z",
    }
    assert dict(analysis.environment) == {**older.analysis.environment, "monitoring_input_type": "ENDPOINT_INPUT"}


def test_a_binary_problem_as_in_a_real_job_of_2023() -> None:
    source = {"inference_attribute": None, "probability_attribute": "0", "probability_threshold": 0.5}
    environment = plan(changed(source=source, problem_type="BinaryClassification"), SCHEDULED).analysis.environment
    assert environment["probability_attribute"] == "0"
    assert environment["probability_threshold_attribute"] == "0.500000"
    assert "inference_attribute" not in environment


def test_offsets_count_from_the_scheduled_time() -> None:
    """The example of the developer guide: -P8D and -P1D at 2020-01-09T13:00."""
    monitor = changed(source={"start_time_offset": "-P8D", "end_time_offset": "-P1D"})
    merge, analysis = plan(monitor, datetime(2020, 1, 9, 13, tzinfo=UTC))
    assert (merge.environment["start_time"], merge.environment["end_time"]) == (
        "2020-01-01T13:00:00Z",
        "2020-01-08T13:00:00Z",
    )
    names = [one.name for one in merge.inputs]
    folders = [one.uri.removeprefix("s3://BUCKET/<capture-prefix>/endpoint/AllTraffic/") for one in merge.inputs]
    assert names == [f"groundtruth_input_{i}" for i in range(1, 31)] + [f"endpoint_input_{i}" for i in range(1, 31)]
    assert folders[30] == "2020/01/01/13"
    assert folders[41] == "2020/01/02"
    assert folders[-1] == "2020/01/08/12"
    assert analysis.outputs[0].uri == "s3://BUCKET/<monitoring-output>/endpoint/schedule/2020/01/09/13"


def test_late_labels_are_looked_for_where_the_rule_says() -> None:
    merge = plan(dataclasses.replace(MONITOR, labels=LabelWindow(days_after=1)), SCHEDULED).merge
    labels = [one.local_path for one in merge.inputs if one.name.startswith("groundtruth")]
    assert labels[0] == "/opt/ml/processing/groundtruth/2021/05/06/22"
    assert labels[-1] == "/opt/ml/processing/groundtruth/2021/05/07/22"
    assert len(labels) == 25


def test_the_analysis_reads_what_the_merge_writes() -> None:
    merge, analysis = plan(ON_WORKER, SCHEDULED)
    (output,) = merge.outputs
    captured = [one.local_path for one in merge.inputs if one.name.startswith("endpoint")]
    source = merge.environment["dataset_source"]
    merged = [one.uri for one in analysis.inputs if one.name.startswith("endpoint")]
    assert merged == [path.replace(source, output.uri) for path in captured]


def test_a_batch_transform_monitor() -> None:
    """Data capture of a transform job writes what it has answered below ``output`` of its destination."""
    source = BatchTransformInput(
        captured_data_uri="s3://b/capture/",
        dataset_format=Json(lines=True),
        local_path="/opt/ml/processing/input_data",
        inference_attribute="score",
    )
    definition = dataclasses.replace(ON_WORKER.definition, source=source)
    merge, analysis = plan(Monitor(name="schedule", definition=definition), SCHEDULED)
    assert merge.environment["dataset_format"] == '{"json": {"lines": true}}'
    assert merge.environment["monitoring_input_type"] == "BATCH_TRANSFORM_INPUT"
    assert merge.inputs[1].uri == "s3://b/capture/output/2021/05/06/22"
    assert merge.inputs[1].local_path == "/opt/ml/processing/input_data/schedule/2021/05/06/22"
    assert analysis.environment["dataset_format"] == (
        '{"sagemakerMergeJson":{"captureIndexNames":["batchTransformOutput"]}}'
    )
    assert analysis.inputs[-1].uri == "s3://BUCKET/<monitoring-output>/merge/schedule/2021/05/06/22"
    assert analysis.outputs[0].uri == "s3://BUCKET/<monitoring-output>/schedule/2021/05/06/23"
    assert "sagemaker_endpoint_name" not in {**merge.environment, **analysis.environment}


def test_our_engine_is_told_what_aws_images_are_not() -> None:
    ours = {"label_choice": "oldest", "seed": "7", "memory_limit": "1GB"}
    merge, analysis = plan(changed(ON_WORKER, environment=ours), SCHEDULED)
    assert merge.environment.items() >= {**ours, "sagemaker_monitoring_schedule_name": "schedule"}.items()
    assert analysis.environment.items() >= ours.items()
    assert (merge.image_uri, analysis.image_uri) == (None, None)
    merge, analysis = plan(changed(environment=ours), SCHEDULED)
    assert merge.environment.keys().isdisjoint({*ours, "sagemaker_monitoring_schedule_name"})
    assert analysis.environment.keys().isdisjoint(ours)


def test_a_plan_is_a_function_of_its_arguments() -> None:
    there = SCHEDULED.astimezone(timezone(timedelta(hours=9)))
    assert plan(MONITOR, SCHEDULED) == plan(MONITOR, there)
    others = [
        plan(MONITOR, SCHEDULED),
        plan(MONITOR, SCHEDULED + timedelta(hours=1)),
        plan(dataclasses.replace(MONITOR, name="other"), SCHEDULED),
        plan(changed(environment={"x": "y"}), SCHEDULED),
    ]
    assert len({job.job_name for each in others for job in each.jobs}) == 8


@pytest.mark.parametrize(
    ("changes", "scheduled", "message"),
    [
        ({}, datetime(2021, 5, 6, 23), "has no time zone"),  # noqa: DTZ001
        ({"source": {"start_time_offset": "-PT90M"}}, SCHEDULED, "not a whole UTC hour"),
        ({"source": {"start_time_offset": "-1H"}}, SCHEDULED, "start_time_offset: '-1H' is not an offset"),
        ({"source": {"end_time_offset": "-P1D"}}, SCHEDULED, "so the window is empty"),
        ({"source": {"inference_attribute": None}}, SCHEDULED, "inference_attribute: None, but Regression needs"),
        ({"source": {"exclude_features_attribute": "a"}}, SCHEDULED, "only data quality leaves features out here"),
        ({"problem_type": None}, SCHEDULED, "problem_type: None; allowed are 'Regression'"),
        ({"record_preprocessor_script": "s3://b/p.py"}, SCHEDULED, "model quality takes no record preprocessor here"),
        ({"environment": {"output_path": "/x"}}, SCHEDULED, "output_path is set by the request itself"),
        (
            {"baseline_constraints": None, "baselining_job_name": "job-1"},
            SCHEDULED,
            "baselining_output_uri: None; the definition names the job 'job-1'",
        ),
    ],
)
def test_what_cannot_be_planned(changes: dict[str, Any], scheduled: datetime, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan(changed(**changes), scheduled)


def test_a_command_of_ones_own_is_the_analysis_alone() -> None:
    image = "111122223333.dkr.ecr.us-east-2.amazonaws.com/mine:1"
    merge, analysis = plan(changed(image_uri=image, container_arguments=("--x", "1")), SCHEDULED)
    assert merge is not None
    assert (merge.container_arguments, analysis.container_arguments) == (None, ("--x", "1"))
    assert merge.image_uri == image


def recorded_definition(recordings: Path, name: str) -> JobDefinition:
    calls = json.loads((recordings / f"{name}.json").read_text())["calls"]
    return JobDefinition.from_api(
        next(call["api_params"] for call in calls if call["operation"] == "CreateModelQualityJobDefinition")
    )


def test_a_recorded_job_definition(recordings: Path) -> None:
    definition = recorded_definition(recordings, "mq_schedule_endpoint")
    monitor = Monitor(name="mq-sched", definition=definition, captured_data_uri="s3://ml-bucket/capture")
    merge, analysis = plan(monitor, datetime(2026, 1, 2, 4, tzinfo=UTC))
    assert merge is not None
    assert analysis.environment["probability_threshold_attribute"] == "0.500000"
    assert analysis.environment["start_time"] == "2026-01-02T02:00:00Z"
    assert analysis.outputs[0].uri == "s3://ml-bucket/reports/churn-endpoint/mq-sched/2026/01/02/04"
    assert merge.image_uri == "159807026194.dkr.ecr.us-west-2.amazonaws.com/sagemaker-model-monitor-groundtruth-merger"
    assert merge.role_arn == analysis.role_arn == definition.role_arn
    assert definition.cluster == ProcessingCluster("ml.m5.xlarge", 1, 30)


def test_a_recorded_job_definition_with_everything(recordings: Path) -> None:
    definition = dataclasses.replace(
        recorded_definition(recordings, "mq_schedule_full"), record_preprocessor_script=None
    )
    monitor = Monitor(name="mq-sched", definition=definition, captured_data_uri="s3://ml-bucket/capture")
    analysis = plan(monitor, datetime(2026, 1, 2, 4, tzinfo=UTC)).analysis.to_api()
    request = definition.to_api()
    assert analysis["NetworkConfig"] == request["NetworkConfig"]
    assert analysis["ProcessingResources"] == request["JobResources"]
    assert analysis["ProcessingOutputConfig"]["KmsKeyId"] == request["ModelQualityJobOutputConfig"]["KmsKeyId"]
    assert analysis["Environment"]["MY_FLAG"] == "1"
    assert analysis["Environment"]["post_analytics_processor_script"].endswith("/postprocessor.py")
