"""A model behind HTTP: healthy, flaky, wrong and gone; every request over a real socket."""

from __future__ import annotations

import json
import socket
import threading
import time
from base64 import b64encode
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.endpoint_predictor import EndpointPredictor
from airflow_model_monitor.jobs.predictors.http_endpoint import HttpEndpoint
from airflow_model_monitor.jobs.predictors.request_format import RequestFormat
from airflow_model_monitor.jobs.predictors.response_format import ResponseFormat
from airflow_model_monitor.jobs.predictors.retry import Retry
from airflow_model_monitor.jobs.predictors.transport import RefusedError
from tests.jobs.model_server import Reply, Request, serving

ROWS = FeatureTable.from_rows(["a", "b"], [[i, i / 2] for i in range(20)])
EXPECTED = (ROWS.matrix().sum(axis=1) / 100).reshape(-1, 1)


def quick(**settings: Any) -> Retry:
    return Retry(first_delay=0.001, longest_delay=0.002, **settings)


def sums(request: Request) -> str:
    """A model that answers (a + b) / 100, one line per line."""
    rows = [map(float, line.split(",")) for line in request.body.decode().split("\n")]
    return "\n".join(str(sum(row) / 100) for row in rows)


def csv_model(url: str, **settings: Any) -> EndpointPredictor:
    endpoint = HttpEndpoint(url, content_type="text/csv", accept_type="text/csv", read_seconds=0.5)
    settings = {"retry": quick(), "max_rows": 8, **settings}
    return EndpointPredictor(endpoint, RequestFormat("text/csv"), ResponseFormat("text/csv"), **settings)


def test_scores_come_in_the_order_of_the_rows() -> None:
    seen: list[int] = []
    with serving(sums) as server, csv_model(server.url, progress=seen.append) as model:
        np.testing.assert_array_equal(model.predict(ROWS), EXPECTED)
    assert [request.path for request in server.requests] == ["/invocations"] * 3
    assert server.requests[0].headers["Content-Type"] == server.requests[0].headers["Accept"] == "text/csv"
    assert seen == [8, 16, 20]


def test_json_with_templates() -> None:
    def answer(request: Request) -> str:
        instances = json.loads(request.body)["instances"]
        return json.dumps({"predictions": [{"score": sum(one["features"]) / 100} for one in instances]})

    request = RequestFormat(
        "application/json", content_template='{"instances":$records}', record_template='{"features":$features}'
    )
    response = ResponseFormat("application/json", probability="predictions[*].score")
    with serving(answer) as server:
        endpoint = HttpEndpoint(f"{server.url}/v2/x", content_type="application/json", accept_type="application/json")
        with EndpointPredictor(endpoint, request, response, max_bytes=120) as model:
            np.testing.assert_array_equal(model.predict(ROWS), EXPECTED)
    assert server.requests[0].path == "/v2/x"
    assert max(len(request.body) for request in server.requests) <= 120
    assert server.requests[0].body.startswith(b'{"instances":[{"features":[0,0.0]},{"features":[1,0.5]}')


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_busy_endpoint_is_asked_again(status: int) -> None:
    left = [2]

    def answer(request: Request) -> Reply | str:
        left[0] -= 1
        return Reply("wait", status) if left[0] >= 0 else sums(request)

    notes: list[str] = []
    with serving(answer) as server, csv_model(server.url, note=notes.append) as model:
        np.testing.assert_array_equal(model.predict(ROWS), EXPECTED)
    assert len(server.requests) == 5
    assert notes == [f"the endpoint {server.url}/invocations answers with HTTP status {status}; asking again"] * 2


def test_a_model_that_takes_few_rows_is_asked_about_few() -> None:
    def answer(request: Request) -> Reply | str:
        return Reply("too many", 413) if request.body.count(b"\n") >= 3 else sums(request)

    with serving(answer) as server, csv_model(server.url) as model:
        np.testing.assert_array_equal(model.predict(ROWS), EXPECTED)
    refused = [request for request in server.requests if request.body.count(b"\n") >= 3]
    assert len(refused) == 2  # 8 rows, then 4; the size found is kept


def test_a_model_that_trips_over_batches_and_then_over_single_rows_recovers() -> None:
    left = [6]

    def answer(request: Request) -> Reply | str:
        left[0] -= 1
        return Reply("oops", 500) if left[0] >= 0 else sums(request)

    with serving(answer) as server, csv_model(server.url) as model:
        np.testing.assert_array_equal(model.predict(ROWS), EXPECTED)


def test_a_record_the_model_refuses_is_named() -> None:
    def answer(request: Request) -> Reply | str:
        return Reply("cannot read 13", 400) if b"13," in request.body else sums(request)

    with serving(answer) as server, csv_model(server.url) as model, pytest.raises(ContractError) as error:
        model.predict(ROWS)
    assert f"the endpoint {server.url}/invocations answers with HTTP status 400" in str(error.value)
    assert "it says 'cannot read 13'; asked about '13,6.5'" in str(error.value)


def test_an_endpoint_that_stays_down_ends_the_job() -> None:
    with serving(lambda request: Reply("down for maintenance", 503)) as server:
        model = csv_model(server.url, retry=quick(attempts=4))
        with model, pytest.raises(ContractError, match=r"status 503 \(4 attempts failed\); it says 'down for main"):
            model.predict(ROWS)
    assert len(server.requests) == 4


