"""The exit message of a job, and the status SageMaker reads from it."""

from __future__ import annotations

from typing import Final, Literal

ExecutionStatus = Literal["Completed", "CompletedWithViolations", "Failed"]

COMPLETED: Final = "Completed"
COMPLETED_WITH_VIOLATIONS: Final = "CompletedWithViolations"
FAILED: Final = "Failed"

CLARIFY_COMPLETED: Final = "Completed: SageMaker XAI Analyzer ran successfully"
"""What a bias or explainability job says that found nothing to complain about."""

LONGEST: Final = 1024
"""Characters of ExitMessage in the DescribeProcessingJob API; longer texts would be cut by the service."""


def completed(n_violations: int) -> str:
    """The message of a job that ran to its end. The original says "1 violations" too."""
    if n_violations < 0:
        raise ValueError(f"n_violations={n_violations}: a number of violations is at least 0")
    if n_violations:
        return f"{COMPLETED_WITH_VIOLATIONS}: Job completed successfully with {n_violations} violations."
    return f"{COMPLETED}: Job completed successfully with no violations."


def clarify_completed(n_violations: int) -> str:
    """The message of a bias or explainability job that ran to its end; of one with violations none is published."""
    return completed(n_violations) if n_violations else CLARIFY_COMPLETED


def error(text: str) -> str:
    """The message of a failed job: one line, cut to what the service keeps."""
    line = " ".join(text.split())
    message = line if line.startswith("Error: ") else f"Error: {line}"
    return message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"


def status_of(message: str, exit_code: int) -> ExecutionStatus:
    """What SageMaker makes of an exit message: the part before the colon, unless the process failed.

    A zero exit code with another text (a container of one's own) counts as Completed.
    """
    if exit_code != 0:
        return FAILED
    if message.split(":", 1)[0].strip() == COMPLETED_WITH_VIOLATIONS:
        return COMPLETED_WITH_VIOLATIONS
    return COMPLETED
