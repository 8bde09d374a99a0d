"""``InvokeEndpoint``: a request to an endpoint's variant, its model's answer, and what is captured of both."""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.local.serving.capture import Capture, Exchange
from airflow_model_monitor.local.serving.container import Answer, Container, ContainerError, open_container
from airflow_model_monitor.local.serving.resources import CONFIG, ENDPOINT, MODELS, Resources

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

LONGEST_BODY: Final = 6_291_456
"""Bytes InvokeEndpoint takes."""


class ModelError(ServiceError):
    """The model did not answer with success; HTTP status 424, as the service has it."""

    def __init__(self, endpoint: str, region: str, account: str, variant: str, status: int, said: str) -> None:
        group = f"/aws/sagemaker/Endpoints/{endpoint}"
        kind = "client" if 400 <= status < 500 else "server"
        super().__init__(
            "ModelError",
            f'Received {kind} error ({status}) from {variant} with message "{said}". See '
            f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={group} in "
            f"account {account} for more information.",
            424,
        )
        self.original_status, self.original_message = status, said
        self.log_stream_arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"


class Models:
    """Models that answer, opened when they are first asked and again when they were made anew."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._open: dict[str, list[Container]] = {}
        self._lock = threading.Lock()

    def answer(self, region: str, model: Mapping[str, Any], body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer of a model; of several containers each is asked with the answer of the one before.

        :param model: as it is kept
        :raises ContainerError: it cannot answer
        """
        answer = Answer(200, headers.get("Content-Type") or "application/octet-stream", body)
        for container in self._containers(region, model):
            answer = container.answer(answer.body, {**headers, "Content-Type": answer.content_type})
            if answer.status >= 400:
                return answer
        return answer

    def _containers(self, region: str, model: Mapping[str, Any]) -> list[Container]:
        primary = model.get("PrimaryContainer")
        stated = [primary] if primary else model.get("Containers") or [{}]
        key = json.dumps([region, model["ModelName"], model["CreationTime"], stated])
        with self._lock:
            if key not in self._open:
                self._open[key] = [open_container(self._aws, region, one) for one in stated]
            return self._open[key]


class Invocations:
    """Answers ``InvokeEndpoint``.

    :param capture: takes what passes
    """

    def __init__(self, aws: LocalAws, models: Models, capture: Capture) -> None:
        self._aws, self._models, self._capture = aws, models, capture
        self._random = random.Random()

    def invoke(self, region: str, name: str, body: bytes, headers: Mapping[str, str]) -> tuple[Answer, str]:
        """The answer of an endpoint, and the variant that gave it.

        :param headers: ``Content-Type``, ``Accept`` and those that begin with ``X-Amzn-SageMaker-``
        :raises ServiceError: no such endpoint, or the model did not answer
        """
        endpoint = Resources(self._aws, ENDPOINT).find(region, name)
        if endpoint is None:
            raise ServiceError("ValidationError", f"Endpoint {name} of account {self._aws.account} not found.")
        if len(body) > LONGEST_BODY:
            raise ServiceError("ValidationError", f"Request body of {len(body)} bytes exceeds {LONGEST_BODY}.", 413)
        variant = self._variant(endpoint, headers.get("X-Amzn-SageMaker-Target-Variant"))
        config = endpoint[CONFIG]
        model = endpoint[MODELS].get(variant)
        if model is None:
            raise ServiceError(
                "ValidationError", f"Variant {variant} of endpoint {name} has no model that can be asked."
            )
        inference_id = headers.get("X-Amzn-SageMaker-Inference-Id")
        try:
            answer = self._models.answer(region, model, body, headers)
        except ContainerError as error:
            raise self._error(name, region, variant, error.status, str(error)) from error
        if answer.status >= 400:
            said = answer.body.decode("utf-8", "replace")[:1000]
            raise self._error(name, region, variant, answer.status, said)
        exchange = Exchange(
            request=body,
            request_type=headers.get("Content-Type") or "application/octet-stream",
            answer=answer.body,
            answer_type=answer.content_type,
            inference_id=inference_id,
            custom_attributes=headers.get("X-Amzn-SageMaker-Custom-Attributes"),
        )
        self._capture.take(region, name, variant, config.get("DataCaptureConfig") or {}, exchange)
        return answer, variant

    def _variant(self, endpoint: Mapping[str, Any], wanted: str | None) -> str:
        weights = {one["VariantName"]: one.get("CurrentWeight", 1.0) for one in endpoint["ProductionVariants"]}
        if wanted is not None and wanted not in weights:
            raise ServiceError(
                "ValidationError", f"Variant {wanted} not found for Endpoint {endpoint['EndpointName']}."
            )
        if wanted is not None:
            return wanted
        if not sum(weights.values()):
            return next(iter(weights))
        return self._random.choices(list(weights), list(weights.values()))[0]

    def _error(self, name: str, region: str, variant: str, status: int, said: str) -> ModelError:
        return ModelError(name, region, self._aws.account, variant, status, said)


def request_id() -> str:
    """An identifier of a request."""
    return str(uuid.uuid4())