def test_an_endpoint_that_goes_away_in_the_middle_ends_the_job() -> None:
    left = [2]

    def answer(request: Request) -> Reply | str:
        left[0] -= 1
        return sums(request) if left[0] >= 0 else Reply("gone", 503)

    refused = pytest.raises(ContractError, match="Nothing was published")
    with serving(answer) as server, csv_model(server.url, retry=quick(attempts=2)) as model, refused:
        model.predict(ROWS)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        refused = pytest.raises(ContractError, match=r"cannot be reached .* \(2 attempts failed\)")
        with csv_model(url, retry=quick(attempts=2)) as model, refused:
            model.predict(ROWS)


def test_an_endpoint_that_answers_in_drops() -> None:
    with socket.create_server(("127.0.0.1", 0)) as dripping:
        url = f"http://127.0.0.1:{dripping.getsockname()[1]}"
        endpoint = HttpEndpoint(url, content_type="text/csv", accept_type="text/csv", read_seconds=0.2)

        def drip() -> None:
            client, _ = dripping.accept()
            with client, suppress(OSError):
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while True:
                    client.sendall(b"1")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(RefusedError, match="did not answer in time"):
            endpoint.send(b"1,2")
        endpoint.close()
        thread.join()


def test_an_endpoint_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        endpoint = HttpEndpoint(url, content_type="text/csv", accept_type="text/csv", read_seconds=0.05)
        model = EndpointPredictor(
            endpoint, RequestFormat("text/csv"), ResponseFormat("text/csv"), retry=quick(attempts=2), max_rows=2
        )
        with model, pytest.raises(ContractError, match=r"did not answer in time \(2 attempts failed\)"):
            model.predict(ROWS)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("0.1\n0.2", "text/csv holds 2 predictions for 8 records; it says '0.1 0.2'"),
        ("\n".join(["0.1"] * 7 + ["NaN"]), "text/csv for record 8 of 8 holds nan, which is no score"),
        (
            "\n".join(["0.1"] * 7 + ["who knows"]),
            "text/csv for record 8 of 8 holds the text 'who knows', which is no score",
        ),
        (
            "<html>\n" * 8,
            "text/csv for record 1 of 8 holds the text '<html>', which is no score; it says '<html>'; asked",
        ),
        (b"\xff\xfe", "text/csv is not UTF-8"),
    ],
)
def test_an_answer_that_is_none_ends_the_job_at_once(answer: str | bytes, message: str) -> None:
    with (
        serving(lambda request: answer) as server,
        csv_model(server.url) as model,
        pytest.raises(ContractError) as error,
    ):
        model.predict(ROWS)
    assert f"the endpoint {server.url}/invocations does not answer as expected: its {message}" in str(error.value)
    assert len(server.requests) == 1


def test_answers_of_different_width_end_the_job() -> None:
    def answer(request: Request) -> str:
        return "\n".join(["0.1,0.9" if b"8,4.0" in request.body else "0.1"] * (request.body.count(b"\n") + 1))

    refused = pytest.raises(ContractError, match="is not of one mind: one request was answered with 1 scores")
    with serving(answer) as server, csv_model(server.url) as model, refused:
        model.predict(ROWS)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply("", 401), "401: the endpoint wants credentials"),
        (Reply("not here", 404), "404: there is nothing at this address; it says 'not here'"),
        (Reply("", 415), "415: the endpoint does not take predictor.content_type"),
        (Reply("", 302, {"Location": "http://other/"}), "302, a redirection to http://other/"),
    ],
)
def test_what_asking_again_does_not_mend(reply: Reply, message: str) -> None:
    refused = pytest.raises(ContractError, match=r"predictor\.endpoint_url")
    with serving(lambda request: reply) as server, csv_model(server.url) as model, refused as error:
        model.predict(ROWS)
    assert message in str(error.value)
    assert len(server.requests) == 1


def test_credentials_go_into_a_header_and_into_no_message() -> None:
    with serving(lambda request: Reply("", 403)) as server:
        url = server.url.replace("http://", "http://me:secret@")
        with csv_model(url) as model, pytest.raises(ContractError) as error:
            model.predict(ROWS)
    assert server.requests[0].headers["Authorization"] == f"Basic {b64encode(b'me:secret').decode()}"
    assert "secret" not in str(error.value)
    assert "secret" not in model.name


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://host/", "http://", "s3://bucket/key", "http://[::1/"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ContractError, match="is no http or https address"):
        HttpEndpoint(url, content_type="text/csv", accept_type="text/csv")


def test_labels_of_text_cannot_be_explained() -> None:
    response = ResponseFormat("text/csv", label=0)
    with serving(lambda request: "\n".join(["yes"] * 20)) as server:
        endpoint = HttpEndpoint(server.url, content_type="text/csv", accept_type="text/csv")
        with EndpointPredictor(endpoint, RequestFormat("text/csv"), response) as model:
            assert model.predictions(ROWS).labels.tolist() == ["yes"] * 20  # type: ignore[union-attr]
            with pytest.raises(ContractError, match="answers the label 'yes', and only numbers can be explained"):
                model.predict(ROWS)
