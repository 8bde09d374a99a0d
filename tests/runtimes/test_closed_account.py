"""The answer of an account that is closed to Model Monitor becomes one clear error."""

from __future__ import annotations

import pickle

import pytest
from botocore.exceptions import ClientError

from airflow_model_monitor.runtimes.closed_account import ClosedAccountError, closed_account, closed_account_explained

MONITOR = (
    "This operation is in maintenance mode and is not available to new customers. Existing customers are unaffected."
)
CLARIFY = "SageMaker Clarify processing is in maintenance mode and is not available to new customers"


def answer(operation: str, message: str, code: str = "ValidationException") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("operation", "message", "remedy"),
    [
        ("CreateMonitoringSchedule", MONITOR, "CreateMonitoringScheduleOperator(runtime='worker', store_uri=...)"),
        ("CreateDataQualityJobDefinition", MONITOR, "RunMonitoringOperator"),
        ("CreateProcessingJob", CLARIFY, "runtime='worker'"),
        ("CreateTrainingJob", MONITOR, "DebugHookConfig"),
    ],
)
def test_the_refusal_names_the_operation_the_answer_and_the_way_that_works(operation, message, remedy):
    with pytest.raises(ClosedAccountError) as caught, closed_account_explained():
        raise answer(operation, message)

    assert str(caught.value).startswith(f"{operation}: ")
    assert message in str(caught.value)
    assert remedy in str(caught.value)
    assert isinstance(caught.value.__cause__, ClientError)


@pytest.mark.parametrize(
    "error",
    [
        answer("CreateMonitoringSchedule", "Could not find endpoint flights"),
        answer("CreateMonitoringSchedule", "The service is in maintenance mode until noon", "ServiceUnavailable"),
        OSError("reset"),
    ],
)
def test_other_errors_pass_as_they_are(error):
    assert closed_account(error) is None
    with pytest.raises(type(error)) as caught, closed_account_explained():
        raise error
    assert caught.value is error


def test_it_survives_a_pickle_on_the_way_to_the_scheduler():
    error = ClosedAccountError("CreateProcessingJob", CLARIFY)

    assert str(pickle.loads(pickle.dumps(error))) == str(error)
