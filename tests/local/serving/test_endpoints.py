"""Endpoints that answer and capture, asked by AWS's client."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from airflow_model_monitor.contract.captured_data import CapturedRecord, parse_captured_line
from tests.jobs.model_server import ModelServer, Reply, Request, serving
from tests.jobs.predictors.test_onnx_model import built, classifier, linear
from tests.local.traffic import put
from tests.local_aws import BUCKET, ROLE, START, Client, local_aws

CAPTURE: dict[str, Any] = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
}


def doubled(request: Request) -> Reply:
    """A model that doubles the first value of a CSV record."""
    if request.body == b"fail":
        return Reply("out of range", status=422)
    first = float(request.body.decode().split(",")[0])
    return Reply(f"{2 * first}\n", headers={"Content-Type": "text/csv; charset=utf-8"})


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(doubled) as found:
        yield found


def deploy(aws: Client, name: str = "churn", capture: dict[str, Any] | None = None, **container: Any) -> None:
    sagemaker = aws.sagemaker
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "img", **container})
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": "ml.m6i.large",
        "InitialInstanceCount": 1,
    }
    given = {} if capture is None else {"DataCaptureConfig": capture}
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], **given)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def invoke(aws: Client, body: bytes | str, name: str = "churn", **given: Any) -> Any:
    return aws.client("sagemaker-runtime").invoke_endpoint(
        **{"EndpointName": name, "Body": body, "ContentType": "text/csv", **given}
    )


def captured(aws: Client, prefix: str = "capture/churn/AllTraffic/") -> dict[str, list[CapturedRecord]]:
    """Records by key. Moving the clock by nothing writes what is gathered."""
    aws.advance("PT0S")
    found = aws.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
    bodies = {one["Key"]: aws.s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read() for one in found}
    return {key: [parse_captured_line(line) for line in body.splitlines()] for key, body in bodies.items()}


def test_requests_reach_the_model_and_are_captured(aws: Client, server: ModelServer) -> None:
    aws.make_bucket()
    deploy(aws, capture=CAPTURE, Environment={"endpoint_url": server.url})
    answer = invoke(aws, "21,x", InferenceId="order-1", CustomAttributes="tenant=7", Accept="text/csv")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"42.0\n", "text/csv; charset=utf-8")
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert server.requests[0].headers["X-Amzn-SageMaker-Custom-Attributes"] == "tenant=7"
    invoke(aws, "5,y")
    ((key, (first, second)),) = captured(aws).items()
    assert key.startswith("capture/churn/AllTraffic/2026/01/01/00/00-00-000-")
    assert key.endswith(".jsonl")
    metadata = first.event_metadata
    assert (metadata.inference_id, metadata.custom_attributes) == ("order-1", ("tenant=7",))
    assert metadata.inference_time == START.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert first.endpoint_input is not None
    assert (first.endpoint_input.data, first.endpoint_input.encoding, first.endpoint_input.observed_content_type) == (
        "21,x", "CSV", "text/csv",
    )  # fmt: skip
    assert first.endpoint_output is not None
    assert first.endpoint_output.observed_content_type == "text/csv; charset=utf-8"
    assert second.event_metadata.inference_id is None
    assert second.event_metadata.event_id != metadata.event_id


def test_each_hour_has_its_folder(aws: Client, server: ModelServer) -> None:
    aws.make_bucket()
    deploy(aws, capture=CAPTURE, Environment={"ENDPOINT_URL": server.url})
    invoke(aws, "1")
    aws.advance("PT2H30M")
    invoke(aws, "2")
    assert [key.split("AllTraffic/")[1][:19] for key in captured(aws)] == ["2026/01/01/00/00-00", "2026/01/01/02/30-00"]


def test_only_what_is_asked_for_is_captured(aws: Client, server: ModelServer) -> None:
    aws.make_bucket()
    only_output = {**CAPTURE, "CaptureOptions": [{"CaptureMode": "Output"}]}
    del only_output["CaptureContentTypeHeader"]
    deploy(aws, "outputs", only_output, Environment={"endpoint_url": server.url})
    deploy(aws, "none", {**CAPTURE, "InitialSamplingPercentage": 0}, Environment={"endpoint_url": server.url})
    deploy(aws, "off", {**CAPTURE, "EnableCapture": False}, Environment={"endpoint_url": server.url})
    deploy(aws, "plain", None, Environment={"endpoint_url": server.url})
    for name in ("outputs", "none", "off", "plain"):
        invoke(aws, "3", name)
    ((key, (record,)),) = captured(aws, "capture/").items()
    assert key.startswith("capture/outputs/")
    assert record.endpoint_input is None
    assert record.endpoint_output is not None
    # A type the configuration does not list is captured in base64.
    assert (record.endpoint_output.encoding, record.endpoint_output.payload()) == ("BASE64", b"6.0\n")
    assert base64.b64decode(record.endpoint_output.data) == b"6.0\n"


def test_a_share_of_the_traffic(aws: Client, server: ModelServer) -> None:
    aws.make_bucket()
    deploy(aws, capture={**CAPTURE, "InitialSamplingPercentage": 50}, Environment={"endpoint_url": server.url})
    client = aws.client("sagemaker-runtime")
    for number in range(60):
        client.invoke_endpoint(EndpointName="churn", Body=f"{number}", ContentType="text/csv")
    assert 10 <= sum(len(records) for records in captured(aws).values()) <= 50


def test_a_models_failure_is_the_callers(aws: Client, server: ModelServer) -> None:
    aws.make_bucket()
    deploy(aws, capture=CAPTURE, Environment={"endpoint_url": server.url})
    with pytest.raises(ClientError) as failed:
        invoke(aws, "fail")
    response = failed.value.response
    assert (response["Error"]["Code"], response["OriginalStatusCode"]) == ("ModelError", 422)
    assert response["OriginalMessage"] == "out of range"
    assert response["Error"]["Message"].startswith('Received client error (422) from AllTraffic with message "out of')
    deploy(aws, "nowhere", Environment={"endpoint_url": "http://127.0.0.1:9"})
    with pytest.raises(ClientError, match="cannot be reached"):
        invoke(aws, "1", "nowhere")
    deploy(aws, "nothing")
    with pytest.raises(ClientError, match="endpoint_url"):
        invoke(aws, "1", "nothing")
    assert captured(aws) == {}


def test_an_onnx_file_answers(aws: Client) -> None:
    aws.make_bucket()
    aws.s3.put_object(Bucket=BUCKET, Key="models/linear.onnx", Body=linear())
    deploy(aws, "linear", ModelDataUrl=f"s3://{BUCKET}/models/linear.onnx")
    assert invoke(aws, "1,0.5\n2,0.25\n", "linear")["Body"].read() == b"0.0\n0.75\n"
    instances = json.dumps({"instances": [{"features": [2, 0.25]}]})
    answer = invoke(aws, instances, "linear", ContentType="application/json")
    assert json.loads(answer["Body"].read()) == {"predictions": [{"score": 0.75}]}
    lines = invoke(aws, '{"features": [1, 0.5]}\n[2, 0.25]\n', "linear", ContentType="application/jsonlines")
    assert [json.loads(line)["score"] for line in lines["Body"].read().splitlines()] == [0.0, 0.75]
    with pytest.raises(ClientError) as failed:
        invoke(aws, "1,2,3", "linear")
    assert failed.value.response["OriginalStatusCode"] == 400


def test_a_model_of_one_input_per_feature_is_asked_by_position(aws: Client) -> None:
    aws.make_bucket()
    inputs = {"city": ("STRING", [None, 1]), "b": ("FLOAT", [None, 1])}
    nodes = [("Identity", ["city"], ["label"]), ("Identity", ["b"], ["score"])]
    outputs = {"label": ("STRING", [None, 1]), "score": ("FLOAT", [None, 1])}
    aws.s3.put_object(Bucket=BUCKET, Key="two.onnx", Body=built(nodes, inputs, outputs))
    deploy(aws, "two", ModelDataUrl=f"s3://{BUCKET}/two.onnx")
    assert invoke(aws, "Oslo,0.5\nRome,0.25\n", "two")["Body"].read() == b"Oslo,0.5\nRome,0.25\n"
    with pytest.raises(ClientError, match="1 values a record, and the model takes 2: city, b"):
        invoke(aws, "Oslo", "two")


def test_a_training_jobs_archive_answers_labels_and_probabilities(aws: Client) -> None:
    aws.make_bucket()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        entry = tarfile.TarInfo("model.onnx")
        entry.size = len(classifier())
        archive.addfile(entry, io.BytesIO(classifier()))
    aws.s3.put_object(Bucket=BUCKET, Key="model.tar.gz", Body=stream.getvalue())
    uri = f"s3://{BUCKET}/model.tar.gz"
    deploy(aws, "both", ModelDataUrl=uri)
    deploy(aws, "label", ModelDataUrl=uri, Environment={"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label"})
    label, probability = invoke(aws, "1,0.5", "both")["Body"].read().decode().strip().split(",")
    assert label in ("0", "1")
    assert 0 < float(probability) < 1
    assert invoke(aws, "1,0.5", "label")["Body"].read().decode().strip() == label


def test_endpoints_as_the_api_has_them(aws: Client, server: ModelServer) -> None:
    sagemaker = aws.sagemaker
    deploy(aws, capture=CAPTURE, Environment={"endpoint_url": server.url})
    shown = sagemaker.describe_endpoint(EndpointName="churn")
    assert (shown["EndpointStatus"], shown["CreationTime"]) == ("InService", START)
    assert shown["DataCaptureConfig"] == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{BUCKET}/capture",
    }
    assert shown["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    config = sagemaker.describe_endpoint_config(EndpointConfigName="churn")
    assert config["DataCaptureConfig"]["CaptureOptions"] == CAPTURE["CaptureOptions"]
    variant = {**config["ProductionVariants"][0]}
    sagemaker.create_endpoint_config(EndpointConfigName="quiet", ProductionVariants=[variant])
    sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="quiet")
    updated = sagemaker.describe_endpoint(EndpointName="churn")
    assert updated["EndpointConfigName"] == "quiet"
    assert "DataCaptureConfig" not in updated
    assert [one["EndpointName"] for one in sagemaker.list_endpoints()["Endpoints"]] == ["churn"]
    sagemaker.add_tags(ResourceArn=shown["EndpointArn"], Tags=[{"Key": "team", "Value": "credit"}])
    assert sagemaker.list_tags(ResourceArn=shown["EndpointArn"])["Tags"] == [{"Key": "team", "Value": "credit"}]
    # An endpoint outlives what it was made of.
    for name in ("churn", "quiet"):
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
    sagemaker.delete_model(ModelName="churn")
    assert invoke(aws, "2")["Body"].read() == b"4.0\n"
    sagemaker.delete_endpoint(EndpointName="churn")
    with pytest.raises(ClientError, match="Endpoint churn of account 123456789012 not found"):
        invoke(aws, "1")


def test_an_endpoint_takes_its_time_where_it_is_told_to() -> None:
    with local_aws(endpoint_start=3600) as aws:
        aws.make_bucket()
        aws.make_endpoint()
        listed = aws.sagemaker.list_endpoints(StatusEquals="Creating")["Endpoints"]
        assert [one["EndpointName"] for one in listed] == ["churn"]
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            aws.sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="churn")
    with local_aws(endpoint_start=1) as aws:
        aws.make_bucket()
        aws.make_endpoint()
        waiter = aws.sagemaker.get_waiter("endpoint_in_service")
        waiter.wait(EndpointName="churn", WaiterConfig={"Delay": 0.2, "MaxAttempts": 100})
        aws.sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="churn")
        assert aws.sagemaker.describe_endpoint(EndpointName="churn")["EndpointStatus"] == "Updating"


@pytest.mark.parametrize(
    ("call", "arguments", "said"),
    [
        (
            "describe_endpoint",
            {"EndpointName": "x"},
            'Could not find endpoint "arn:aws:sagemaker:us-west-2:123456789012',
        ),
        ("describe_model", {"ModelName": "x"}, "Could not find model"),
        ("delete_endpoint_config", {"EndpointConfigName": "x"}, "Could not find endpoint configuration"),
        ("create_endpoint", {"EndpointName": "x", "EndpointConfigName": "x"}, "Could not find endpoint configuration"),
        ("create_model", {"ModelName": "bad name", "ExecutionRoleArn": ROLE}, "regular expression pattern"),
        ("create_model", {"ModelName": "churn", "ExecutionRoleArn": ROLE}, "Cannot create already existing model"),
        ("update_endpoint", {"EndpointName": "churn", "EndpointConfigName": "x"}, "Could not find endpoint config"),
    ],
)
def test_what_is_refused(aws: Client, call: str, arguments: dict[str, Any], said: str) -> None:
    aws.make_endpoint(capture=None)
    with pytest.raises(ClientError, match=said) as refused:
        getattr(aws.sagemaker, call)(**arguments)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_traffic_is_split_by_weights(aws: Client, server: ModelServer) -> None:
    sagemaker = aws.sagemaker
    for name in ("old", "new"):
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            PrimaryContainer={"Image": "img", "Environment": {"endpoint_url": server.url}},
        )
    variants = [
        {"VariantName": name, "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        for name in ("old", "new")
    ]
    variants[1]["InitialVariantWeight"] = 0
    sagemaker.create_endpoint_config(EndpointConfigName="two", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName="two", EndpointConfigName="two")
    assert {invoke(aws, "1", "two")["InvokedProductionVariant"] for _ in range(5)} == {"old"}
    assert invoke(aws, "1", "two", TargetVariant="new")["InvokedProductionVariant"] == "new"
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="two",
        DesiredWeightsAndCapacities=[
            {"VariantName": "old", "DesiredWeight": 0},
            {"VariantName": "new", "DesiredWeight": 1},
        ],
    )
    assert {invoke(aws, "1", "two")["InvokedProductionVariant"] for _ in range(5)} == {"new"}


def test_traffic_without_a_bucket_is_answered_all_the_same(aws: Client, server: ModelServer) -> None:
    deploy(aws, capture=CAPTURE, Environment={"endpoint_url": server.url})
    assert invoke(aws, "4")["Body"].read() == b"8.0\n"
    aws.advance("PT0S")
    aws.make_bucket()
    put(aws, "x", "y")
