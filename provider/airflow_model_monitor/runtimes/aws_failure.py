"""What an error of AWS calls for: wait and ask again, ask with new credentials, or give up.

botocore asks again by itself, a few times and within seconds. This is for what outlasts that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_EXPIRED: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "TokenRefreshRequired",
    }
)
_THROTTLED: Final = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "PriorRequestNotComplete",
        "SlowDown",
    }
)


def error_code(error: BaseException) -> str:
    """The service's code, e.g. ``ThrottlingException``; empty for an error that is no answer of a service."""
    return str(_answer(error).get("Code", ""))


def error_message(error: BaseException) -> str:
    """The service's words; empty for an error that is no answer of a service."""
    return str(_answer(error).get("Message", ""))


def is_expired(error: BaseException) -> bool:
    """Whether the credentials are the cause: expired, or replaced by others. New ones may help."""
    return error_code(error) in _EXPIRED


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed later: throttling, a fault of the service's, or of the way there."""
    if error_code(error) in _THROTTLED or _http_status(error) >= 500:
        return True
    from botocore.exceptions import (
        ConnectionError,  # noqa: A004  that is its name
        CredentialRetrievalError,
        HTTPClientError,
        IncompleteReadError,
    )
    from botocore.parsers import ResponseParserError

    # An answer that cannot be parsed is half of one, or something that stands in between speaks.
    faults = (ConnectionError, HTTPClientError, IncompleteReadError, CredentialRetrievalError, ResponseParserError)
    return isinstance(error, faults)


def is_broken_off(error: BaseException) -> bool:
    """Whether the body of an answer ended before its end."""
    from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

    return isinstance(error, IncompleteReadError | ReadTimeoutError | ResponseStreamingError)


def is_missing(error: BaseException) -> bool:
    """Whether what was asked for is not there. SageMaker says so of a job by a ``ValidationException``."""
    code = error_code(error)
    if code in ("ResourceNotFound", "ResourceNotFoundException", "NoSuchKey", "404"):
        return True
    return code == "ValidationException" and "could not find" in error_message(error).lower()


def _answer(error: BaseException) -> Mapping[str, Any]:
    response = getattr(error, "response", None)
    found = response.get("Error", {}) if isinstance(response, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _http_status(error: BaseException) -> int:
    response = getattr(error, "response", None)
    metadata = response.get("ResponseMetadata", {}) if isinstance(response, Mapping) else {}
    return int(metadata.get("HTTPStatusCode") or 0)
