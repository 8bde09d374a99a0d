from __future__ import annotations

import pytest

from airflow_model_monitor.contract.exit_message import clarify_completed, completed, error, status_of


@pytest.mark.parametrize(
    ("violations", "message", "status"),
    [
        (0, "Completed: Job completed successfully with no violations.", "Completed"),
        (1, "CompletedWithViolations: Job completed successfully with 1 violations.", "CompletedWithViolations"),
        (60, "CompletedWithViolations: Job completed successfully with 60 violations.", "CompletedWithViolations"),
    ],
)
def test_message_and_status_of_a_job_that_ran(violations: int, message: str, status: str) -> None:
    assert completed(violations) == message
    assert status_of(message, 0) == status
    assert status_of(message, 255) == "Failed"


def test_error_is_one_line_of_bounded_length() -> None:
    assert error("no such\n  column") == "Error: no such column"
    assert error("Error: Encoding mismatch") == "Error: Encoding mismatch"
    assert len(error("x" * 5000)) == 1024


def test_other_texts_of_a_successful_container_count_as_completed() -> None:
    assert status_of("all fine", 0) == "Completed"


def test_negative_number_of_violations_is_refused() -> None:
    with pytest.raises(ValueError, match="n_violations=-1"):
        completed(-1)


def test_a_clarify_job_has_words_of_its_own_where_nothing_drifted() -> None:
    assert clarify_completed(0) == "Completed: SageMaker XAI Analyzer ran successfully"
    message = clarify_completed(2)
    assert message == "CompletedWithViolations: Job completed successfully with 2 violations."
    assert status_of(message, 0) == "CompletedWithViolations"
