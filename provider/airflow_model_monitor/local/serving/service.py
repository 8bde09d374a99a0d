"""Serving as a part of the local SageMaker: ``InvokeEndpoint``, and models by address for Clarify's jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.local.serving.capture import Capture
from airflow_model_monitor.local.serving.container import ContainerError
from airflow_model_monitor.local.serving.invocation import Invocations, ModelError, Models, request_id
from airflow_model_monitor.local.serving.resources import MODEL, Resources

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_ENDPOINT: Final = re.compile(r"/endpoints/([^/]+)/invocations")
_MODEL: Final = re.compile(r"/_model_monitor/models/([^/]+)/([^/]+)/invocations")
_CREDENTIAL: Final = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
_HEADERS: Final = (
    "Accept",
    *(
        f"X-Amzn-SageMaker-{name}"
        for name in ("Custom-Attributes", "Target-Model", "Target-Variant", "Target-Container-Hostname", "Inference-Id")
    ),
)
_REASONS: Final = {200: "OK", 400: "Bad Request", 413: "Payload Too Large", 424: "Failed Dependency"}


class Serving:
    """Endpoints that answer.

    :param aws: the local SageMaker this belongs to
    """

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self.capture = Capture(aws)
        self._models = Models(aws)
        self._invocations = Invocations(aws, self._models, self.capture)
        aws.answerers.append(self._answered)
        aws.before_move.append(self.capture.flush)
        aws.model_url = self.model_url

    def start(self) -> None:
        """Begin to write what is captured."""
        self.capture.start()

    def stop(self) -> None:
        """Write what was captured."""
        self.capture.stop()

    def model_url(self, region: str, model: str) -> str | None:
        """Where a model answers by itself, without an endpoint; None where there is no such model."""
        if Resources(self._aws, MODEL).find(region, model) is None:
            return None
        return f"{self._aws.url}/_model_monitor/models/{quote(region)}/{quote(model)}/invocations"

    def _answered(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes] | None:
        path = environ.get("PATH_INFO", "")
        if environ.get("REQUEST_METHOD") != "POST":
            return None
        if found := _ENDPOINT.fullmatch(path):
            return self._invoke(unquote(found[1]), environ, start_response)
        if found := _MODEL.fullmatch(path):
            return self._ask(unquote(found[1]), unquote(found[2]), environ, start_response)
        return None

    def _invoke(self, name: str, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        region = match[1] if match else "us-east-1"
        try:
            answer, variant = self._invocations.invoke(region, name, _body(environ), _headers(environ))
        except ServiceError as error:
            return _refused(start_response, error)
        headers = {"Content-Type": answer.content_type, "x-Amzn-Invoked-Production-Variant": variant}
        if answer.custom_attributes:
            headers["X-Amzn-SageMaker-Custom-Attributes"] = answer.custom_attributes
        return _sent(start_response, 200, headers, answer.body)

    def _ask(self, region: str, model: str, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            body = _body(environ)
            document = Resources(self._aws, MODEL).get(region, model)
            answer = self._models.answer(region, document, body, _headers(environ))
        except ServiceError as error:
            return _refused(start_response, error)
        except ContainerError as error:
            return _sent(start_response, 500, {"Content-Type": "text/plain"}, str(error).encode())
        return _sent(start_response, answer.status, {"Content-Type": answer.content_type}, answer.body)


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    found = {"Content-Type": environ.get("CONTENT_TYPE") or ""}
    for name in _HEADERS:
        value = environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        if value:
            found[name] = value
    return found


def _body(environ: Mapping[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def _refused(start_response: StartResponse, error: ServiceError) -> Iterable[bytes]:
    document: dict[str, Any] = {"message": error.message, "Message": error.message}
    if isinstance(error, ModelError):
        document |= {
            "OriginalMessage": error.original_message,
            "OriginalStatusCode": error.original_status,
            "LogStreamArn": error.log_stream_arn,
        }
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
    return _sent(start_response, error.status, headers, json.dumps(document).encode())


def _sent(start_response: StartResponse, status: int, headers: Mapping[str, str], body: bytes) -> Iterable[bytes]:
    sent = {**headers, "Content-Length": str(len(body)), "x-amzn-RequestId": request_id()}
    start_response(f"{status} {_REASONS.get(status, 'Answer')}", list(sent.items()))
    return [body]
