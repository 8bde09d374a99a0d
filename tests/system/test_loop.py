"""From a drift alarm to a new baseline: scheduler, triggerer and API server on PostgreSQL, and the local SageMaker.

Twice: undisturbed, and with the triggerer and the scheduler killed at three steps. Both end in the same state.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.local_aws import REGION, START, Client, LocalAwsProcess
from tests.system import churn
from tests.system.postgres import binary
from tests.system.stack import Stack, running

pytestmark = pytest.mark.loop

DAG = "retrain_on_drift"
SETTINGS = Path(__file__).with_name("loop.toml")
#: A killed worker's task is noticed in seconds instead of minutes.
QUICK = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "25",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "5",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "15",
}


@dataclass
class Loop:
    """The running world."""

    #: Of the local SageMaker.
    ARGUMENTS: ClassVar[tuple[str, ...]] = ()

    aws: LocalAwsProcess
    stack: Stack

    @staticmethod
    def make_endpoint(aws: Client) -> object:
        """The endpoint that is watched."""
        return aws.make_endpoint()

    def new_hour(self, hour: int) -> None:
        """An hour's traffic and labels, when the new model serves."""
        churn.answer_hour(self.aws, hour, border=80)

    def runs(self) -> list[dict[str, Any]]:
        """The runs of the retraining DAG, oldest first."""
        asked = {"order_by": "run_after", "limit": 100}
        return list(self.stack.call("GET", f"dags/{DAG}/dagRuns", params=asked)["dag_runs"])

    def begun(self) -> dict[str, Any] | None:
        """The run whose guards let it pass, as soon as there is one."""
        for run in self.runs():
            if self.stack.task_states(DAG, run).get("guards") == "success":
                decision = self.stack.xcom(DAG, run, "guards")
                if decision["allowed"]:
                    return run
        return None

    def task(self, run: dict[str, Any], task: str, *wanted: str, seconds: float = 500) -> None:
        """Wait until a task is in one of some states."""
        self.stack.until(lambda: self.stack.task_states(DAG, run).get(task) in wanted, seconds=seconds)

    def approve(self, run: dict[str, Any]) -> None:
        """A person says yes, and says it again when asked again: an answer within the second may be lost by Airflow."""
        path = f"dags/{DAG}/dagRuns/{run['dag_run_id']}/taskInstances/approval/-1/hitlDetails"

        def answered() -> bool:
            states = self.stack.task_states(DAG, run)
            if states.get("approval") in ("awaiting_input", "deferred"):
                details = self.stack.call("GET", path)
                if not details["response_received"]:
                    time.sleep(10)  # nobody reads faster
                    self.stack.call("PATCH", path, json={"chosen_options": ["Approve"], "params_input": {}})
            return states.get("approved") == "success"

        self.stack.until(answered, seconds=400)

    def ended(self, run: dict[str, Any]) -> str:
        """The run's state when it has ended."""
        path = f"dags/{DAG}/dagRuns/{run['dag_run_id']}"
        found = self.stack.until(
            lambda: (state := self.stack.call("GET", path)["state"]) in ("success", "failed") and state, seconds=600
        )
        return str(found)


@contextlib.contextmanager
def running_loop(
    request: pytest.FixtureRequest, made: type[Loop] = Loop, variables: Mapping[str, str] | None = None
) -> Iterator[Loop]:
    """Hours judged by a first baseline; SageMaker's schedule and its alarm are about to see them.

    :param made: what the world is
    :param variables: further ones of every service
    """
    binary("initdb")
    folder = Path(tempfile.mkdtemp(prefix="model-monitor-loop-"))
    folder.chmod(0o755)
    failed_before = request.session.testsfailed
    with LocalAwsProcess(*made.ARGUMENTS, data=folder / "aws") as aws:
        environment = {
            "MODEL_MONITOR_SETTINGS": str(SETTINGS),
            "MODEL_MONITOR_ALARM_QUEUE": churn.prepare(aws, made.make_endpoint),
            "AIRFLOW_CONN_AWS_LOCAL": (
                '{"conn_type": "aws", "login": "test", "password": "test", "extra": '
                f'{{"region_name": "{REGION}", "endpoint_url": "{aws.url}"}}}}'
            ),
            **(variables or {}),
        }
        with running(folder, environment) as stack:
            world = made(aws, stack)
            stack.unpause("baseline")
            assert stack.run("baseline") == "success"
            for dag in (DAG, "monitor_model_quality", "monitor_data_quality"):
                stack.unpause(dag)
            for dag in ("monitor_model_quality", "monitor_data_quality"):
                stack.backfill(dag, START, START + (churn.HOURS - 1) * churn.HOUR)
            churn.watch(aws)
            yield world
    if request.session.testsfailed == failed_before:
        shutil.rmtree(folder)
    else:
        print(f"logs are kept in {folder}")


