"""AddTags, ListTags and DeleteTags of our resources; those of all others are moto's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.local.errors import validation_error
from airflow_model_monitor.local.tags import put_tags, tags_of
from airflow_model_monitor.service.monitor_kind import KINDS

if TYPE_CHECKING:
    from airflow_model_monitor.local.actions import Action
    from airflow_model_monitor.local.aws import LocalAws

Request = Mapping[str, Any]
MOST_TAGS: Final = 50
_ARN: Final = re.compile(r"arn:[\w-]+:sagemaker:(?P<region>[\w-]*):\d*:(?P<kind>[\w-]+)/(?P<name>.+)")
_KINDS: Final = (
    *("monitoring-schedule", "processing-job", "training-job", "model", "endpoint-config", "endpoint"),
    *(kind.definition_prefix for kind in KINDS.values()),
)


def is_ours(arn: Any) -> bool:
    """Whether a resource is of those kept here."""
    match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    return match is not None and match["kind"] in _KINDS


def _add(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    del region
    arn = _existing(aws, request["ResourceArn"])
    with aws.lock:
        tags = {**tags_of(aws, arn), **{tag["Key"]: tag["Value"] for tag in request["Tags"]}}
        if len(tags) > MOST_TAGS:
            raise validation_error(f"{arn} would have {len(tags)} tags; allowed are {MOST_TAGS}")
        put_tags(aws, arn, _listed(tags))
    return {"Tags": _listed(tags)}


def _list(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    del region
    # A resource has at most 50 tags, and 50 is the least a page can be.
    return {"Tags": _listed(tags_of(aws, _existing(aws, request["ResourceArn"])))}


def _delete(aws: LocalAws, region: str, request: Request) -> dict[str, Any]:
    del region
    arn = _existing(aws, request["ResourceArn"])
    with aws.lock:
        kept = {key: value for key, value in tags_of(aws, arn).items() if key not in request["TagKeys"]}
        put_tags(aws, arn, _listed(kept))
    return {}


def _existing(aws: LocalAws, arn: str) -> str:
    match = _ARN.fullmatch(arn)
    assert match is not None  # is_ours has seen it
    section = aws.journal.section(f"{match['kind']}s")
    if f"{match['region']}/{match['name']}" not in section:
        raise validation_error(f"Could not find resource {arn}")
    return arn


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


ACTIONS: dict[str, Action] = {"AddTags": _add, "ListTags": _list, "DeleteTags": _delete}
