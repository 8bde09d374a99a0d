"""SageMaker's own description of its API, and requests checked against it as AWS checks them.

botocore checks what is required, types and minima before it sends; lengths, patterns and enums only the service checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from airflow_model_monitor.local.errors import validation_error

Shape = Any  # botocore.model.Shape, which has no types of its own


_IN_PYTHON = (
    (r"\p{L}", r"\w"),
    (r"\p{Z}", r"\s"),
    (r"\p{N}", r"\d"),
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"),
)


@cache
def service_model() -> Any:
    """botocore's model of SageMaker."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")


def has_operation(name: str) -> bool:
    """Whether the service has such an operation."""
    return name in service_model().operation_names


def check_request(operation: str, request: Any) -> None:
    """Raise unless the request satisfies every constraint of the model.

    :raises ServiceError: ``ValidationException`` with all of them, in AWS's words
    """
    shape = service_model().operation_model(operation).input_shape
    found = list(_violations(shape, request, ""))
    if found:
        number = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise validation_error(f"{number}: {'; '.join(found)}")


def answer(operation: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a document that the operation's answer has."""
    shape = service_model().operation_model(operation).output_shape
    members = {} if shape is None else shape.members
    return {name: document[name] for name in members if document.get(name) is not None}


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    check = _CHECKS.get(shape.type_name, _scalar)
    if value is not None:
        yield from check(shape, value, path)


def _structure(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _said(value, path, f"Member must be a structure, not {type(value).__name__}")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        yield from _violations(member, value.get(name), _join(path, name))


def _list(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _said(value, path, "Member must be a list")
        return
    yield from _length(shape, value, path)
    for number, item in enumerate(value, start=1):
        yield from _violations(shape.member, item, f"{path}.{number}.member")


def _map(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _said(value, path, "Member must be a map")
        return
    yield from _length(shape, value, path)
    for key, item in value.items():
        yield from _violations(shape.key, key, f"{path}.key")
        yield from _violations(shape.value, item, f"{path}.{key}.member")


def _string(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _said(value, path, "Member must be a string")
        return
    yield from _length(shape, value, path)
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    if pattern is not None and _compiled(pattern).fullmatch(value) is None:
        yield _said(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    if enum is not None and value not in enum:
        yield _said(value, path, f"Member must satisfy enum value set: [{', '.join(enum)}]")


def _number(shape: Shape, value: Any, path: str) -> Iterator[str]:
    whole = shape.type_name in ("integer", "long")
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        yield _said(value, path, "Member must be a whole number" if whole else "Member must be a number")
        return
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _said(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _said(value, path, f"Member must have value less than or equal to {most}")


def _boolean(shape: Shape, value: Any, path: str) -> Iterator[str]:
    del shape
    if not isinstance(value, bool):
        yield _said(value, path, "Member must be a boolean")


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "timestamp" and not isinstance(value, int | float):
        yield _said(value, path, "Member must be a timestamp")


_CHECKS: Mapping[str, Any] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _number,
    "long": _number,
    "float": _number,
    "double": _number,
    "boolean": _boolean,
}


def _length(shape: Shape, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _said(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _said(value, path, f"Member must have length less than or equal to {most}")


def _said(value: Any, path: str, rule: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {rule}"


def _join(path: str, name: str) -> str:
    # AWS names members with a small first letter.
    small = name[:1].lower() + name[1:]
    return f"{path}.{small}" if path else small


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # The model's patterns are Java's. Python's engine lacks two things: classes of letters, and surrogate pairs.
    for java, python in _IN_PYTHON:
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.DOTALL)
