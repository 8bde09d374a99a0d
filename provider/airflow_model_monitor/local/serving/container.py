"""What answers in a model's stead: an HTTP address, or an ONNX file that is run here.

Where it is, a model says itself: in its container's ``Environment`` as ``endpoint_url`` (an HTTP address; one without a
path gets ``/invocations``) or ``model_uri`` (an ONNX file), the names our Clarify has for them, or in ``ModelDataUrl``:
an ONNX file, or a ``.tar.gz`` with one in it, as SageMaker's training jobs leave it.
"""

from __future__ import annotations

import base64
import io
import tarfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from airflow_model_monitor.local.clients import client

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

_CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 60.0
"""What SageMaker gives a model for one answer."""
_HEADERS: Final = (
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-Target-Model",
    "X-Amzn-SageMaker-Inference-Id",
)


class ContainerError(Exception):
    """The container cannot be asked: it says nothing, or there is none.

    :param status: as SageMaker reports it; 0 where there was no answer
    """

    def __init__(self, message: str, status: int = 500) -> None:
        super().__init__(message)
        self.status = status


class Answer(NamedTuple):
    """What a container answers."""

    status: int
    content_type: str
    body: bytes
    custom_attributes: str | None = None


class Container(Protocol):
    """Something that answers ``/invocations``."""

    def answer(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Answer one request.

        :param headers: ``Content-Type``, ``Accept`` and those of SageMaker
        :raises ContainerError: it cannot
        """


class HttpContainer:
    """A model behind an HTTP address; requests and answers pass through as they are.

    :raises ContainerError: the address is none of HTTP
    """

    def __init__(self, url: str) -> None:
        import urllib3

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ContainerError(f"endpoint_url {url!r} is no http or https address; for example http://127.0.0.1:8080")
        self._headers = {}
        if parts.username is not None:
            secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
            url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._url = url if parts.path.strip("/") else f"{url.rstrip('/')}/invocations"
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=READ_SECONDS), retries=False, maxsize=8
        )

    def answer(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Answer one request; see :class:`Container`."""
        from urllib3.exceptions import HTTPError

        passed = self._headers | {
            name: headers[name] for name in ("Content-Type", "Accept", *_HEADERS) if headers.get(name)
        }
        try:
            response = self._pool.request("POST", self._url, body=body, headers=passed)
        except HTTPError as error:
            raise ContainerError(f"{self._url} cannot be reached: {error}", 0) from error
        return Answer(
            response.status,
            response.headers.get("Content-Type", "application/octet-stream"),
            response.data,
            response.headers.get("X-Amzn-SageMaker-Custom-Attributes"),
        )


def open_container(aws: LocalAws, region: str, stated: Mapping[str, Any]) -> Container:
    """The container of a ``ContainerDefinition``.

    :raises ContainerError: it names nothing that can answer
    """
    environment = {name.lower(): value for name, value in (stated.get("Environment") or {}).items()}
    if environment.get("endpoint_url"):
        return HttpContainer(environment["endpoint_url"])
    uri = environment.get("model_uri") or stated.get("ModelDataUrl")
    if uri is None:
        uri = ((stated.get("ModelDataSource") or {}).get("S3DataSource") or {}).get("S3Uri")
    if uri is None:
        raise ContainerError(
            "the model names nothing the local SageMaker can ask: give its container the Environment variable "
            "endpoint_url (an HTTP address) or model_uri (an ONNX file), or an ONNX file as ModelDataUrl"
        )
    from airflow_model_monitor.local.serving.onnx_container import OnnxContainer

    return OnnxContainer(_onnx_file(aws, region, uri), uri, environment.get("sagemaker_inference_output"))


def _onnx_file(aws: LocalAws, region: str, uri: str) -> bytes:
    content = _content(aws, region, uri)
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".onnx"):
                    stream = archive.extractfile(member)
                    assert stream is not None
                    return stream.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ContainerError(f"{uri} is no archive that can be read: {error}") from error
    raise ContainerError(
        f"{uri} holds no .onnx file, and models of other kinds are programs the local service never runs"
    )


def _content(aws: LocalAws, region: str, uri: str) -> bytes:
    if not uri.startswith("s3://"):
        raise ContainerError(f"{uri}: a model's file is at an s3:// address")
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        body: bytes = client(aws, "s3", region).get_object(Bucket=bucket, Key=key)["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise ContainerError(f"{uri} cannot be read: {error}") from error
    return body
