"""Tags of our resources, by ARN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

Tags = Sequence[Mapping[str, str]]


def put_tags(aws: LocalAws, arn: str, tags: Tags | None) -> None:
    """Set all tags of a resource; None forgets them with it."""
    section = aws.journal.section("tags")
    if tags is None:
        section.delete(arn)
    else:
        section.put(arn, {tag["Key"]: tag["Value"] for tag in tags})


def tags_of(aws: LocalAws, arn: str) -> dict[str, str]:
    """The tags of a resource."""
    found: dict[str, str] | None = aws.journal.section("tags").get(arn)
    return found or {}
