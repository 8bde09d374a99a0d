"""A model behind a SageMaker endpoint: InvokeEndpoint through boto3."""

from __future__ import annotations

from typing import Any, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.retry import TransientError
from airflow_model_monitor.jobs.predictors.transport import CONNECT_SECONDS, READ_SECONDS, RefusedError

MAX_BODY_BYTES: Final = 6_291_456
"""The longest body InvokeEndpoint takes."""

_LATER: Final = (
    "InternalDependencyException",
    "InternalFailure",
    "ModelNotReadyException",
    "RequestTimeout",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
)


class SageMakerEndpoint:
    """Sends requests to an endpoint by its name.

    boto3's own retries are off: the job's budget counts every try.

    :param endpoint_name: name of the endpoint, in the session's region
    :param content_type: of the request
    :param accept_type: of the answer
    :param custom_attributes: passed on to the model's container as they are
    :param target_model: which model of a multi-model endpoint
    :param session: boto3 session; one with the default credentials when ``None``
    :param endpoint_url: address of the service when it is not AWS's own
    :param read_seconds: how long one answer may take
    :raises ContractError: no credentials or no region
    """

    def __init__(
        self,
        endpoint_name: str,
        *,
        content_type: str,
        accept_type: str,
        custom_attributes: str | None = None,
        target_model: str | None = None,
        session: Any = None,
        endpoint_url: str | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        self.name = endpoint_name
        optional = {"CustomAttributes": custom_attributes, "TargetModel": target_model}
        self._request = {
            "EndpointName": endpoint_name,
            "ContentType": content_type,
            "Accept": accept_type,
            **{name: value for name, value in optional.items() if value},
        }
        config = Config(
            retries={"total_max_attempts": 1}, connect_timeout=CONNECT_SECONDS, read_timeout=read_seconds + 5
        )
        try:
            self._client = (session or boto3.Session()).client(
                "sagemaker-runtime", config=config, endpoint_url=endpoint_url
            )
        except (BotoCoreError, ValueError) as error:
            raise self._hopeless(f"cannot be asked ({error})") from error

    def send(self, body: bytes) -> bytes:
        """Return the answer to one request; errors as :class:`.transport.Transport` has them."""
        from botocore import exceptions

        try:
            response = self._client.invoke_endpoint(**self._request, Body=body)
            content: bytes = response["Body"].read()
        except exceptions.ClientError as error:
            raise self._failure(error.response) from error
        except exceptions.ReadTimeoutError as error:
            raise RefusedError("did not answer in time", transient=True) from error
        except (exceptions.HTTPClientError, exceptions.IncompleteReadError) as error:
            raise TransientError(f"cannot be reached ({error})") from error
        except exceptions.BotoCoreError as error:  # no credentials, a name against the rules, ...
            raise self._hopeless(f"cannot be asked ({error})") from error
        return content

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _failure(self, response: Any) -> Exception:
        """The error for what the service answered."""
        said = response.get("Error", {})
        code, message = said.get("Code", ""), said.get("Message", "")
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "ModelError" or "OriginalStatusCode" in response:
            original = int(response.get("OriginalStatusCode") or 0)
            snippet = response.get("OriginalMessage") or message
            return RefusedError(
                f"answers with HTTP status {original or 'unknown'} of the model",
                snippet=snippet,
                transient=original == 0 or original == 429 or original >= 500,
            )
        if code in _LATER or status == 429 or status >= 500:
            return TransientError(f"answers with {code or status}", snippet=message)
        if status == 413:
            return RefusedError(f"answers with {code or status}", snippet=message)
        return self._hopeless(f"answers with {code or status}: {message}")

    def _hopeless(self, message: str) -> ContractError:
        return ContractError(
            f"the endpoint {self.name} {message}",
            field="predictor.endpoint_name",
            remedy="Check the endpoint's name, the region and the right to sagemaker:InvokeEndpoint",
        )
