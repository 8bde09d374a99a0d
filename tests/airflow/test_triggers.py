"""Every trigger can be rebuilt in the triggerer from what it says about itself."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import time
from collections.abc import Iterator

import pytest

from airflow_model_monitor._compat import BaseTrigger
from airflow_model_monitor.provider_info import get_provider_info
from airflow_model_monitor.triggers.execution_published import ExecutionPublishedTrigger
from airflow_model_monitor.triggers.published_execution import PublishedExecution

ARGUMENTS = {
    "output_uri": "s3://bucket/out",
    "ground_truth_uri": "s3://bucket/labels",
    "queue_url": "https://sqs.eu-west-1.amazonaws.com/111122223333/alarms",
    "alarm_name": "churn-drift",
    "monitoring_schedule_name": "churn",
    "job_name": "groundtruth-merge-1",
    "window_start": "2026-01-02T01:00:00Z",
    "window_end": "2026-01-02T02:00:00Z",
    "due_from": "2026-01-02T02:00:00Z",
    "due_before": "2026-01-02T03:00:00Z",
}


def triggers() -> Iterator[type[BaseTrigger]]:
    for group in get_provider_info()["triggers"]:
        for module in map(importlib.import_module, group["python-modules"]):
            for value in vars(module).values():
                if inspect.isclass(value) and issubclass(value, BaseTrigger) and value.__module__ == module.__name__:
                    yield value


@pytest.mark.parametrize("trigger", triggers())
def test_constructor_arguments_are_the_keys_of_serialize(trigger: type[BaseTrigger]) -> None:
    parameters = [name for name in inspect.signature(trigger.__init__).parameters if name != "self"]

    path, arguments = trigger(**{k: v for k, v in ARGUMENTS.items() if k in parameters}).serialize()
    module, _, name = path.rpartition(".")

    assert sorted(arguments) == sorted(parameters)
    assert getattr(importlib.import_module(module), name) is trigger
    assert trigger(**arguments).serialize() == (path, arguments)


def test_a_slow_store_does_not_hold_up_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PublishedExecution, "read", lambda self: time.sleep(1))
    names = inspect.signature(ExecutionPublishedTrigger).parameters
    arguments = {name: value for name, value in ARGUMENTS.items() if name in names}
    trigger = ExecutionPublishedTrigger(**arguments, poke_interval=0)

    async def longest_pause_while_waiting() -> float:
        waiting = asyncio.ensure_future(anext(trigger.run()))
        pauses = []
        for _ in range(20):
            start = time.monotonic()
            await asyncio.sleep(0.005)
            pauses.append(time.monotonic() - start)
        waiting.cancel()
        return max(pauses)

    # A look in the loop itself would stop it for the whole second.
    assert asyncio.run(longest_pause_while_waiting()) < 0.7
