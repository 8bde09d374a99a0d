"""One call of SageMaker's API: the operation, and its parameters as boto3 takes them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class ApiCall(NamedTuple):
    """A call that is ready to be sent: ``getattr(client, call.method)(**call.parameters)``.

    :param operation: as the service names it, e.g. ``CreateMonitoringSchedule``
    """

    operation: str
    parameters: dict[str, Any]

    @property
    def method(self) -> str:
        """The client's method: ``create_monitoring_schedule``."""
        return _WORD.sub("_", self.operation).lower()
