"""The server's WSGI application: our operations of SageMaker and our own addresses, all others moto's.

moto dispatches SageMaker's operations by name onto a class of its own, which would have to be patched; ours are told
from a request's ``X-Amz-Target`` before moto sees it, so that nothing of moto is changed.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import threading
import traceback
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.actions import (
    Action,
    endpoint_configs,
    endpoints,
    job_definitions,
    models,
    monitoring_alerts,
    monitoring_executions,
    monitoring_schedules,
    processing_jobs,
    tags,
    training_jobs,
)
from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.local.service_model import answer, check_request

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
OPERATIONS: Final[Mapping[str, Action]] = {
    **job_definitions.ACTIONS,
    **monitoring_schedules.ACTIONS,
    **monitoring_executions.ACTIONS,
    **monitoring_alerts.ACTIONS,
    **processing_jobs.ACTIONS,
    **training_jobs.ACTIONS,
    **models.ACTIONS,
    **endpoint_configs.ACTIONS,
    **endpoints.ACTIONS,
    **tags.ACTIONS,
}
_TARGET: Final = "SageMaker."
_CREDENTIAL: Final = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
_JSON: Final = "application/x-amz-json-1.1"
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Server Error",
    503: "Not Ready",
}


class Application:
    """What answers requests.

    :param aws: whose resources they are about
    """

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._moto: Any = None
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        for answerer in self._aws.answerers:
            if (answered := answerer(environ, start_response)) is not None:
                return answered
        route = self._aws.routes.get(environ.get("PATH_INFO", ""))
        if route is not None:
            return self._own(route, environ, start_response)
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        operation = target.removeprefix(_TARGET)
        if target.startswith(_TARGET) and operation in OPERATIONS:
            body = _body(environ)
            if operation not in tags.ACTIONS or _tags_ours(body):
                return self._sagemaker(operation, environ, body, start_response)
        _unpack(environ)
        answer: Iterable[bytes] = self.moto()(environ, start_response)
        return answer

    def moto(self) -> Any:
        """moto's application, imported when it is first needed, with what wraps it."""
        with self._lock:
            if self._moto is None:
                from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

                application: Any = DomainDispatcherApplication(create_backend_app)
                for wrap in self._aws.before_moto:
                    application = wrap(application)
                self._moto = application
            return self._moto

    def _sagemaker(
        self, operation: str, environ: Mapping[str, Any], body: bytes, start_response: StartResponse
    ) -> Iterable[bytes]:
        try:
            request = _parsed(body)
            check_request(operation, request)
            result = answer(operation, OPERATIONS[operation](self._aws, _region(environ), request))
        except ServiceError as error:
            return _answer(start_response, error.status, _error(error), error.code)
        except Exception as error:  # noqa: BLE001 - a server answers whatever happens
            traceback.print_exc(file=sys.stderr)
            failure = ServiceError("InternalFailure", f"{type(error).__name__}: {error}", 500)
            return _answer(start_response, 500, _error(failure), failure.code)
        return _answer(start_response, 200, result)

    def _own(self, route: Any, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            status, document = route(environ, environ.get("REQUEST_METHOD", "GET"), _body(environ))
        except ServiceError as error:
            status, document = error.status, _error(error)
        except Exception as error:  # noqa: BLE001 - a server answers whatever happens
            traceback.print_exc(file=sys.stderr)
            status, document = 500, {"message": f"{type(error).__name__}: {error}"}
        return _answer(start_response, status, document, content_type="application/json")


def _tags_ours(body: bytes) -> bool:
    """Whether a request about tags is of our resources; one that cannot be read is for us to refuse."""
    try:
        return tags.is_ours(_parsed(body).get("ResourceArn"))
    except ServiceError:
        return True


def _unpack(environ: dict[str, Any]) -> None:
    """Unpack a packed PutMetricData, which some releases of moto unpack twice."""
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip" and "/monitoring/aws4_request" in environ.get(
        "HTTP_AUTHORIZATION", ""
    ):
        body = gzip.decompress(_body(environ))
        del environ["HTTP_CONTENT_ENCODING"]
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _region(environ: Mapping[str, Any]) -> str:
    match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    return match[1] if match else "us-east-1"


def _body(environ: dict[str, Any]) -> bytes:
    """The request's body, which stays readable for who comes next."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", f"The request is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise ServiceError("SerializationException", "The request is not a JSON object")
    return document


def _error(error: ServiceError) -> dict[str, str]:
    return {"__type": error.code, "message": error.message, "Message": error.message}


def _answer(
    start_response: StartResponse,
    status: int,
    document: Any,
    code: str | None = None,
    content_type: str = _JSON,
) -> Iterable[bytes]:
    body = json.dumps(document).encode()
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", str(uuid.uuid4())),
    ]
    if code is not None:
        headers.append(("x-amzn-ErrorType", code))
    start_response(f"{status} {_REASONS.get(status, 'Unknown')}", headers)
    return [body]
