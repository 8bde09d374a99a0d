"""The errors of the API, as AWS spells them."""

from __future__ import annotations


class ServiceError(Exception):
    """An answer that is an error.

    :param code: as clients see it, e.g. ``ValidationException``
    :param message: for people
    :param status: of the HTTP answer
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def validation_error(message: str) -> ServiceError:
    """The request cannot be right."""
    return ServiceError("ValidationException", message)


def not_found(message: str) -> ServiceError:
    """There is no such thing."""
    return ServiceError("ResourceNotFound", message)


def in_use(message: str) -> ServiceError:
    """There is one already, or something still needs it."""
    return ServiceError("ResourceInUse", message)
