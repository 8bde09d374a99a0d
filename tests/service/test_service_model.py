"""Our checks against SageMaker's service model, as botocore ships it: whatever it forbids is refused before sending.

botocore itself checks neither longest lengths nor patterns nor enumerations. Each value of a full request is replaced
by ones that the model does not allow, one at a time.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_definition_calls import create_definition
from airflow_model_monitor.service.monitor_kind import KINDS
from airflow_model_monitor.service.monitoring_input import BatchTransformInput
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.monitoring_schedule_calls import create_schedule
from tests.service.schedule_scenarios import CALLS, IN_FULL, TYPES, definition, watched

COMMON: dict[str, Any] = {
    "input_mode": "File",
    "features_attribute": "features",
    "inference_attribute": "0",
    "probability_attribute": "1",
    "probability_threshold": 0.5,
    "start_time_offset": "-PT2H",
    "end_time_offset": "-PT1H",
    "exclude_features_attribute": "a,b",
}
SOURCES = {
    "endpoint": watched(**COMMON),
    "batch": BatchTransformInput(captured_data_uri="s3://b/c", dataset_format=Csv(), **COMMON),
}
SPECIAL: dict[str, Any] = {
    "container_entrypoint": ("python", "run.py"),
    "container_arguments": ("--x",),
    "record_preprocessor_script": "s3://b/pre.py",
    "post_analytics_processor_script": "s3://b/post.py",
    "baseline_statistics": "s3://b/statistics.json",
}


@cache
def model() -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model("sagemaker")


def in_full(short: str, source: str) -> JobDefinition:
    special = {name: value for name, value in SPECIAL.items() if name in KINDS[TYPES[short]].takes}
    return definition(
        short,
        source=SOURCES[source],
        baseline_constraints="s3://b/constraints.json",
        baselining_job_name="job-1",
        **special,
        **IN_FULL,
    )


def forbidden(shape: Any, value: Any) -> Iterator[Any]:
    """Values in place of ``value`` that the model does not allow."""
    limits = shape.metadata
    if shape.type_name == "string":
        if "enum" in limits:
            yield "Nonsense"
        if "max" in limits:
            yield value + "x" * (limits["max"] + 1 - len(value))
        yield from (text for text in ("a!b c|", "\x00") if not allowed(limits.get("pattern"), text))
    elif shape.type_name in ("integer", "long"):
        yield from (limits[edge] + step for edge, step in (("min", -1), ("max", 1)) if edge in limits)
    elif shape.type_name == "list" and "max" in limits and value:
        yield [*value, *(another(value[0], number) for number in range(limits["max"] + 1 - len(value)))]
        if limits.get("min", 0) > 0:
            yield []
    elif shape.type_name == "map" and "max" in limits:
        yield {f"V{number}": "x" for number in range(limits["max"] + 1)}


def another(item: Any, number: int) -> Any:
    """One more of a list; no two tags have the same key."""
    return {**item, "Key": f"key-{number}"} if isinstance(item, dict) and "Key" in item else item


def allowed(pattern: str | None, text: str) -> bool:
    # The model writes Unicode classes that Python's patterns do not have.
    known = None if pattern is None else pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s")
    return known is None or re.fullmatch(known, text, re.DOTALL) is not None


def broken(shape: Any, value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The value with one forbidden thing in it, again and again, and where that is."""
    for wrong in forbidden(shape, value):
        yield path, wrong
    if shape.type_name == "structure":
        for name, member in value.items():
            for place, wrong in broken(shape.members[name], member, f"{path}.{name}"):
                yield place, {**value, name: wrong}
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            for place, wrong in broken(shape.member, item, f"{path}[{index}]"):
                yield place, [*value[:index], wrong, *value[index + 1 :]]
    elif shape.type_name == "map":
        for key, item in value.items():
            for place, wrong in broken(shape.value, item, f"{path}.{key}"):
                yield place, {**value, key: wrong}
            for place, wrong in broken(shape.key, key, f"{path}.{key}"):
                yield place, {**{each: one for each, one in value.items() if each != key}, wrong: item}


def required(shape: Any, value: Any, path: str = "") -> Iterator[str]:
    """Members the model requires and the value has not."""
    if shape.type_name == "structure":
        yield from (f"{path}.{name}" for name in shape.required_members if name not in value)
        for name, member in value.items():
            yield from required(shape.members[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from required(shape.member, item, path)


def refused(check: Any, document: Any) -> bool:
    try:
        check(copy.deepcopy(document))
    except ValueError:
        return True
    return False


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("short", TYPES)
def test_a_definition_the_model_forbids_is_refused(short: str, source: str) -> None:
    call = create_definition(in_full(short, source))
    shape = model().operation_model(call.operation).input_shape
    tried = list(broken(shape, call.parameters))
    passed = [
        place
        for place, document in tried
        if not refused(lambda one: create_definition(JobDefinition.from_api(one)), document)
    ]
    assert passed == []
    assert len(tried) > 40


def test_a_schedule_the_model_forbids_is_refused() -> None:
    inline = CALLS["byoc_schedule"][0].parameters
    named = CALLS["mq_schedule_full"][1].parameters
    now = MonitoringSchedule.from_api(CALLS["dq_schedule_now"][1].parameters)
    whole = create_schedule(MonitoringSchedule.from_api(inline)).parameters
    for document in (named, whole, create_schedule(now).parameters):
        shape = model().operation_model("CreateMonitoringSchedule").input_shape
        passed = [
            place
            for place, wrong in broken(shape, document)
            if not refused(lambda one: create_schedule(MonitoringSchedule.from_api(one)), wrong)
        ]
        assert passed == []


@pytest.mark.parametrize("name", CALLS)
def test_every_call_has_what_the_model_requires(name: str) -> None:
    for call in CALLS[name]:
        shape = model().operation_model(call.operation).input_shape
        assert list(required(shape, call.parameters)) == []
        assert call.method in {"list_tags", *method_names()}


@cache
def method_names() -> frozenset[str]:
    from botocore import xform_name

    return frozenset(xform_name(operation) for operation in model().operation_names)
