"""How a request reaches a model: what an endpoint's adapter must do, and how it says that it could not."""

from __future__ import annotations

from typing import Protocol

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
"""What SageMaker itself gives a model for one answer."""


class RefusedError(Exception):
    """The model did not take this very request; a smaller one may do.

    :param message: what happened, with the status
    :param snippet: what it said
    :param transient: whether the same request may succeed later; else asking again is of no use
    """

    def __init__(self, message: str, *, snippet: str = "", transient: bool = False) -> None:
        super().__init__(message)
        self.snippet, self.transient = snippet, transient


class Transport(Protocol):
    """One endpoint that takes a body and answers with one."""

    @property
    def name(self) -> str:
        """How messages call the endpoint; without secrets."""

    def send(self, body: bytes) -> bytes:
        """Return the answer to one request.

        :raises TransientError: it may succeed when asked again
        :raises RefusedError: the model did not take this request
        :raises ContractError: no request will succeed: no such endpoint, no access
        """

    def close(self) -> None:
        """Let go of connections."""
