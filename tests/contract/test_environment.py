from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv
from airflow_model_monitor.contract.environment import AnalyzerEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.generation import Generation

BASELINE = {
    "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
    "dataset_source": "/opt/ml/processing/input/baseline_dataset_input",
    "output_path": "/opt/ml/processing/output",
    "publish_cloudwatch_metrics": "Disabled",
}
SCHEDULED = {
    "baseline_constraints": "/opt/ml/processing/baseline/constraints/constraints.json",
    "baseline_statistics": "/opt/ml/processing/baseline/stats/statistics.json",
    "dataset_format": '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}',
    "dataset_source": "/opt/ml/processing/input/endpoint",
    "start_time": "2024-03-24T13:00:00Z",
    "end_time": "2024-03-24T14:00:00Z",
    "metric_time": "2024-03-24T13:00:00Z",
    "monitoring_input_type": "ENDPOINT_INPUT",
    "output_path": "/opt/ml/processing/output",
    "publish_cloudwatch_metrics": "Enabled",
    "sagemaker_endpoint_name": "churn",
    "sagemaker_monitoring_schedule_name": "hourly",
    "PATH": "/bin",
}


def test_baseline_job() -> None:
    result = AnalyzerEnvironment.from_mapping(BASELINE)
    assert result == AnalyzerEnvironment(dataset_source=BASELINE["dataset_source"], dataset_format=Csv())
    assert not result.is_monitoring
    assert (result.compatibility, result.exact_rows, result.enable_scripts) == ("sagemaker", 200_000, False)


def test_scheduled_job() -> None:
    result = AnalyzerEnvironment.from_mapping(SCHEDULED)
    assert result.is_monitoring
    assert result.dataset_format == CaptureJson()
    assert (result.start_time, result.end_time) == (
        datetime(2024, 3, 24, 13, tzinfo=UTC),
        datetime(2024, 3, 24, 14, tzinfo=UTC),
    )
    assert (result.publish_cloudwatch_metrics, result.sagemaker_endpoint_name) == (True, "churn")


def test_our_own_parameters() -> None:
    ours = {
        "compatibility": "corrected",
        "exact_rows": "0",
        "file_generation": "2020",
        "enable_scripts": "true",
        "categorical_drift_method": "ChiSquared",
        "exclude_features_attribute": "id, time",
    }
    result = AnalyzerEnvironment.from_mapping(BASELINE | ours)
    assert (result.compatibility, result.exact_rows, result.file_generation) == ("corrected", 0, Generation.G2020)
    assert (result.enable_scripts, result.categorical_drift_method) == (True, "ChiSquared")
    assert result.excluded_features == ("id", "time")


def test_empty_and_null_count_as_not_set() -> None:
    result = AnalyzerEnvironment.from_mapping(BASELINE | {"record_preprocessor_script": "", "positive_label": "null"})
    assert (result.record_preprocessor_script, result.positive_label) == (None, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset_source": ""}, "field dataset_source: the environment variable is missing"),
        ({"dataset_format": "null"}, "field dataset_format: the environment variable is missing"),
        ({"compatibility": "aws"}, "field compatibility: 'aws' is not a behaviour"),
        ({"exact_rows": "many"}, "field exact_rows: 'many' is not a whole number"),
        ({"exact_rows": "-1"}, "field exact_rows: -1 is less than 0"),
        ({"threads": "0"}, "field threads: 0 is less than 1"),
        ({"threads": "100000"}, "field threads: 100000 is more than 256"),
        ({"publish_cloudwatch_metrics": "Maybe"}, "field publish_cloudwatch_metrics: 'Maybe' is neither"),
        ({"start_time": "yesterday"}, "field start_time: 'yesterday' is not a point in time"),
        ({"file_generation": "2019"}, "field file_generation: '2019'"),
        ({"script_time_limit_seconds": "nan"}, "field script_time_limit_seconds"),
        ({"categorical_drift_method": "PSI"}, "field categorical_drift_method: expected 'LInfinity' or 'ChiSquared'"),
        ({"baseline_statistics": "/s.json"}, "field baseline_constraints: the environment variable is missing"),
        (
            {"start_time": "2024-01-01T01:00:00Z", "end_time": "2024-01-01T01:00:00Z"},
            "field end_time: 2024-01-01T01:00:00+00:00 is not after start_time",
        ),
    ],
)
def test_a_wrong_variable_is_named(changes: dict[str, str], message: str) -> None:
    with pytest.raises(ContractError, match=re.escape(message)):
        AnalyzerEnvironment.from_mapping(BASELINE | changes)


def test_what_a_merge_hands_on() -> None:
    result = AnalyzerEnvironment.from_mapping({**BASELINE, "coverage": "0.25", "merge_revision": "000002", "seed": "x"})
    assert (result.coverage, result.merge_revision, result.seed) == (0.25, "000002", "x")


@pytest.mark.parametrize("coverage", ["1.5", "-1", "nan", "half"])
def test_a_coverage_that_is_no_share(coverage: str) -> None:
    with pytest.raises(ContractError, match="field coverage: "):
        AnalyzerEnvironment.from_mapping({**BASELINE, "coverage": coverage})
