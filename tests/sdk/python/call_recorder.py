"""What a program asks of AWS: every call that any boto3 client makes, before it is sent."""

from __future__ import annotations

import copy
from types import TracebackType
from typing import Any, NamedTuple, Self

from botocore.client import BaseClient


class Call(NamedTuple):
    """One call: service, operation and parameters as they were given to boto3."""

    service: str
    operation: str
    parameters: dict[str, Any]


class CallRecorder:
    """While it is entered, it notes the calls of all clients; they are carried out as ever."""

    def __init__(self) -> None:
        self.made: list[Call] = []

    def of(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of all calls of one operation."""
        return [call.parameters for call in self.made if call.operation == operation]

    def sagemaker(self, *, but: tuple[str, ...] = ()) -> list[Call]:
        """All calls of SageMaker's own API, but for some operations."""
        return [call for call in self.made if call.service == "sagemaker" and call.operation not in but]

    def clear(self) -> None:
        """Forget them."""
        self.made.clear()

    def __enter__(self) -> Self:
        self._original = original = BaseClient._make_api_call
        made = self.made

        def noted(client: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
            service = client.meta.service_model.service_name
            kept = {key: _body(value) if key == "Body" else copy.deepcopy(value) for key, value in api_params.items()}
            made.append(Call(service, operation_name, kept))
            return original(client, operation_name, api_params)

        BaseClient._make_api_call = noted
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        BaseClient._make_api_call = self._original


def _body(body: Any) -> Any:
    """What an upload or a request says; a stream is left where it stood."""
    if not hasattr(body, "read"):
        return body
    start = body.tell()
    content = body.read()
    body.seek(start)
    return content
