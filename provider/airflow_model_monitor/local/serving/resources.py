"""Models, endpoint configurations and endpoints as they are kept: the API's members, by region and name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from airflow_model_monitor.local.errors import validation_error

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws
    from airflow_model_monitor.local.section import Section

REGION: Final = "_region"
CONFIG: Final = "_config"
MODELS: Final = "_models"
"""Members of an endpoint that hold its configuration and, by variant, its models: it stays when those are deleted."""


class Kind(NamedTuple):
    """One of the three: its part of an ARN, what messages call it, and its members for name and ARN."""

    arn: str
    spoken: str
    name: str
    arn_member: str


MODEL: Final = Kind("model", "model", "ModelName", "ModelArn")
ENDPOINT_CONFIG: Final = Kind("endpoint-config", "endpoint configuration", "EndpointConfigName", "EndpointConfigArn")
ENDPOINT: Final = Kind("endpoint", "endpoint", "EndpointName", "EndpointArn")


class Resources:
    """The resources of one kind."""

    def __init__(self, aws: LocalAws, kind: Kind) -> None:
        self._aws, self.kind = aws, kind
        self.section: Section = aws.journal.section(f"{kind.arn}s")

    def arn(self, region: str, name: str) -> str:
        """The ARN of a name."""
        return self._aws.arn(region, self.kind.arn, name)

    def add(self, region: str, request: Mapping[str, Any], **members: Any) -> dict[str, Any]:
        """Keep a new one.

        :raises ServiceError: there is one of this name
        """
        name = request[self.kind.name]
        document = {
            **{member: value for member, value in request.items() if member != "Tags"},
            self.kind.arn_member: self.arn(region, name),
            "CreationTime": self._aws.epoch(),
            REGION: region,
            **members,
        }
        with self._aws.lock:
            if self.find(region, name) is not None:
                raise validation_error(f'Cannot create already existing {self.kind.spoken} "{self.arn(region, name)}".')
            self.put(document)
        return document

    def put(self, document: Mapping[str, Any]) -> None:
        """Keep it as it is now."""
        self.section.put(f"{document[REGION]}/{document[self.kind.name]}", document)

    def find(self, region: str, name: str) -> dict[str, Any] | None:
        """The one of a name; None where there is none."""
        found: dict[str, Any] | None = self.section.get(f"{region}/{name}")
        return found

    def get(self, region: str, name: str) -> dict[str, Any]:
        """The one of a name.

        :raises ServiceError: there is none
        """
        found = self.find(region, name)
        if found is None:
            raise validation_error(f'Could not find {self.kind.spoken} "{self.arn(region, name)}".')
        return found

    def delete(self, region: str, name: str) -> dict[str, Any]:
        """Forget it; returns what it was.

        :raises ServiceError: there is none
        """
        with self._aws.lock:
            found = self.get(region, name)
            self.section.delete(f"{region}/{name}")
        return found

    def all(self, region: str) -> list[dict[str, Any]]:
        """All of a region."""
        return [one for _, one in self.section.items() if one[REGION] == region]
