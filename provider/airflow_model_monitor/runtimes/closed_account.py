"""An account that SageMaker no longer lets make monitors: its answer, recognised and explained.

AWS closed Model Monitor and Clarify to new customers. An account that never used them is refused with a
``ValidationException`` that says so; trying again never helps, and which way is open depends on what was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

# The sentences vary by feature: "This operation is in maintenance mode and is not available to new customers.
# Existing customers are unaffected.", "SageMaker Clarify processing is in maintenance mode and is not available to
# new customers." These words are in all of them.
_WORDS: Final = ("maintenance mode", "not available to new customers")

_WORKER: Final = "runtime='worker' does the same work without the service"
_SCHEDULES: Final = (
    f"{_WORKER}: CreateMonitoringScheduleOperator(runtime='worker', store_uri=...) keeps the same schedule in a folder "
    "of yours, and the DAG model_monitor_scheduler runs it; or let a DAG be the schedule, with RunMonitoringOperator"
)
_JOBS: Final = (
    f"{_WORKER}; so does our own container image as image_uri. AWS's analyzer of data and model quality is still open "
    "to processing jobs, its Clarify image is not"
)
_TRAINING: Final = (
    "send no DebugHookConfig, ProfilerConfig or ProfilerRuleConfigurations: training without them is open"
)
_OTHERS: Final = "existing monitors of other accounts are not affected"


class ClosedAccountError(RuntimeError):
    """The account is closed to a feature of SageMaker. Not to be retried; the text names the way that works.

    :param operation: of the API, e.g. ``CreateMonitoringSchedule``
    :param answer: the service's words
    """

    def __init__(self, operation: str, answer: str) -> None:
        super().__init__(operation, answer)
        self.operation = operation
        self.answer = answer

    def __str__(self) -> str:
        closed = f"{self.operation}: this AWS account is closed to it ({self.answer!r}), and stays so"
        return f"{closed}. What works: {self.remedy}."

    @property
    def remedy(self) -> str:
        """What works instead."""
        operation = self.operation
        if "Monitoring" in operation or operation.endswith("JobDefinition"):
            return _SCHEDULES
        if "Processing" in operation:
            return _JOBS
        if "Training" in operation:
            return _TRAINING
        return _OTHERS


def closed_account(error: BaseException) -> ClosedAccountError | None:
    """The closed account behind an error of boto3's; None for any other error.

    :param error: usually a ``botocore.exceptions.ClientError``; its shape is looked at, so aiobotocore's will do too
    """
    response = getattr(error, "response", None)
    answer = response.get("Error", {}) if isinstance(response, Mapping) else {}
    message = str(answer.get("Message", "")) if isinstance(answer, Mapping) else ""
    if not all(words in message.lower() for words in _WORDS):
        return None
    return ClosedAccountError(str(getattr(error, "operation_name", "") or "SageMaker"), message)


@contextmanager
def closed_account_explained() -> Iterator[None]:
    """Turn a closed account's answer into :class:`ClosedAccountError`; other errors pass as they are."""
    try:
        yield
    except Exception as error:
        closed = closed_account(error)
        if closed is None:
            raise
        raise closed from error
