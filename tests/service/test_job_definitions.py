"""Job definitions of the four monitors: one type, the API's form and back, and what SageMaker would refuse."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_model_monitor.contract.dataset_format import Csv, Json, Parquet
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.processing_job import ProcessingCluster, ProcessingNetwork
from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_definition_calls import (
    create_definition,
    delete_definition,
    describe_definition,
    list_definitions,
)
from airflow_model_monitor.service.monitor_kind import MONITORING_TYPES, MonitoringType, kind_of
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.uploads import stage_local_scripts

NEEDED: dict[str, dict[str, Any]] = {
    "DataQuality": {},
    "ModelQuality": {"ground_truth_uri": "s3://b/labels"},
    "ModelBias": {"ground_truth_uri": "s3://b/labels", "config_uri": "s3://b/analysis_config.json"},
    "ModelExplainability": {"config_uri": "s3://b/analysis_config.json"},
}
ENDPOINT = EndpointInput(endpoint="churn")


def definition(monitoring_type: MonitoringType = "DataQuality", **further: Any) -> JobDefinition:
    arguments = {
        "source": ENDPOINT,
        "output_uri": "s3://b/reports",
        "name": "churn-1",
        "image_uri": "111122223333.dkr.ecr.us-west-2.amazonaws.com/monitor",
        "role_arn": "arn:aws:iam::111122223333:role/Monitor",
        "cluster": ProcessingCluster(),
        **NEEDED[monitoring_type],
        **further,
    }
    return JobDefinition(monitoring_type=monitoring_type, **arguments)


TEXTS = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=8)
OFFSETS = st.none() | st.integers(0, 99).map(lambda hours: f"-PT{hours}H")
COMMON = {
    "input_mode": st.sampled_from([None, "File", "Pipe"]),
    "probability_threshold": st.none() | st.floats(0, 1),
    "inference_attribute": st.none() | TEXTS,
    "exclude_features_attribute": st.none() | TEXTS,
    "start_time_offset": OFFSETS,
    "end_time_offset": OFFSETS,
}
FORMATS = st.sampled_from([Csv(header=True), Csv(header=False), Json(), Json(lines=False), Parquet()])
SOURCES = st.one_of(
    st.builds(EndpointInput, endpoint=st.just("churn"), **COMMON),
    st.builds(BatchTransformInput, captured_data_uri=st.just("s3://b/c"), dataset_format=FORMATS, **COMMON),
)
FURTHER = st.fixed_dictionaries(
    {
        "source": SOURCES,
        "environment": st.dictionaries(st.sampled_from(["A", "B", "publish"]), TEXTS),
        "publish_cloudwatch_metrics": st.sampled_from([True, False, None]),
        "baseline_constraints": st.none() | st.just("s3://b/baseline/constraints.json"),
        "baselining_job_name": st.none() | st.just("job-1"),
        "network": st.sampled_from([None, ProcessingNetwork(("sg-1",), ("subnet-1",), True, None)]),
        "max_runtime_in_seconds": st.none() | st.integers(1, 86_400),
        "output_kms_key": st.none() | st.just("alias/key"),
        "tags": st.dictionaries(TEXTS, TEXTS, max_size=2),
    }
)


@given(st.sampled_from(MONITORING_TYPES), FURTHER)
def test_what_is_sent_reads_back(monitoring_type: MonitoringType, further: dict[str, Any]) -> None:
    one = definition(monitoring_type, **further)
    assert JobDefinition.from_api(one.to_api()) == one


@given(FURTHER)
def test_an_inline_definition_reads_back(further: dict[str, Any]) -> None:
    from airflow_model_monitor.contract.json_reader import JsonNode

    one = definition(**{**further, "name": None, "tags": {}, "container_arguments": ("--x",)})
    assert JobDefinition.from_inline_api(JsonNode(one.to_inline_api())) == one


@pytest.mark.parametrize("monitoring_type", MONITORING_TYPES)
def test_actions_and_members_begin_with_the_monitor(monitoring_type: MonitoringType) -> None:
    call = create_definition(definition(monitoring_type))
    assert call.operation == f"Create{monitoring_type}JobDefinition"
    assert f"{monitoring_type}JobInput" in call.parameters
    assert describe_definition(monitoring_type, "d").operation == f"Describe{monitoring_type}JobDefinition"
    assert delete_definition(monitoring_type, "d").parameters == {"JobDefinitionName": "d"}
    assert list_definitions(monitoring_type).operation == f"List{monitoring_type}JobDefinitions"


def test_a_call_names_the_method_of_the_client() -> None:
    assert ApiCall("CreateModelExplainabilityJobDefinition", {}).method == "create_model_explainability_job_definition"
    assert list_definitions("DataQuality", max_results=None).method == "list_data_quality_job_definitions"


def test_an_answer_is_read_as_a_request_is() -> None:
    one = definition("ModelBias")
    answer = {**one.to_api(), "JobDefinitionArn": "arn:…", "CreationTime": object(), "ResponseMetadata": {}}
    assert JobDefinition.from_api(answer) == one


def test_the_name_is_what_it_says() -> None:
    one = definition(name=None)
    assert one.named() == one.named() == dataclasses.replace(one, name=one.named().name)
    others = [definition(kind, name=None).named().name for kind in MONITORING_TYPES]
    others.append(dataclasses.replace(one, max_runtime_in_seconds=60).named().name)
    assert len({*others, one.named().name}) == 5
    assert (one.named().name or "").startswith("data-quality-job-definition-")
    assert dataclasses.replace(one, name="other").named() == one.named()


@pytest.mark.parametrize(
    ("monitoring_type", "further", "message"),
    [
        ("DataQuality", {"ground_truth_uri": "s3://b/l"}, "it is for monitoring_type 'ModelQuality' or 'ModelBias'"),
        ("DataQuality", {"problem_type": "Regression"}, "problem_type: 'Regression'; it is for .*'ModelQuality'"),
        ("ModelQuality", {"ground_truth_uri": None}, "ground_truth_uri: None; ModelQuality cannot do without it"),
        ("ModelQuality", {"baseline_statistics": "s3://b/s"}, "baseline_statistics: .*'DataQuality'"),
        ("ModelBias", {"config_uri": None}, "config_uri: None; ModelBias cannot do without it"),
        ("ModelExplainability", {"record_preprocessor_script": "s3://b/p.py"}, "record_preprocessor_script: .*leave"),
    ],
)
def test_what_a_monitor_does_not_take(monitoring_type: MonitoringType, further: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        definition(monitoring_type, **further)


def test_a_monitor_there_is_not() -> None:
    with pytest.raises(ValueError, match="monitoring_type: 'DataDrift'; allowed are 'DataQuality', 'ModelQuality'"):
        kind_of("DataDrift")


LONG = "s3://b/" + "x" * 510
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": "under_score"}, "name: 'under_score'.*replace '_' and '.' by '-'"),
    ({"name": None}, "name: ''"),
    ({"name": "x" * 64}, r"\(64 characters\)"),
    ({"role_arn": None}, "role_arn: ''"),
    ({"role_arn": "arn:aws:iam::1:role/Monitor"}, "role_arn: .* does not match"),
    ({"image_uri": None}, "image_uri"),
    ({"image_uri": "x" * 256}, "image_uri: .* has 256 characters; allowed are 1 to 255"),
    ({"cluster": None}, "cluster: None"),
    ({"cluster": ProcessingCluster("m5.xlarge")}, "instance_type: 'm5.xlarge'"),
    ({"cluster": ProcessingCluster(instance_count=101)}, "instance_count: 101; allowed are 1 to 100"),
    ({"cluster": ProcessingCluster(volume_size_gb=0)}, "volume_size_gb: 0"),
    ({"network": ProcessingNetwork(("sg-1",) * 6, ("subnet-1",))}, "security_group_ids: 6 given"),
    ({"network": ProcessingNetwork(("sg-1",))}, "subnets: 0 given"),
    ({"output_uri": LONG}, "output_uri: .* has 517 characters; allowed are 1 to 512"),
    ({"output_uri": "/tmp/reports"}, 'output_uri: .*other places need runtime="worker"'),
    ({"output_upload_mode": "Later"}, "output_upload_mode: 'Later'; allowed are 'Continuous', 'EndOfJob'"),
    ({"output_kms_key": "my key"}, "output_kms_key: 'my key'"),
    ({"baseline_constraints": "constraints.json"}, "baseline_constraints: 'constraints.json'"),
    ({"baselining_job_name": "a.b"}, "baselining_job_name: 'a.b'"),
    ({"max_runtime_in_seconds": 86_401}, "max_runtime_in_seconds: 86401; allowed are 1 to 86400"),
    ({"max_runtime_in_seconds": 0}, "max_runtime_in_seconds: 0"),
    ({"environment": {str(i): "x" for i in range(3)}}, "environment: name: '0'"),
    ({"environment": {f"V{i}": "x" for i in range(50)}}, "environment: 50 given; allowed are 0 to 49"),
    ({"environment": {"A": "x" * 257}}, r"environment\['A'\]: .* has 257 characters"),
    ({"container_arguments": ("x",) * 51}, "container_arguments: 51 given; allowed are 1 to 50"),
    ({"container_entrypoint": ()}, "container_entrypoint: 0 given"),
    ({"tags": {f"k{i}": "v" for i in range(51)}}, "tags: 51 given"),
    ({"tags": {"team": "a|b"}}, r"tags: 'a\|b' holds '\|'"),
    ({"source": EndpointInput(endpoint="a/b")}, "endpoint: 'a/b'"),
    ({"source": EndpointInput(endpoint="a", local_path="x" * 257)}, "local_path: .* has 257 characters"),
    ({"source": EndpointInput(endpoint="a", input_mode="file")}, "input_mode: 'file'; allowed are 'File', 'Pipe'"),
    ({"source": EndpointInput(endpoint="a", distribution_type="All")}, "distribution_type: 'All'"),
    ({"source": EndpointInput(endpoint="a", probability_threshold=1.5)}, "probability_threshold: 1.5"),
    ({"source": EndpointInput(endpoint="a", exclude_features_attribute="x" * 101)}, "exclude_features_attribute"),
    ({"source": EndpointInput(endpoint="a", start_time_offset="-P1M")}, "start_time_offset: '-P1M' is not an offset"),
    ({"source": EndpointInput(endpoint="a", end_time_offset="PT1H")}, "end_time_offset: 'PT1H' lies after"),
    (
        {"source": EndpointInput(endpoint="a", start_time_offset="-PT1H", end_time_offset="-PT2H")},
        "end_time_offset: '-PT2H' does not lie after start_time_offset '-PT1H'",
    ),
    (
        {"source": BatchTransformInput(captured_data_uri=LONG, dataset_format=Csv())},
        "captured_data_uri: .* allowed are 1 to 512",
    ),
]


@pytest.mark.parametrize(("further", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_what_sagemaker_would_refuse(further: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        create_definition(definition(**further))


def test_the_problem_is_one_of_three() -> None:
    create_definition(definition("ModelQuality", problem_type="Regression"))
    with pytest.raises(ValueError, match="problem_type: 'Ranking'; allowed are"):
        create_definition(definition("ModelQuality", problem_type="Ranking"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"DataQualityAppSpecification": None}, "JobDefinition: expected exactly one of .*, got none"),
        ({"ModelBiasAppSpecification": {}}, "expected exactly one of .*, got DataQualityApp.*, ModelBiasApp"),
        ({"DataQualityJobInput": {}}, "needs exactly one of EndpointInput and BatchTransformInput"),
        (
            {"DataQualityJobInput": {"EndpointInput": {"EndpointName": "e"}}},
            r"DataQualityJobDefinition\.DataQualityJobInput\.EndpointInput\.LocalPath: is missing",
        ),
        ({"DataQualityJobOutputConfig": {"MonitoringOutputs": []}}, "has 0 elements, and needs exactly one"),
        (
            {
                "DataQualityJobInput": {
                    "BatchTransformInput": {
                        "DataCapturedDestinationS3Uri": "s3://b/c",
                        "LocalPath": "/x",
                        "DatasetFormat": {},
                    }
                }
            },
            "names no format. Choose one of Csv, Json and Parquet",
        ),
    ],
)
def test_a_document_that_is_none(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        JobDefinition.from_api({**definition().to_api(), **changes})


def test_two_scripts_of_one_name_have_no_place(tmp_path: Any) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "script.py").touch()
    both = {
        "record_preprocessor_script": str(tmp_path / "a" / "script.py"),
        "post_analytics_processor_script": str(tmp_path / "b" / "script.py"),
    }
    with pytest.raises(ValueError, match="go to one place"):
        stage_local_scripts(definition(**both), "s3://b/code")
    with pytest.raises(FileNotFoundError, match="record_preprocessor_script: there is no file"):
        stage_local_scripts(definition(record_preprocessor_script=str(tmp_path / "none.py")), "s3://b/code")
