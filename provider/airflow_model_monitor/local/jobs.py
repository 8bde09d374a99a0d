"""Jobs of one kind as they are kept: what SageMaker's Describe operations answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from airflow_model_monitor.local.aws import epoch
from airflow_model_monitor.local.errors import in_use, not_found, validation_error
from airflow_model_monitor.local.listing import MADE
from airflow_model_monitor.local.schedules import REGION
from airflow_model_monitor.local.tags import put_tags

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws
    from airflow_model_monitor.local.section import Section

TERMINAL: Final = ("Completed", "Failed", "Stopped")


class JobKind(NamedTuple):
    """What tells processing and training jobs apart in the API.

    :param arn: part of an ARN
    :param spoken: what messages call it
    :param name: member with the name
    :param arn_member: member with the ARN
    :param status: member with the status
    :param started: member with the time it began to run
    :param ended: member with the time it came to its end
    """

    arn: str
    spoken: str
    name: str
    arn_member: str
    status: str
    started: str
    ended: str


class Jobs:
    """All jobs of one kind of one local SageMaker, by ``region/name``."""

    KIND: ClassVar[JobKind]
    TAKEN: ClassVar[str]
    """What is said of a name that is taken, of ``{arn}``."""
    MISSING: ClassVar[str]
    """What is said where there is none of a ``{name}``."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self.section: Section = aws.journal.section(f"{self.KIND.arn}s")

    def add(self, region: str, request: Mapping[str, Any], created: datetime, **members: Any) -> str:
        """Keep a new job, ``InProgress``.

        :param request: of its Create operation
        :param members: further members of its document
        :returns: its key
        :raises ServiceError: the name is taken
        """
        name = request[self.KIND.name]
        key, arn = f"{region}/{name}", self._aws.arn(region, self.KIND.arn, name)
        with self._aws.lock, self._aws.journal.together():
            if key in self.section:
                raise in_use(self.TAKEN.format(arn=arn))
            document = {member: value for member, value in request.items() if member != "Tags"}
            document |= {
                self.KIND.arn_member: arn,
                self.KIND.status: "InProgress",
                "CreationTime": epoch(created),
                "LastModifiedTime": epoch(created),
                MADE: time.time_ns(),
                REGION: region,
                **members,
            }
            self.section.put(key, document)
            put_tags(self._aws, arn, request.get("Tags"))
        self._tell(document)
        return key

    def get_key(self, key: str) -> dict[str, Any]:
        """One job that is there."""
        found: dict[str, Any] = self.section.get(key)
        return found

    def get(self, region: str, name: str) -> dict[str, Any]:
        """One job.

        :raises ServiceError: there is none; AWS calls that a ValidationException
        """
        found: dict[str, Any] | None = self.section.get(f"{region}/{name}")
        if found is None:
            raise validation_error(self.MISSING.format(name=name))
        return found

    def change(self, key: str, moment: datetime, **members: Any) -> dict[str, Any]:
        """Change members of a job."""
        with self._aws.lock:
            before = self.get_key(key)
            document = {**before, **members, "LastModifiedTime": epoch(moment)}
            self.section.put(key, document)
        if document[self.KIND.status] != before[self.KIND.status]:
            self._tell(document)
        return document

    def running(self, region: str, name: str) -> dict[str, Any]:
        """One job that has not come to its end and may be stopped.

        :raises ServiceError: there is none, or it has ended
        """
        document = self.get(region, name)
        if document[self.KIND.status] in TERMINAL:
            raise validation_error(
                f"The request was rejected because the {self.KIND.spoken} {name} is in status "
                f"{document[self.KIND.status]}."
            )
        return document

    def delete(self, region: str, name: str) -> None:
        """Forget a job that has come to its end.

        :raises ServiceError: there is none, or it goes on
        """
        key = f"{region}/{name}"
        with self._aws.lock, self._aws.journal.together():
            document = self.section.get(key)
            if document is None:
                raise not_found(f"Could not find {self.KIND.spoken} {name}")
            if document[self.KIND.status] not in TERMINAL:
                said = f"{self.KIND.spoken.capitalize()} {name} is in status {document[self.KIND.status]}"
                raise in_use(f"{said}; stop it first")
            self.section.delete(key)
            put_tags(self._aws, document[self.KIND.arn_member], None)

    def all(self, region: str) -> list[dict[str, Any]]:
        """Those of a region."""
        return [one for one in self.section.values() if one[REGION] == region]

    def unfinished(self) -> list[str]:
        """Keys of those that have not come to their end, oldest first."""
        return [key for key, one in self.section.items() if one[self.KIND.status] not in TERMINAL]

    def _tell(self, document: Mapping[str, Any]) -> None:
        for call in self._aws.when_changed:
            call(self.KIND.arn, document)
