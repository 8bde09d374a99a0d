"""What is known while a DAG is parsed, and can be checked then."""

from __future__ import annotations

from collections.abc import Mapping


def is_literal(value: object) -> bool:
    """Whether a value is known while the DAG is parsed: no template, no other task's output."""
    if isinstance(value, Mapping):
        return all(map(is_literal, value.values()))
    if isinstance(value, list | tuple):
        return all(map(is_literal, value))
    if isinstance(value, str):
        return "{{" not in value and "{%" not in value
    return not is_output(value)


def is_output(value: object) -> bool:
    """Whether a value is what another task will return."""
    from airflow.sdk.definitions.xcom_arg import XComArg

    return isinstance(value, XComArg)