@pytest.fixture(scope="module", params=["undisturbed", pytest.param("killed", marks=pytest.mark.kills)])
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    killed = request.param == "killed"
    with running_loop(request, variables=QUICK if killed else None) as world:
        if killed:
            drive_with_accidents(world)
        else:
            drive(world)
        yield world


def time_passes(loop: Loop) -> None:
    """The clock goes on hour by hour, as clocks do; with the fourth drifted hour the alarm trips."""
    for _ in range(churn.HOURS):
        loop.aws.advance("PT1H")


def drive(loop: Loop) -> None:
    """Time passes, the alarm trips, a person approves."""
    time_passes(loop)
    run = loop.stack.until(loop.begun, seconds=400)
    loop.task(run, "approval", "awaiting_input", "deferred")
    loop.approve(run)
    assert loop.ended(run) == "success"


def drive_with_accidents(loop: Loop) -> None:
    """The same with the triggerer dead when the message comes, and the scheduler at training and at re-baselining."""
    stack = loop.stack
    stack.kill("triggerer")
    time_passes(loop)
    stack.restart("triggerer")
    run = stack.until(loop.begun, seconds=400)
    loop.task(run, "recent_windows", "running", "success")
    stack.kill("scheduler")
    stack.restart("scheduler")
    loop.task(run, "approval", "awaiting_input", "deferred", seconds=600)
    loop.approve(run)
    loop.task(run, "put_in_service.answers", "running", "success")
    stack.kill("scheduler")
    stack.restart("scheduler")
    assert loop.ended(run) == "success"


#: How each way ended, in order.
SEEN: list[dict[str, Any]] = []


def test_an_alarm_in_a_new_baseline_out(loop: Loop) -> None:
    found = churn.state(loop.aws)

    first, second = found["deployed"]
    assert (first[1], second[1]) == (None, "2026-01-01T06:00:00Z")
    assert found["versions"] == sorted({first[0], second[0]})
    assert {since for _, since in found["promoted"].values()} == {"2026-01-01T06:00:00Z"}
    assert found["outcomes"] == [("000001/outcome.json", "finished")]


def test_backfilled_violations_began_nothing(loop: Loop) -> None:
    decisions = [loop.stack.xcom(DAG, run, "guards") for run in loop.runs()]

    assert sum(decision["allowed"] for decision in decisions) == 1
    (alarm,) = (decision for decision in decisions if decision["allowed"])
    assert {finding["kind"] for finding in alarm["findings"]} == {"alarm"}
    assert any("backfill" in decision["reason"] for decision in decisions if not decision["allowed"])


def test_later_windows_are_judged_by_the_new_baseline_on_sagemakers_side_too(loop: Loop) -> None:
    before = [one["MonitoringExecutionStatus"] for one in loop.aws.executions("hourly")]
    for hour in (6, 7):
        loop.new_hour(hour)
        loop.aws.advance("PT1H")

    after = [one["MonitoringExecutionStatus"] for one in loop.aws.executions("hourly")][len(before) :]
    assert before[:6] == ["Completed"] * 2 + ["CompletedWithViolations"] * 4
    assert after == ["Completed"] * 2


def test_a_second_alarm_inside_the_cool_down_does_nothing(loop: Loop) -> None:
    before, known = churn.state(loop.aws), len(loop.runs())

    churn.alarm_again(loop.aws, START + 9 * churn.HOUR)
    loop.stack.until(lambda: len(loop.runs()) > known and loop.runs()[-1]["state"] == "success", seconds=300)

    decision = loop.stack.xcom(DAG, loop.runs()[-1], "guards")
    assert not decision["allowed"]
    assert "CoolDown" in decision["reason"]
    assert churn.state(loop.aws) == before


@pytest.mark.kills
def test_it_ends_in_the_same_state_whatever_was_killed(loop: Loop) -> None:
    SEEN.append(churn.state(loop.aws))
    if len(SEEN) < 2:
        pytest.skip("the other way has not been gone yet")

    assert SEEN[1] == SEEN[0]
