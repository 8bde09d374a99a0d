"""Tasks that are killed stop their processing job; what only looks like it does not."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from airflow_model_monitor._compat import TaskDeferralTimeout, TaskDeferred
from airflow_model_monitor.links.processing_job import PROCESSING_JOB_KEY
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.runtimes.processing_failure import ProcessingJobStopped, ProcessingJobUnfinished
from airflow_model_monitor.triggers import processing_job, processing_services
from airflow_model_monitor.triggers.processing_job import ProcessingJobTrigger
from tests.faulty_aws import Weather, bad_weather
from tests.local_aws import REGION, ROLE, Client, local_aws
from tests.runtimes.processing_world import END, HOUR, World


@pytest.fixture(scope="module")
def server() -> Iterator[Client]:
    with local_aws(clock=None, enable_scripts=True) as aws:
        aws.make_bucket()
        yield aws


@pytest.fixture
def way(server: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Weather]:
    """A way to the server, which the connection ``sagemaker`` leads to; botocore repeats nothing."""
    monkeypatch.setattr(processing_services, "_SERVICES", {})
    with bad_weather(server.url) as way:
        extra = {"region_name": REGION, "config_kwargs": {"retries": {"total_max_attempts": 1}}}
        extra["service_config"] = {"s3": {"endpoint_url": server.url}}
        connection = {"conn_type": "aws", "login": "test", "password": "test"}
        monkeypatch.setenv(
            "AIRFLOW_CONN_SAGEMAKER", json.dumps({**connection, "extra": {**extra, "endpoint_url": way.url}})
        )
        yield way


@pytest.fixture
def world(server: Client, way: Weather) -> World:
    """With traffic that takes a job minutes, so that it runs until it is stopped."""
    world = World(server)
    world.write_slow_traffic(records=400)
    return world


class Task(SimpleNamespace):
    """What an operator sees of its task instance."""

    def __init__(self, **members: Any) -> None:
        self.xcoms: dict[str, Any] = {}
        super().__init__(
            **{
                "dag_id": "d",
                "task_id": "t",
                "run_id": "r",
                "map_index": -1,
                "max_tries": 0,
                "try_number": 1,
                **members,
            }
        )

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value

    def xcom_pull(self, key: str, **_: Any) -> Any:
        return self.xcoms.get(key)


def monitor(world: World, **arguments: Any) -> RunMonitoringOperator:
    return RunMonitoringOperator(
        task_id="monitor",
        monitoring_schedule_name="hourly",
        endpoint_name="churn",
        captured_data_uri=f"{world.home}/capture",
        baseline_uri=f"{world.home}/baseline",
        output_uri=f"{world.home}/out",
        record_preprocessor_script=f"{world.home}/slow.py",
        enable_scripts=True,
        aws_conn_id="sagemaker",
        **{"runtime": "sagemaker", "role_arn": ROLE, "waiter_delay": 1, **arguments},
    )


def context(task: Task) -> Any:
    return {"ti": task, "data_interval_start": HOUR, "data_interval_end": END}


def status(world: World) -> str:
    """Of the one job there is, once it no longer changes."""
    until = time.monotonic() + 20
    while world.jobs[0]["ProcessingJobStatus"] == "Stopping" and time.monotonic() < until:
        time.sleep(0.1)
    (job,) = world.jobs
    return str(job["ProcessingJobStatus"])


def wait_until(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_on_kill_stops_the_job_of_a_waiting_worker(world: World) -> None:
    operator, caught = monitor(world), []

    def execute() -> None:
        try:
            operator.execute(context(Task()))
        except Exception as error:  # noqa: BLE001
            caught.append(error)

    thread = threading.Thread(target=execute)
    thread.start()
    wait_until(lambda: world.jobs)
    operator.on_kill()
    thread.join(30)
    assert status(world) == "Stopped"
    assert [type(error) for error in caught] == [ProcessingJobStopped]


def defer(operator: RunMonitoringOperator, task: Task) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        operator.execute(context(task))
    return caught.value


async def cancelled(trigger: ProcessingJobTrigger) -> None:
    """Run a trigger for a moment, then cancel it, as the triggerer does when it stops, or when a task is killed."""

    async def run() -> None:
        async for _ in trigger.run():
            pass

    task = asyncio.create_task(run())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_deferred_task_survives_its_triggerer_and_is_stopped_by_a_kill(world: World) -> None:
    task = Task()
    operator = monitor(world, deferrable=True)
    deferred = defer(operator, task)
    operator.on_kill()  # the worker goes on to other things; nothing of its is running
    path, arguments = deferred.trigger.serialize()
    assert path == "airflow_model_monitor.triggers.processing_job.ProcessingJobTrigger"
    assert (arguments["aws_conn_id"], arguments["waiter_delay"]) == ("sagemaker", 1)
    # Killed before it was deferred, the worker's retry defers for the same job.
    again = defer(monitor(world, deferrable=True), Task(try_number=2))
    assert again.trigger.serialize()[1]["job_name"] == arguments["job_name"]

    asyncio.run(cancelled(ProcessingJobTrigger(**arguments)))
    assert status(world) == "InProgress"
    asyncio.run(ProcessingJobTrigger(**arguments).on_kill())
    assert status(world) == "Stopped"


@pytest.mark.parametrize(
    ("map_index", "states", "expected"),
    [
        (-1, {"r": {"t": "deferred"}}, "InProgress"),
        (-1, {"r": {"t": "scheduled"}}, "InProgress"),
        (-1, {}, "InProgress"),
        (-1, {"r": {"t": "failed"}}, "Stopped"),
        (3, {"r": {"t_3": "success", "t": "deferred"}}, "Stopped"),
    ],
)
def test_before_airflow_3_3_a_cancelled_trigger_asks_for_the_tasks_state(
    world: World, monkeypatch: pytest.MonkeyPatch, map_index: int, states: dict[str, Any], expected: str
) -> None:
    monkeypatch.setattr(processing_job, "TRIGGERS_LEARN_OF_KILLS", False)
    monkeypatch.setattr(RuntimeTaskInstance, "get_task_states", staticmethod(lambda **_: states))
    _, arguments = defer(monitor(world, deferrable=True), Task(map_index=map_index)).trigger.serialize()
    trigger = ProcessingJobTrigger(**arguments)
    trigger.task_instance = Task(map_index=map_index)
    asyncio.run(cancelled(trigger))
    assert status(world) == expected
    if expected == "InProgress":
        asyncio.run(ProcessingJobTrigger(**arguments).on_kill())


def test_a_task_that_times_out_while_deferred_stops_its_job(world: World) -> None:
    task = Task()
    deferred = defer(monitor(world, deferrable=True, execution_timeout=timedelta(minutes=5)), task)
    assert deferred.timeout == timedelta(minutes=5)
    with pytest.raises(TaskDeferralTimeout):
        monitor(world, deferrable=True).resume_execution("__fail__", {"error": "Trigger timeout"}, context(task))
    assert status(world) == "Stopped"
    assert task.xcoms[PROCESSING_JOB_KEY]["name"] == world.jobs[0]["ProcessingJobName"]


def test_a_cleared_task_runs_a_job_of_its_own(world: World) -> None:
    names = [
        defer(monitor(world, deferrable=True, retries=2), task).trigger.job_name
        for task in (Task(max_tries=2), Task(max_tries=2, try_number=3), Task(max_tries=5, try_number=4))
    ]
    assert names[0] == names[1] != names[2]
    assert len(world.jobs) == 2
    for name in set(names):
        world.aws.sagemaker.stop_processing_job(ProcessingJobName=name)


def fired(trigger: ProcessingJobTrigger) -> Any:
    async def first() -> Any:
        async for event in trigger.run():
            return event.payload
        return None

    return asyncio.run(asyncio.wait_for(first(), 30))


def test_a_trigger_outlasts_faults_and_tells_what_it_cannot(world: World, way: Weather) -> None:
    _, arguments = defer(monitor(world, deferrable=True), Task()).trigger.serialize()
    arguments = {**arguments, "waiter_delay": 0.05, "deadline": None}
    world.aws.sagemaker.stop_processing_job(ProcessingJobName=arguments["job_name"])
    for kind in ("ThrottlingException", "ServiceUnavailable", "reset"):
        way.fails("DescribeProcessingJob", kind)
    event = fired(ProcessingJobTrigger(**arguments))
    assert (event["status"], event["job_status"]) == ("ended", "Stopped")
    with pytest.raises(ProcessingJobStopped, match="stopped by a call"):
        monitor(world, deferrable=True).execute_complete(context(Task()), event)

    way.fails("DescribeProcessingJob", "AccessDeniedException", message="not authorized")
    event = fired(ProcessingJobTrigger(**arguments))
    assert event["status"] == "error"
    with pytest.raises(RuntimeError, match="not authorized"):
        monitor(world, deferrable=True).execute_complete(context(Task()), event)

    vanished = {**arguments, "job_name": "model-monitoring-of-nobody"}
    assert fired(ProcessingJobTrigger(**vanished))["status"] == "vanished"


def test_a_wait_that_is_over_leaves_the_job_to_the_retry(world: World) -> None:
    _, arguments = defer(monitor(world, deferrable=True), Task()).trigger.serialize()
    event = fired(ProcessingJobTrigger(**{**arguments, "deadline": datetime.now(UTC).isoformat()}))
    assert event["status"] == "timeout"
    with pytest.raises(ProcessingJobUnfinished, match="a retry attaches to it"):
        monitor(world, deferrable=True).execute_complete(context(Task()), event)
    assert status(world) == "InProgress"
    world.aws.sagemaker.stop_processing_job(ProcessingJobName=arguments["job_name"])
