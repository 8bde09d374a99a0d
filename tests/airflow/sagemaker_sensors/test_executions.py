"""Sensors on the executions of SageMaker's own schedules: every outcome is told apart, poking and deferred."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from airflow.sdk import BaseSensorOperator

from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor
from airflow_model_monitor.sensors.violation import ViolationSensor
from airflow_model_monitor.service.windows import HOUR
from tests.airflow.executions import DRIFT, HOLES, RUN_AT, UNKNOWN
from tests.airflow.outcomes import states, xcom
from tests.airflow.rescheduled import rescheduled
from tests.airflow.sagemaker_sensors.world import (
    BOTH_MODES,
    MONITOR,
    OUTPUT,
    Run,
    drifted,
    failure,
)
from tests.scripted_sagemaker import Call, Refusal, ScriptedSageMaker


@BOTH_MODES
def test_an_execution_that_completed(sagemaker: ScriptedSageMaker, sense: Run, deferrable: bool) -> None:
    execution = sagemaker.execute(MONITOR, RUN_AT)
    sagemaker.job(execution, OUTPUT)

    run = sense(deferrable=deferrable)

    assert run.state == "success"
    assert xcom(run, "sense") == {
        "status": "Completed",
        "violations": 0,
        "counts": {},
        "rows": 0,
        "window": {"start": "2026-01-02T01:00:00Z", "end": "2026-01-02T02:00:00Z"},
        "execution_url": OUTPUT,
        "report_url": None,
        "revision": execution["ProcessingJobArn"].rsplit("/")[-1],
        "scheduled_time": "2026-01-02T02:00:00Z",
        "processing_job_arn": execution["ProcessingJobArn"],
    }
    assert xcom(run, "sense", key="_link_MonitoringExecutionLink").startswith(
        "https://us-west-2.console.aws.amazon.com/sagemaker/home?region=us-west-2#/processing-jobs/model-monitoring-"
    )


@BOTH_MODES
def test_an_execution_that_found_violations(sagemaker: ScriptedSageMaker, sense: Run, deferrable: bool) -> None:
    drifted(sagemaker, DRIFT, HOLES, UNKNOWN)

    result = xcom(sense(deferrable=deferrable), "sense")

    assert (result["status"], result["violations"], result["rows"]) == ("CompletedWithViolations", 3, 400)
    assert result["counts"] == {"baseline_drift_check": 1, "completeness_check": 1, "categorical_values_check": 1}


@pytest.mark.parametrize(("sensor", "deferrable"), [(MonitoringExecutionSensor, False), (ViolationSensor, True)])
def test_waits_through_all_states(
    sagemaker: ScriptedSageMaker, sense: Run, sensor: type[BaseSensorOperator], deferrable: bool
) -> None:
    def play(call: Call) -> None:
        looks = len(sagemaker.asked("ListMonitoringExecutions"))
        if call.operation == "ListMonitoringExecutions" and looks >= 2:
            if not sagemaker.executions:
                drifted(sagemaker, DRIFT)
            sagemaker.executions[0]["MonitoringExecutionStatus"] = (
                "Pending" if looks < 3 else "InProgress" if looks < 4 else "CompletedWithViolations"
            )

    sagemaker.before = play

    run = sense(sensor, deferrable=deferrable)

    assert run.state == "success"
    assert len(sagemaker.asked("ListMonitoringExecutions")) == 4


@pytest.mark.parametrize(
    ("arguments", "state"),
    [
        ({}, "skipped"),
        ({"deferrable": True}, "skipped"),
        ({"on_no_data": "fail"}, "failed"),
        ({"on_no_data": "fail", "soft_fail": True, "deferrable": True}, "skipped"),
        ({"on_no_data": "succeed"}, "success"),
    ],
)
def test_a_window_without_traffic(
    sagemaker: ScriptedSageMaker, sense: Run, arguments: dict[str, Any], state: str
) -> None:
    reason = "Job inputs had no data"
    sagemaker.execute(MONITOR, RUN_AT, "Failed", ProcessingJobArn=None, FailureReason=reason)

    run = sense(retries=2, **arguments)

    assert states(run) == {"sense": (state, 1)}
    if state == "success":
        result = xcom(run, "sense")
        assert (result["status"], result["violations"], result["execution_url"]) == ("NoData", 0, "")
    assert not sagemaker.asked("DescribeProcessingJob")


@pytest.mark.parametrize(("on_no_violations", "state"), [("skip", "skipped"), ("fail", "failed")])
def test_no_traffic_may_count_as_no_violations(
    sagemaker: ScriptedSageMaker, sense: Run, on_no_violations: str, state: str
) -> None:
    reason = "Job inputs had no data"
    sagemaker.execute(MONITOR, RUN_AT, "Failed", ProcessingJobArn=None, FailureReason=reason)

    run = sense(ViolationSensor, on_no_data="succeed", on_no_violations=on_no_violations)

    assert states(run)["sense"][0] == state


FAILURES = {
    "no job": (
        {"ProcessingJobArn": None, "FailureReason": "ResourceLimitExceeded: ml.m5.xlarge for processing job usage"},
        None,
        ["no processing job was started", "ResourceLimitExceeded: ml.m5.xlarge", "instance quota"],
    ),
    "job failed": (
        {"FailureReason": "AlgorithmError: See job logs"},
        {"ProcessingJobStatus": "Failed", "ExitMessage": "Error: Encoding mismatch: CSV", "FailureReason": "See logs"},
        ["Error: Encoding mismatch: CSV", "See logs", "AlgorithmError", "/aws/sagemaker/ProcessingJobs", "console.aws"],
    ),
    "out of memory": (
        {},
        {"FailureReason": "ClientError: Please use an instance type with more memory, or reduce the size of job data"},
        ["instance type with more memory than ml.t3.medium"],
    ),
    "job gone": ({"FailureReason": "InternalServerError"}, None, ["InternalServerError", "is gone"]),
    "stopped by hand": (
        {"MonitoringExecutionStatus": "Stopped"},
        {"ProcessingStartTime": RUN_AT, "ProcessingEndTime": RUN_AT + timedelta(seconds=100)},
        ["was stopped by hand, 100 of 1800 allowed seconds after its start"],
    ),
    "ran too long": (
        {"MonitoringExecutionStatus": "Stopped"},
        {"ProcessingStartTime": RUN_AT, "ProcessingEndTime": RUN_AT + timedelta(seconds=1801)},
        ["longer than its MaxRuntimeInSeconds of 1800"],
    ),
}


@pytest.mark.parametrize(
    ("case", "deferrable"), [*((case, False) for case in FAILURES), ("no job", True), ("job failed", True)]
)
def test_what_went_wrong(
    sagemaker: ScriptedSageMaker, sense: Run, case: str, deferrable: bool, caplog: Any, capsys: Any
) -> None:
    members, job, expected = FAILURES[case]
    execution = sagemaker.execute(MONITOR, RUN_AT, status="Failed")
    execution.update(members)
    if execution["ProcessingJobArn"] is None:
        del execution["ProcessingJobArn"]
    if job is not None:
        sagemaker.job(execution, OUTPUT, **job)

    run = sense(deferrable=deferrable, retries=2)

    said = failure(caplog, capsys)
    assert states(run) == {"sense": ("failed", 1)}
    assert [words for words in expected if words not in said] == []


@BOTH_MODES
@pytest.mark.parametrize(("soft_fail", "state"), [(False, "failed"), (True, "skipped")])
def test_one_that_never_appears(
    sagemaker: ScriptedSageMaker, sense: Run, soft_fail: bool, state: str, deferrable: bool, caplog: Any, capsys: Any
) -> None:
    sagemaker.execute(MONITOR, RUN_AT - HOUR)
    sagemaker.execute(MONITOR, RUN_AT + HOUR)
    sagemaker.schedules[MONITOR]["MonitoringScheduleStatus"] = "Stopped"

    run = sense(deferrable=deferrable, appears_within=timedelta(seconds=0.5), soft_fail=soft_fail, retries=2)

    assert states(run) == {"sense": (state, 1)}
    said = failure(caplog, capsys)
    assert "execution of churn that was due at 2026-01-02T02:00:00Z" in said
    if not soft_fail:
        assert "never appeared: the schedule is Stopped and runs cron(0 * ? * * *)" in said


@rescheduled
def test_rescheduled_looks_know_when_the_first_one_was(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    def play(call: Call) -> None:
        if len(sagemaker.asked("ListMonitoringExecutions")) == 3:
            sagemaker.job(sagemaker.execute(MONITOR, RUN_AT), OUTPUT)

    sagemaker.before = play

    run = sense(mode="reschedule")

    assert run.state == "success"
    assert len(sagemaker.asked("ListMonitoringExecutions")) == 3
    assert len(sagemaker.asked("DescribeMonitoringSchedule")) == 1


def test_the_sensors_own_time_out_says_what_it_waited_for(
    sagemaker: ScriptedSageMaker, sense: Run, caplog: Any, capsys: Any
) -> None:
    sagemaker.execute(MONITOR, RUN_AT, "InProgress")

    run = sense(timeout=0.3)

    assert states(run)["sense"][0] == "failed"
    assert "the execution of churn that was due at 2026-01-02T02:00:00Z is InProgress (job arn" in failure(
        caplog, capsys
    )


def test_a_trigger_that_timed_out_says_what_it_waited_for(sagemaker: ScriptedSageMaker) -> None:
    from airflow_model_monitor._compat import AirflowSensorTimeout

    # dag.test() runs triggers without their time-out; Airflow comes back like this.
    sensor = MonitoringExecutionSensor(
        task_id="sense",
        monitoring_schedule_name=MONITOR,
        aws_conn_id="sagemaker",
        window_start="2026-01-02T01:00:00Z",
        window_end="2026-01-02T02:00:00Z",
    )

    with pytest.raises(AirflowSensorTimeout, match="never appeared: the schedule is Scheduled and runs"):
        sensor.resume_execution("__fail__", {"error": "Trigger timeout"}, {})


def test_a_schedule_that_does_not_exist(sagemaker: ScriptedSageMaker, sense: Run, caplog: Any, capsys: Any) -> None:
    run = sense(monitoring_schedule_name="churns", deferrable=True, retries=2)

    assert states(run) == {"sense": ("failed", 1)}
    assert "no monitoring schedule named 'churns'" in failure(caplog, capsys)


def test_the_history_of_a_schedule_outlives_it(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    sagemaker.job(sagemaker.execute(MONITOR, RUN_AT), OUTPUT)
    del sagemaker.schedules[MONITOR]

    assert sense().state == "success"


def test_an_hour_at_which_the_schedule_is_never_due(
    sagemaker: ScriptedSageMaker, sense: Run, caplog: Any, capsys: Any
) -> None:
    sagemaker.schedule(MONITOR, "cron(0 17 ? * * *)")

    run = sense(deferrable=False)

    assert states(run)["sense"][0] == "failed"
    assert "runs cron(0 17 ? * * *) and is never due at that time" in failure(caplog, capsys)


def test_who_may_not_describe_the_schedule_waits_all_the_same(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    def refuse(call: Call) -> None:
        if call.operation == "DescribeMonitoringSchedule":
            sagemaker.job(sagemaker.execute(MONITOR, RUN_AT), OUTPUT)
            raise Refusal("AccessDeniedException", "no")

    sagemaker.before = refuse

    assert sense().state == "success"


def test_labels_that_come_a_day_late(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    sagemaker.execute(MONITOR, RUN_AT, "Failed")
    sagemaker.job(sagemaker.execute(MONITOR, RUN_AT + timedelta(days=1)), OUTPUT)

    run = sense(end_time_offset="-P1D")

    result = xcom(run, "sense")
    assert (result["scheduled_time"], result["window"]["end"]) == ("2026-01-03T02:00:00Z", "2026-01-02T02:00:00Z")


def test_a_daily_schedule_at_a_time_of_sagemakers_choice(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    sagemaker.schedule(MONITOR, None)
    sagemaker.job(sagemaker.execute(MONITOR, RUN_AT + timedelta(hours=15)), OUTPUT)

    assert xcom(sense(scheduled_within=timedelta(days=1)), "sense")["scheduled_time"] == "2026-01-02T17:00:00Z"


def test_throttling_is_waited_out(sagemaker: ScriptedSageMaker, sense: Run) -> None:
    sagemaker.job(sagemaker.execute(MONITOR, RUN_AT), OUTPUT)

    def refuse(call: Call) -> None:
        # More often than the connection's two attempts.
        if len(sagemaker.calls) <= 5:
            raise Refusal("ThrottlingException", "Rate exceeded")

    sagemaker.before = refuse

    assert sense(deferrable=False).state == "success"
    assert len(sagemaker.asked("ListMonitoringExecutions")) == 6


def test_a_refusal_ends_it_with_the_cause(sagemaker: ScriptedSageMaker, sense: Run, caplog: Any, capsys: Any) -> None:
    def refuse(call: Call) -> None:
        raise Refusal("AccessDeniedException", "no sagemaker:ListMonitoringExecutions for you")

    sagemaker.before = refuse

    assert sense(deferrable=True).state == "failed"
    assert "no sagemaker:ListMonitoringExecutions for you" in failure(caplog, capsys)
    assert len(sagemaker.calls) == 1


def test_a_late_answer_of_the_trigger_is_looked_up_again(sagemaker: ScriptedSageMaker, run_dag: Run) -> None:
    """The trigger saw none, gave up, and a worker came late: by then there was one."""
    sagemaker.job(sagemaker.execute(MONITOR, RUN_AT), OUTPUT)
    sensor = MonitoringExecutionSensor(
        task_id="sense",
        monitoring_schedule_name=MONITOR,
        aws_conn_id="sagemaker",
        window_start="2026-01-02T01:00:00Z",
        window_end="2026-01-02T02:00:00Z",
    )

    assert sensor.execute_complete({}, {"status": "absent"})["status"] == "Completed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"on_no_data": "ignore"}, "on_no_data"),
        ({"scheduled_within": 3600}, "scheduled_within"),
        ({"appears_within": timedelta(0)}, "appears_within"),
        ({"end_time_offset": "1 day"}, "end_time_offset"),
    ],
)
def test_refuses_arguments_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MonitoringExecutionSensor(task_id="sense", monitoring_schedule_name=MONITOR, **arguments)
