"""What AWS's SDK sent, in the form this package's builders make it."""

from __future__ import annotations

import json
from typing import Any

from call_recorder import CallRecorder


def without_app_managed(value: Any) -> Any:
    """Version 2 of AWS's SDK says ``"AppManaged": false`` of every input and output, which is the default."""
    if isinstance(value, dict):
        return {key: without_app_managed(item) for key, item in value.items() if key != "AppManaged"}
    return [without_app_managed(item) for item in value] if isinstance(value, list) else value


def only(calls: CallRecorder, operation: str) -> dict[str, Any]:
    """The parameters of the one call of an operation."""
    (parameters,) = calls.of(operation)
    return dict(without_app_managed(parameters))


def sequence(calls: CallRecorder, *, but: tuple[str, ...] = ()) -> list[tuple[str, dict[str, Any]]]:
    """SageMaker's calls in their order. A Describe that is repeated only waits; it stands here once."""
    found: list[tuple[str, dict[str, Any]]] = []
    for call in calls.sagemaker(but=but):
        step = (call.operation, without_app_managed(call.parameters))
        if not found or found[-1] != step:
            found.append(step)
    return found


def uploaded(calls: CallRecorder, name: str) -> tuple[str, Any]:
    """Address and content of the one JSON file of a name that was uploaded."""
    (put,) = (one for one in calls.of("PutObject") if one["Key"].endswith(f"/{name}"))
    return f"s3://{put['Bucket']}/{put['Key']}", json.loads(put["Body"])
