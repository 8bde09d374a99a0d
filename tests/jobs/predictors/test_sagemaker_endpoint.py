"""InvokeEndpoint through a real boto3 client, answered by a server on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Self

import boto3
import pytest

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.endpoint_predictor import EndpointPredictor
from airflow_model_monitor.jobs.predictors.request_format import RequestFormat
from airflow_model_monitor.jobs.predictors.response_format import ResponseFormat
from airflow_model_monitor.jobs.predictors.retry import Retry
from airflow_model_monitor.jobs.predictors.sagemaker_endpoint import SageMakerEndpoint
from tests.jobs.model_server import Answer, ModelServer, Reply, Request, serving

ROWS = FeatureTable.from_rows(["a", "b"], [[i, 1] for i in range(6)])
SESSION = boto3.Session("key", "secret", region_name="eu-west-1")


def failure(status: int, code: str, **more: Any) -> Reply:
    return Reply(
        json.dumps({"Message": f"{code} happened", **more}),
        status,
        {"x-amzn-ErrorType": code, "Content-Type": "application/json"},
    )


def sums(request: Request) -> str:
    rows = [map(float, line.split(",")) for line in request.body.decode().split("\n")]
    return "\n".join(str(sum(row)) for row in rows)


class Asking:
    """A predictor of a SageMaker endpoint whose service is a local server."""

    def __init__(self, answer: Answer) -> None:
        self._serving = serving(answer)

    def __enter__(self) -> Self:
        self.server: ModelServer = self._serving.__enter__()
        endpoint = SageMakerEndpoint(
            "delays",
            content_type="text/csv",
            accept_type="text/csv",
            custom_attributes="trace=1",
            target_model="a.tar.gz",
            session=SESSION,
            endpoint_url=self.server.url,
            read_seconds=1.0,
        )
        retry = Retry(attempts=3, first_delay=0.001)
        self.model = EndpointPredictor(
            endpoint, RequestFormat("text/csv"), ResponseFormat("text/csv"), retry=retry, max_rows=4
        )
        return self

    def __exit__(self, *error: object) -> None:
        self.model.close()
        self._serving.__exit__(None, None, None)


def test_the_request_is_the_service_s() -> None:
    with Asking(sums) as asking:
        assert asking.model.predict(ROWS).tolist() == [[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]
    first = asking.server.requests[0]
    assert first.path == "/endpoints/delays/invocations"
    assert first.body == b"0,1\n1,1\n2,1\n3,1"
    sent = {name.lower(): value for name, value in first.headers.items()}
    assert sent["content-type"] == sent["accept"] == "text/csv"
    assert sent["x-amzn-sagemaker-custom-attributes"] == "trace=1"
    assert sent["x-amzn-sagemaker-target-model"] == "a.tar.gz"
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")


def flaky(*replies: Reply) -> Answer:
    left: Iterator[Reply] = iter(replies)

    def answer(request: Request) -> Reply | str:
        return next(left, None) or sums(request)

    return answer


@pytest.mark.parametrize(
    "reply",
    [
        failure(400, "ThrottlingException"),
        failure(429, "ModelNotReadyException"),
        failure(503, "ServiceUnavailable"),
        failure(500, "InternalFailure"),
        failure(530, "InternalDependencyException"),
        failure(424, "ModelError", OriginalStatusCode=500, OriginalMessage="oops"),
    ],
)
def test_what_passes_is_asked_again(reply: Reply) -> None:
    with Asking(flaky(reply)) as asking:
        assert asking.model.predict(ROWS).tolist()[-1] == [6.0]


def test_a_model_error_leads_to_smaller_requests() -> None:
    refusal = failure(424, "ModelError", OriginalStatusCode=413, OriginalMessage="too large")

    def answer(request: Request) -> Reply | str:
        return refusal if request.body.count(b"\n") > 1 else sums(request)

    with Asking(answer) as asking:
        assert len(asking.model.predict(ROWS)) == 6
    assert [request.body.count(b"\n") + 1 for request in asking.server.requests] == [4, 2, 2, 2]


def test_a_record_the_model_refuses_is_named() -> None:
    refusal = failure(424, "ModelError", OriginalStatusCode=400, OriginalMessage="cannot read this")
    with Asking(lambda request: refusal) as asking, pytest.raises(ContractError) as error:
        asking.model.predict(ROWS)
    assert "the endpoint delays answers with HTTP status 400 of the model; it says 'cannot read this'" in str(
        error.value
    )
    assert "asked about '0,1'" in str(error.value)


def test_a_throttled_job_gives_up() -> None:
    refused = pytest.raises(ContractError, match=r"answers with TooManyRequestsException \(3 attempts failed\)")
    with Asking(lambda request: failure(429, "TooManyRequestsException")) as asking, refused:
        asking.model.predict(ROWS)
    assert len(asking.server.requests) == 3  # boto3 does not retry beside


@pytest.mark.parametrize("reply", [failure(400, "ValidationError"), failure(403, "AccessDeniedException")])
def test_what_asking_again_does_not_mend(reply: Reply) -> None:
    refused = pytest.raises(ContractError, match=r"field predictor\.endpoint_name: the endpoint delays answers with")
    with Asking(lambda request: reply) as asking, refused:
        asking.model.predict(ROWS)
    assert len(asking.server.requests) == 1


def test_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ContractError, match=r"the endpoint delays cannot be asked .*region"):
        SageMakerEndpoint("delays", content_type="text/csv", accept_type="text/csv", session=boto3.Session("k", "s"))
