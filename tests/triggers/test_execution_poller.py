"""Triggers that wait for SageMaker share one look at it: over HTTP, in event loops of their own."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_model_monitor.service.windows import HOUR
from airflow_model_monitor.triggers import execution_poller
from airflow_model_monitor.triggers.call_budget import CallBudget
from airflow_model_monitor.triggers.monitoring_execution import MonitoringExecutionTrigger
from tests.scripted_sagemaker import Call, Refusal, ScriptedSageMaker, scripted

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
NO_RETRIES = {"retries": {"mode": "standard", "total_max_attempts": 1}}


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedSageMaker]:
    with scripted() as server:
        monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", server.connection(config_kwargs=NO_RETRIES))
        yield server


def trigger(schedule: str = "churn", **arguments: Any) -> MonitoringExecutionTrigger:
    return MonitoringExecutionTrigger(
        **{
            "monitoring_schedule_name": schedule,
            "due_from": NOON.isoformat(),
            "due_before": (NOON + HOUR).isoformat(),
            "poke_interval": 0.2,
            "aws_conn_id": "sagemaker",
            **arguments,
        }
    )


async def event(one: MonitoringExecutionTrigger) -> dict[str, Any]:
    return (await anext(one.run())).payload


def events(*waiting: MonitoringExecutionTrigger) -> list[dict[str, Any]]:
    async def all_of_them() -> list[dict[str, Any]]:
        return await asyncio.wait_for(asyncio.gather(*map(event, waiting)), 30)

    return asyncio.run(all_of_them())


def test_an_execution_that_has_ended(sagemaker: ScriptedSageMaker) -> None:
    made = sagemaker.execute("churn", NOON, "CompletedWithViolations")

    (result,) = events(trigger())

    assert result["status"] == "ended"
    assert result["execution"]["status"] == "CompletedWithViolations"
    assert result["execution"]["job_arn"] == made["ProcessingJobArn"]


def test_waits_until_it_ends(sagemaker: ScriptedSageMaker) -> None:
    made = sagemaker.execute("churn", NOON, "InProgress")

    def finish(call: Call) -> None:
        if len(sagemaker.asked("ListMonitoringExecutions")) == 3:
            made["MonitoringExecutionStatus"] = "Completed"

    sagemaker.before = finish

    (result,) = events(trigger())

    assert result["execution"]["status"] == "Completed"
    assert len(sagemaker.calls) == 3


def test_many_triggers_look_once(sagemaker: ScriptedSageMaker) -> None:
    for number in range(250):
        sagemaker.execute(f"churn-{number}", NOON)

    results = events(*(trigger(f"churn-{number}") for number in range(250)))

    assert [result["execution"]["schedule"] for result in results] == [f"churn-{number}" for number in range(250)]
    assert len(sagemaker.calls) == 3


def test_follows_pages_past_empty_ones(sagemaker: ScriptedSageMaker) -> None:
    sagemaker.page, sagemaker.empty_pages = 2, 2
    for number in range(9):
        sagemaker.execute(f"churn-{number}", NOON)

    results = events(*(trigger(f"churn-{number}") for number in range(9)))

    assert {result["status"] for result in results} == {"ended"}


def test_an_account_with_endless_pages_is_asked_schedule_by_schedule(
    sagemaker: ScriptedSageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution_poller, "MAX_PAGES", 3)
    sagemaker.page = 2
    for number in range(40):
        sagemaker.execute(f"others-{number}", NOON + timedelta(minutes=1))
    for number in range(6):
        sagemaker.execute(f"churn-{number}", NOON)

    results = events(*(trigger(f"churn-{number}") for number in range(6)))

    assert {result["status"] for result in results} == {"ended"}
    assert len(sagemaker.calls) == 3 + 6


PAST = (NOON + HOUR).isoformat()


def test_one_that_never_appears(sagemaker: ScriptedSageMaker) -> None:
    sagemaker.execute("churn", NOON - HOUR)
    soon = (datetime.now(UTC) + timedelta(seconds=0.5)).isoformat()

    assert events(trigger(appears_before=soon)) == [{"status": "absent"}]


def test_only_a_look_can_say_that_one_is_absent(sagemaker: ScriptedSageMaker) -> None:
    sagemaker.execute("churn", NOON)

    def refuse(call: Call) -> None:
        if len(sagemaker.calls) == 1:
            raise Refusal("ThrottlingException", "Rate exceeded")

    sagemaker.before = refuse

    (result,) = events(trigger(appears_before=PAST))

    assert result["status"] == "ended"


def test_one_that_runs_is_not_absent(sagemaker: ScriptedSageMaker) -> None:
    made = sagemaker.execute("churn", NOON, "InProgress")

    def finish(call: Call) -> None:
        if len(sagemaker.calls) == 3:
            made["MonitoringExecutionStatus"] = "Stopped"

    sagemaker.before = finish

    (result,) = events(trigger(appears_before=PAST))

    assert result["execution"]["status"] == "Stopped"


def test_one_that_was_seen_and_is_out_of_the_list_for_a_while_is_waited_for(sagemaker: ScriptedSageMaker) -> None:
    made = sagemaker.execute("churn", NOON, "InProgress")

    def vanish_and_return(call: Call) -> None:
        if len(sagemaker.calls) == 2:
            sagemaker.executions.clear()
        if len(sagemaker.calls) == 4:
            sagemaker.executions.append({**made, "MonitoringExecutionStatus": "Completed"})

    sagemaker.before = vanish_and_return

    (result,) = events(trigger(appears_before=PAST))

    assert result["execution"]["status"] == "Completed"


@pytest.mark.parametrize(
    "fault", [Refusal("ThrottlingException", "Rate exceeded"), Refusal("InternalFailure", status=500)]
)
def test_faults_are_waited_out_with_growing_pauses(sagemaker: ScriptedSageMaker, fault: Refusal) -> None:
    sagemaker.execute("churn", NOON)

    def refuse(call: Call) -> None:
        if len(sagemaker.calls) <= 3:
            raise fault

    sagemaker.before = refuse

    (result,) = events(trigger())

    pauses = [later.at - call.at for call, later in zip(sagemaker.calls, sagemaker.calls[1:])]
    assert result["status"] == "ended"
    assert len(pauses) == 3
    assert [pause >= 0.2 * 2**number for number, pause in enumerate(pauses, 1)] == [True] * 3


def test_a_refusal_fails_everybody_with_its_cause(sagemaker: ScriptedSageMaker) -> None:
    def refuse(call: Call) -> None:
        raise Refusal("AccessDeniedException", "not authorized to perform: sagemaker:ListMonitoringExecutions")

    sagemaker.before = refuse

    results = events(*(trigger(f"churn-{number}") for number in range(10)))

    assert {result["status"] for result in results} == {"error"}
    assert "not authorized to perform: sagemaker:ListMonitoringExecutions" in results[0]["error"]
    assert len(sagemaker.calls) == 1


def test_a_refusal_of_one_list_concerns_nobody_else(sagemaker: ScriptedSageMaker) -> None:
    sagemaker.execute("churn", NOON)

    def refuse(call: Call) -> None:
        if call.parameters["MonitoringScheduleName"] == "secret":
            raise Refusal("AccessDeniedException", "not this one")

    sagemaker.before = refuse

    refused, ended = events(trigger("secret"), trigger("churn"))

    assert (refused["status"], ended["status"]) == ("error", "ended")


def test_expired_credentials_are_read_anew(sagemaker: ScriptedSageMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    sagemaker.execute("churn", NOON)

    def refuse(call: Call) -> None:
        if call.key == "key":
            # What rotates credentials has replaced them meanwhile.
            fresh = sagemaker.connection().replace('"key"', '"fresh"')
            monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", fresh)
            raise Refusal("ExpiredTokenException", "The security token included in the request is expired")

    sagemaker.before = refuse

    (result,) = events(trigger())

    assert result["status"] == "ended"
    assert [call.key for call in sagemaker.calls] == ["key", "fresh"]


def test_credentials_that_stay_expired_end_the_waiting(sagemaker: ScriptedSageMaker) -> None:
    def refuse(call: Call) -> None:
        raise Refusal("ExpiredTokenException", "The security token included in the request is expired")

    sagemaker.before = refuse

    (result,) = events(trigger(poke_interval=0.01))

    assert result["status"] == "error"
    assert "ExpiredTokenException" in result["error"]
    assert len(sagemaker.calls) == 10


def test_the_connections_retries_are_used(sagemaker: ScriptedSageMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    retries = {"retries": {"mode": "adaptive", "total_max_attempts": 3}}
    monkeypatch.setenv("AIRFLOW_CONN_SAGEMAKER", sagemaker.connection(config_kwargs=retries))
    sagemaker.execute("churn", NOON)

    def refuse(call: Call) -> None:
        if len(sagemaker.calls) <= 2:
            raise Refusal("ThrottlingException", "Rate exceeded")

    sagemaker.before = refuse

    # An interval of an hour: the second and third attempt are botocore's.
    (result,) = events(trigger(poke_interval=3600 / 1200))

    assert result["status"] == "ended"
    assert len(sagemaker.calls) == 3


def looks(sagemaker: ScriptedSageMaker) -> int:
    return len(sagemaker.asked("ListMonitoringExecutions"))


def test_the_last_to_leave_stops_the_poller(sagemaker: ScriptedSageMaker) -> None:
    async def cancelled_after_a_look() -> tuple[int, list[str]]:
        waiting = [asyncio.ensure_future(event(trigger(f"churn-{number}"))) for number in range(3)]
        await until(lambda: looks(sagemaker) > 2)
        for one in waiting[:2]:
            one.cancel()
        before = looks(sagemaker)
        await until(lambda: looks(sagemaker) > before)
        waiting[2].cancel()
        await asyncio.wait(waiting)
        await asyncio.sleep(0.3)
        after = looks(sagemaker)
        await asyncio.sleep(0.6)
        return looks(sagemaker) - after, [one.get_name() for one in asyncio.all_tasks()]

    more, tasks = asyncio.run(cancelled_after_a_look())

    assert more == 0
    assert "model-monitor-executions" not in tasks


def test_whoever_comes_after_the_last_one_left_is_looked_for(sagemaker: ScriptedSageMaker) -> None:
    async def one_after_the_other() -> dict[str, Any]:
        first = asyncio.ensure_future(event(trigger("churn-1")))
        await until(lambda: looks(sagemaker) > 0)
        first.cancel()
        await asyncio.wait([first])
        sagemaker.execute("churn-2", NOON)
        return await asyncio.wait_for(event(trigger("churn-2")), 10)

    assert asyncio.run(one_after_the_other())["status"] == "ended"


def test_whoever_comes_later_does_not_wait_for_a_whole_interval(sagemaker: ScriptedSageMaker) -> None:
    async def joined_after_the_first_look() -> float:
        first = asyncio.ensure_future(event(trigger("churn-1", poke_interval=8)))
        await until(lambda: looks(sagemaker) > 0)
        sagemaker.execute("churn-2", NOON)
        start = time.monotonic()
        await asyncio.wait_for(event(trigger("churn-2", poke_interval=8)), 20)
        first.cancel()
        return time.monotonic() - start

    assert asyncio.run(joined_after_the_first_look()) < 6


def test_every_event_loop_has_its_own(sagemaker: ScriptedSageMaker) -> None:
    sagemaker.execute("churn", NOON)

    for _ in range(3):
        assert events(trigger())[0]["status"] == "ended"
    gc.collect()

    assert not [pollers for pollers in execution_poller._pollers.values() if pollers]


def test_other_settings_other_poller(sagemaker: ScriptedSageMaker) -> None:
    sagemaker.execute("churn", NOON)

    results = events(trigger(), trigger(botocore_config={"read_timeout": 7}))

    assert [result["status"] for result in results] == ["ended", "ended"]
    assert looks(sagemaker) == 2


def test_a_slow_answer_does_not_hold_up_the_loop(sagemaker: ScriptedSageMaker) -> None:
    sagemaker.execute("churn", NOON)
    sagemaker.before = lambda call: time.sleep(1)

    async def longest_pause_while_waiting() -> float:
        waiting = asyncio.ensure_future(event(trigger(poke_interval=0.01)))
        await until(lambda: looks(sagemaker) > 0)
        pauses = []
        for _ in range(20):
            start = time.monotonic()
            await asyncio.sleep(0.005)
            pauses.append(time.monotonic() - start)
        await waiting
        return max(pauses)

    assert asyncio.run(longest_pause_while_waiting()) < 0.7


def test_no_more_calls_a_minute_than_allowed() -> None:
    async def times() -> list[float]:
        budget = CallBudget(3, seconds=0.3)
        made = []
        for _ in range(8):
            await budget.spend()
            made.append(time.monotonic())
        return made

    made = asyncio.run(times())

    assert all(later - call >= 0.29 for call, later in zip(made, made[3:]))


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
