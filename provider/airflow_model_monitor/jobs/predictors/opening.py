"""From a configuration to the model it names."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.predictor_config import PredictorConfig
from airflow_model_monitor.jobs.location import Location
from airflow_model_monitor.jobs.predictors.batches import MAX_ROWS
from airflow_model_monitor.jobs.predictors.endpoint_predictor import EndpointPredictor
from airflow_model_monitor.jobs.predictors.predictor import Predictor
from airflow_model_monitor.jobs.predictors.request_format import CONTENT_TYPES, RequestFormat
from airflow_model_monitor.jobs.predictors.response_format import ResponseFormat
from airflow_model_monitor.jobs.predictors.retry import Retry
from airflow_model_monitor.jobs.predictors.sagemaker_endpoint import MAX_BODY_BYTES
from airflow_model_monitor.jobs.predictors.transport import READ_SECONDS, Transport

CAPTURE_TYPE: Final = "application/sagemakercapturejson"


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """Where the model is, beside what the configuration says of it; the first that is given wins.

    :param endpoint_url: HTTP address
    :param model_uri: an ONNX file, on this machine or at an fsspec address
    :param endpoint_name: SageMaker endpoint
    """

    endpoint_url: str | None = None
    model_uri: str | None = None
    endpoint_name: str | None = None

    def __bool__(self) -> bool:
        return any((self.endpoint_url, self.model_uri, self.endpoint_name))


@dataclass(frozen=True, slots=True)
class Access:
    """What it takes to reach a model, besides its address.

    :param session: boto3 session for InvokeEndpoint; the default credentials when ``None``
    :param service_url: address of InvokeEndpoint when it is not AWS's own
    :param headers: of HTTP requests, such as ``Authorization``
    :param storage_options: for ``model_uri``
    """

    session: Any = None
    service_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    storage_options: Mapping[str, Any] = field(default_factory=dict)


def open_predictor(
    config: PredictorConfig,
    *,
    dataset_type: str | None,
    feature_names: Sequence[str],
    address: ModelAddress | None = None,
    access: Access | None = None,
    retry: Retry | None = None,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BODY_BYTES,
    read_seconds: float = READ_SECONDS,
    progress: Callable[[int], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> Predictor:
    """Open the model of a configuration; a context manager.

    What the call names (``address``) wins over the configuration. ``content_type`` is the dataset's type where it is
    not stated, ``accept_type`` the content type.

    :raises ContractError: no address, or a setting that is missing or wrong
    """
    access, retry = access or Access(), retry or Retry()
    address = address or ModelAddress(config.endpoint_url, config.model_uri, config.endpoint_name)
    if address.model_uri and not address.endpoint_url:
        return _onnx(config, address.model_uri, access, progress)
    content_type, accept_type = types(config, dataset_type)
    request = RequestFormat(
        content_type,
        content_template=config.content_template,
        record_template=config.record_template,
        feature_names=feature_names,
    )
    response = ResponseFormat(
        accept_type, label=config.label, probability=config.probability, label_headers=config.label_headers
    )
    return EndpointPredictor(
        _transport(config, address, access, content_type, accept_type, read_seconds),
        request,
        response,
        retry=retry,
        max_rows=max_rows,
        max_bytes=max_bytes,
        progress=progress,
        note=note,
    )


def types(config: PredictorConfig, dataset_type: str | None) -> tuple[str, str]:
    """The content type of requests and the type of answers, with the original's defaults.

    :raises ContractError: no type is stated, and the dataset's type is none a model takes
    """
    content = config.content_type or dataset_type
    if content not in CONTENT_TYPES:
        raise ContractError(
            "is missing" if config.content_type is None else f"{content!r} cannot be sent to a model of tabular data",
            field="predictor.content_type",
            remedy=f"Say how the model takes its features: {', '.join(CONTENT_TYPES)}",
        )
    return content, config.accept_type or content


def _transport(
    config: PredictorConfig,
    address: ModelAddress,
    access: Access,
    content_type: str,
    accept_type: str,
    read_seconds: float,
) -> Transport:
    if address.endpoint_url:
        from airflow_model_monitor.jobs.predictors.http_endpoint import HttpEndpoint

        return HttpEndpoint(
            address.endpoint_url,
            content_type=content_type,
            accept_type=accept_type,
            headers=access.headers,
            read_seconds=read_seconds,
        )
    if address.endpoint_name:
        from airflow_model_monitor.jobs.predictors.sagemaker_endpoint import SageMakerEndpoint

        return SageMakerEndpoint(
            address.endpoint_name,
            content_type=content_type,
            accept_type=accept_type,
            custom_attributes=config.custom_attributes,
            target_model=config.target_model,
            session=access.session,
            endpoint_url=access.service_url,
            read_seconds=read_seconds,
        )
    named = f"the model {config.model_name!r} alone" if config.model_name else "no model"
    raise ContractError(
        f"names {named}, and this job starts no endpoint of its own",
        field="predictor",
        remedy="Give predictor.endpoint_name (SageMaker), predictor.endpoint_url (HTTP) or predictor.model_uri (ONNX); "
        "on the command line --endpoint-name, --endpoint-url or --model",
    )


def _onnx(config: PredictorConfig, uri: str, access: Access, progress: Callable[[int], None] | None) -> Predictor:
    from airflow_model_monitor.jobs.predictors.onnx_model import OnnxModel

    with tempfile.TemporaryDirectory() as folder:
        file = Location(uri, access.storage_options).fetch(Path(folder))
        return OnnxModel(
            str(file),
            name=uri,
            label=config.label,
            probability=config.probability,
            label_headers=config.label_headers,
            progress=progress,
        )
