from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.json_reader import load
from airflow_model_monitor.contract.merge_counts import MergeCounts
from airflow_model_monitor.contract.merge_environment import MergerEnvironment

OF_2021 = {
    "dataset_source": "/opt/ml/processing/input_data",
    "ground_truth_source": "/opt/ml/processing/groundtruth",
    "output_path": "/opt/ml/processing/output",
}


def test_the_three_variables_of_2021_are_the_defaults() -> None:
    assert MergerEnvironment.from_mapping(OF_2021) == MergerEnvironment.from_mapping({}) == MergerEnvironment()


def test_the_variables_of_2023() -> None:
    job = MergerEnvironment.from_mapping(
        {
            **OF_2021,
            "dataset_format": '{"sagemakerCaptureJson":{"captureIndexNames":null}}',
            "monitoring_input_type": "ENDPOINT_INPUT",
            "start_time": "2023-03-24T13:00:00Z",
            "end_time": "2023-03-24T14:00:00Z",
        }
    )
    assert (job.dataset_format, job.is_batch) == (CaptureJson(None), False)
    assert job.start_time == datetime(2023, 3, 24, 13, tzinfo=UTC)


def test_batch_transform() -> None:
    env = {"monitoring_input_type": "BATCH_TRANSFORM_INPUT", "dataset_format": '{"csv": {"header": false}}'}
    job = MergerEnvironment.from_mapping(env)
    assert (job.dataset_format, job.is_batch) == (Csv(header=False), True)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("label_choice", "first", "'first' is no rule .* Choose newest, oldest, all or refuse"),
        ("threads", "0", "0 is not between 1 and 256"),
        ("threads", "two", "'two' is not a whole number"),
        ("start_time", "today", "'today' is not a point in time"),
        ("end_time", "2020-01-01T00:00:00Z", "is not after start_time"),
        ("dataset_format", '{"parquet": {}}', "Parquet carries no inference id"),
        ("dataset_format", '{"sagemakerMergeJson": {}}', "what this job writes"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, told: str) -> None:
    with pytest.raises(ContractError, match=told) as caught:
        MergerEnvironment.from_mapping({"start_time": "2021-01-01T00:00:00Z", name: value})
    assert caught.value.field == name


def test_a_batch_job_must_say_its_format() -> None:
    with pytest.raises(ContractError, match="does not say what the transform job wrote"):
        MergerEnvironment.from_mapping({"monitoring_input_type": "BATCH_TRANSFORM_INPUT"})


def test_counts_survive_their_file() -> None:
    counts = MergeCounts(captures=4, labelled_captures=3, merged_records=3, labels=5, matched_labels=4)
    document = dict(counts.to_document())
    assert MergeCounts.from_node(load(str(document).replace("'", '"'))) == counts
    assert counts.coverage == 0.75
    assert MergeCounts().coverage == 0.0


def test_a_count_is_not_negative() -> None:
    with pytest.raises(ValueError, match="labels=-1: a number of records is at least 0"):
        MergeCounts(labels=-1)
