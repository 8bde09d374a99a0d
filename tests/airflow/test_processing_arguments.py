"""Arguments of jobs on SageMaker, as people and AWS's SDK write them, refused while the DAG is parsed."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_model_monitor.operators.merge_ground_truth import MergeGroundTruthOperator
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator

OURS = "111122223333.dkr.ecr.us-east-1.amazonaws.com/airflow-model-monitor:1"
ROLE = "arn:aws:iam::111122223333:role/MonitorRole"
MONITOR = {
    "task_id": "monitor",
    "monitoring_schedule_name": "churn",
    "endpoint_name": "churn-endpoint",
    "captured_data_uri": "s3://bucket/capture",
    "baseline_uri": "s3://bucket/baseline",
    "output_uri": "s3://bucket/reports",
    "runtime": "sagemaker",
    "role_arn": ROLE,
}
BIAS = {
    "monitoring_type": "ModelBias",
    "captured_data_uri": None,
    "headers": ["a", "b", "label"],
    "label": "label",
    "inference_attribute": "0",
    "bias_config": {"label_values_or_threshold": [1], "facet": [{"name_or_index": "a"}]},
}
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"role_arn": None}, "role_arn=None"),
        ({"runtime": "cloud"}, "runtime='cloud'"),
        ({"compatibility": "corrected"}, "compatibility='corrected'"),
        ({"instance_count": 0}, "instance_count=0"),
        ({"waiter_delay": 0}, "waiter_delay=0"),
        ({"max_runtime_in_seconds": 1.5}, "max_runtime_in_seconds=1.5"),
        ({"network_config": "vpc-1"}, "network_config='vpc-1'"),
        ({"tags": "team"}, "tags='team'"),
        ({"endpoint_name": SimpleNamespace(endpoint_name="churn", start_time_offset="-PT6H")}, "StartTimeOffset"),
        ({"endpoint_name": SimpleNamespace(name="churn")}, "endpoint_name="),
        (BIAS, "Clarify"),
    ],
)
def test_what_could_not_run_is_refused_while_the_dag_is_parsed(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RunMonitoringOperator(**{**MONITOR, **changed})


def test_the_behaviour_is_the_originals_on_its_image_and_ours_elsewhere() -> None:
    behaviour = {
        changes: RunMonitoringOperator(**{**MONITOR, **dict(changes)}).job_environment["compatibility"]
        for changes in (
            (),
            (("image_uri", OURS),),
            (("runtime", "worker"),),
            (("image_uri", OURS), ("compatibility", "sagemaker")),
        )
    }
    assert list(behaviour.values()) == ["sagemaker", "corrected", "corrected", "sagemaker"]
    RunMonitoringOperator(**{**MONITOR, **BIAS, "image_uri": OURS})


@pytest.mark.parametrize(
    "given",
    [
        {"EnableNetworkIsolation": False, "VpcConfig": VPC},
        SimpleNamespace(  # NetworkConfig of version 2
            enable_network_isolation=False,
            security_group_ids=["sg-1"],
            subnets=["subnet-1", "subnet-2"],
            encrypt_inter_container_traffic=None,
        ),
        SimpleNamespace(  # and of version 3
            enable_network_isolation=False,
            enable_inter_container_traffic_encryption=None,
            vpc_config=SimpleNamespace(security_group_ids=["sg-1"], subnets=["subnet-1", "subnet-2"]),
        ),
    ],
)
def test_a_network_in_three_spellings_is_one_that_airflow_serializes(given: Any) -> None:
    operator = RunMonitoringOperator(**MONITOR, network_config=given, tags=[{"Key": "team", "Value": "fraud"}])
    assert json.loads(json.dumps(operator.network_config)) == {"EnableNetworkIsolation": False, "VpcConfig": VPC}
    assert operator.tags == {"team": "fraud"}


def test_an_endpoint_input_says_where_the_answer_stands() -> None:
    given = SimpleNamespace(
        endpoint_name="churn",
        destination="/opt/ml/processing/input/endpoint",
        inference_attribute=0,
        probability_attribute=None,
        probability_threshold_attribute=0.4,
        exclude_features_attribute="id",
    )
    quality = {"monitoring_type": "ModelQuality", "problem_type": "BinaryClassification", "captured_data_uri": None}
    judge = RunMonitoringOperator(**{**MONITOR, **quality, "endpoint_name": given, "probability_attribute": "1"})
    assert judge.endpoint_name == "churn"
    assert judge.attributes is not None
    assert (judge.attributes.inference_attribute, judge.attributes.probability_attribute) == ("0", "1")
    monitor = RunMonitoringOperator(**{**MONITOR, "endpoint_name": given})
    assert monitor.environment == {"exclude_features_attribute": "id"}
    merge = MergeGroundTruthOperator(
        task_id="merge",
        monitoring_schedule_name="churn",
        endpoint_name=given,
        captured_data_uri="s3://bucket/capture",
        ground_truth_uri="s3://bucket/labels",
        output_uri="s3://bucket/reports",
    )
    assert merge.endpoint_name == "churn"


def test_the_worker_takes_the_arguments_of_the_other_runtime() -> None:
    operator = SuggestBaselineOperator(
        task_id="t",
        monitoring_schedule_name="churn",
        dataset="train.csv",
        dataset_format={"csv": {"header": True}},
        baseline_uri="baseline",
        deferrable=True,
        role_arn=ROLE,
        instance_type="ml.m5.4xlarge",
        image_uri=OURS,
        compatibility="corrected",
    )
    assert operator.runtime == "worker"
    assert not operator.on_aws_image
