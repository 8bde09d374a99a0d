"""Objects of AWS's SDK are taken by shape; what stands in for them here has the attributes of the real ones.

``tests/sdk`` checks the same functions against the real classes of both SDKs.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_model_monitor.service import sdk_arguments as sdk
from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.sdk_configs import plain_config


class Unassigned:
    """What SDK 3 puts where nothing was given."""


COMMON: dict[str, Any] = {
    "s3_input_mode": "File",
    "s3_data_distribution_type": "FullyReplicated",
    "start_time_offset": "-PT1H",
    "end_time_offset": "-PT0H",
    "features_attribute": None,
    "inference_attribute": None,
    "probability_attribute": 0,
    "probability_threshold_attribute": 0.7,
    "exclude_features_attribute": None,
}
FOUND = {
    "S3InputMode": "File",
    "S3DataDistributionType": "FullyReplicated",
    "StartTimeOffset": "-PT1H",
    "EndTimeOffset": "-PT0H",
    "ProbabilityAttribute": "0",
    "ProbabilityThresholdAttribute": 0.7,
}


@pytest.mark.parametrize("where", ["destination", "local_path"])
def test_an_endpoint_input_of_either_sdk(where: str) -> None:
    given = SimpleNamespace(endpoint_name="churn", **{where: "/opt/x"}, **COMMON)

    assert sdk.endpoint_input(given) == {"EndpointName": "churn", "LocalPath": "/opt/x", **FOUND}


def test_what_was_left_unassigned_is_not_said() -> None:
    given = SimpleNamespace(endpoint_name="churn", local_path="/opt/x", s3_input_mode=Unassigned())

    assert sdk.endpoint_input(given) == {"EndpointName": "churn", "LocalPath": "/opt/x"}


@pytest.mark.parametrize("given", [{"EndpointName": "churn"}, {"EndpointInput": {"EndpointName": "churn"}}, "churn"])
def test_an_endpoint_by_its_name_or_as_the_api_has_it(given: Any) -> None:
    assert sdk.endpoint_input(given) == {"EndpointName": "churn"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Csv": {"Header": True}}, {"Csv": {"Header": True}}),
        ({"csv": {"header": False, "output_columns_position": "START"}}, {"Csv": {"Header": False}}),
        ({"Json": {"Line": True}}, {"Json": {"Line": True}}),
        ({"json": {"lines": False}}, {"Json": {"Line": False}}),
        ({"Parquet": {}}, {"Parquet": {}}),
        (SimpleNamespace(csv=SimpleNamespace(header=True), json=Unassigned(), parquet=None), {"Csv": {"Header": True}}),
    ],
)
def test_a_batch_transform_input_with_any_format(given: Any, expected: Any) -> None:
    whole = SimpleNamespace(
        data_captured_destination_s3_uri="s3://b/c", destination="/opt/x", dataset_format=given, **COMMON
    )

    assert sdk.batch_transform_input(whole) == {
        "DataCapturedDestinationS3Uri": "s3://b/c",
        "LocalPath": "/opt/x",
        "DatasetFormat": expected,
        **FOUND,
    }


@pytest.mark.parametrize(
    "given",
    [
        SimpleNamespace(source="/opt/out", destination="s3://b/r", s3_upload_mode="Continuous"),
        SimpleNamespace(
            source="/opt/out",
            s3_output=SimpleNamespace(s3_uri="s3://b/r", local_path="/opt/out", s3_upload_mode="Continuous"),
        ),
        {"S3Output": {"S3Uri": "s3://b/r", "LocalPath": "/opt/out", "S3UploadMode": "Continuous"}},
    ],
)
def test_an_output_of_either_sdk(given: Any) -> None:
    assert sdk.output(given) == {"S3Uri": "s3://b/r", "LocalPath": "/opt/out", "S3UploadMode": "Continuous"}


def test_a_file_knows_where_it_was_read() -> None:
    session = object()
    given = SimpleNamespace(body_dict={}, file_s3_uri="s3://b/constraints.json", kms_key=None, session=session)

    assert sdk.file_address(given, "constraints") == "s3://b/constraints.json"
    assert sdk.file_address({"S3Uri": "s3://b/x"}, "constraints") == "s3://b/x"
    assert sdk.file_address(None, "constraints") is None


@pytest.mark.parametrize(
    "given",
    [
        SimpleNamespace(
            enable_network_isolation=True,
            security_group_ids=["sg-1"],
            subnets=["subnet-1"],
            encrypt_inter_container_traffic=False,
        ),
        SimpleNamespace(
            enable_network_isolation=True,
            enable_inter_container_traffic_encryption=False,
            vpc_config=SimpleNamespace(security_group_ids=["sg-1"], subnets=["subnet-1"]),
        ),
        {
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": False,
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        },
    ],
)
def test_a_network_of_either_sdk(given: Any) -> None:
    assert sdk.network(given) == {
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": False,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    }


@pytest.mark.parametrize(
    "given", [{"team": "risk"}, [{"Key": "team", "Value": "risk"}], [SimpleNamespace(key="team", value="risk")]]
)
def test_tags_as_a_mapping_or_as_pairs(given: Any) -> None:
    assert sdk.tags(given) == {"team": "risk"}


def test_where_a_model_says_what() -> None:
    given = SimpleNamespace(label=None, probability=1, probability_threshold=0.5, label_headers=["late"])

    assert sdk.predicted_label(given) == {
        "probability_attribute": "1",
        "probability_threshold_attribute": 0.5,
        "label_headers": ["late"],
    }


def test_a_dataset_with_what_it_says_of_itself() -> None:
    given = SimpleNamespace(
        s3_data_input_path="s3://b/train.csv",
        analysis_config={"dataset_type": "text/csv", "headers": ["a", "late"], "label": "late", "predicted_label": 1},
    )

    assert sdk.data_config(given) == {
        "dataset": "s3://b/train.csv",
        "dataset_format": {"csv": {"header": True}},
        "headers": ["a", "late"],
        "label": "late",
        "inference_attribute": "1",
    }


def test_expressions_are_texts() -> None:
    assert sdk.expression(CronExpression.daily(5)) == "cron(0 5 ? * * *)"
    assert sdk.expression("cron(0 * ? * * *)") == "cron(0 * ? * * *)"


class BiasAnalysisConfig:
    """As the SDK has it: the configuration stands in an attribute."""

    analysis_config = {"label_values_or_threshold": [1], "facet": [{"name_or_index": "sex"}], "headers": ["a", "b"]}  # noqa: RUF012


class ShapConfig:
    """As the SDK has it: a method wraps the settings by their name."""

    def get_explainability_config(self) -> dict[str, Any]:
        return {"shap": {"num_samples": 10}}


def test_configurations_of_clarify() -> None:
    assert plain_config("analysis_config", BiasAnalysisConfig()) == BiasAnalysisConfig.analysis_config
    assert plain_config("shap_config", ShapConfig()) == {"num_samples": 10}


@pytest.mark.parametrize(
    ("function", "given", "remedy"),
    [
        (sdk.endpoint_input, SimpleNamespace(endpoint_name=None), "names no EndpointName"),
        (sdk.batch_transform_input, {"EndpointName": "x"}, "names no DataCapturedDestinationS3Uri"),
        (sdk.dataset_format, {"avro": {}}, "MonitoringDatasetFormat"),
        (sdk.dataset_format, {"Csv": {}, "Json": {}}, "expected one of"),
        (sdk.output, SimpleNamespace(source="/opt/out", destination=None), "names no destination"),
        (sdk.expression, 5, "expected a text"),
        (sdk.network, 7, "NetworkConfig"),
        (sdk.tags, "team=risk", "expected a mapping"),
        (sdk.tags, [{"Key": "team"}], "expected a mapping"),
        (sdk.predicted_label, 3, "ModelPredictedLabelConfig"),
        (sdk.data_config, "s3://b/train.csv", "s3_data_input_path"),
        (
            sdk.data_config,
            SimpleNamespace(s3_data_input_path="s3://b", analysis_config={"dataset_type": "application/x-image"}),
            "application/x-image",
        ),
    ],
)
def test_what_is_none_of_them_is_refused_with_what_is_expected(function: Any, given: Any, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        function(given)
