"""A task killed at any call, before or after it took effect, is run again and comes to the same end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleLifecycle
from airflow_model_monitor.runtimes.settling import Settling
from airflow_model_monitor.runtimes.stored_schedules import StoredSchedules
from airflow_model_monitor.service.schedule_store import ScheduleStore
from tests.runtimes.test_stored_schedules import NAME, definitions, wanted

Act = Callable[[ScheduleLifecycle], Any]


class Killed(BaseException):
    """What ends a task: no handler of errors sees it."""


class Interrupted:
    """Passes calls on until one is cut off.

    :param at: which call, from 0
    :param after: whether it takes effect first
    :param error: what it ends with
    """

    def __init__(self, api: StoredSchedules, at: int, *, after: bool, error: type[BaseException]) -> None:
        self._api = api
        self.left = at
        self._after = after
        self._error = error

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._api, name)

        def passed(*arguments: Any) -> Any:
            self.left -= 1
            if self.left == -1 and not self._after:
                raise self._error
            answer = call(*arguments)
            if self.left == -1:
                raise self._error
            return answer

        return passed


def life(api: Any) -> ScheduleLifecycle:
    return ScheduleLifecycle(api, NAME, settling=Settling(0, 3), log=lambda _: None)


def first(lived: ScheduleLifecycle) -> Any:
    return lived.create(wanted("ModelQuality"))


def second(lived: ScheduleLifecycle) -> Any:
    return lived.create(wanted("ModelQuality", timing=None, output_uri="/elsewhere"))


def stop(lived: ScheduleLifecycle) -> Any:
    return lived.stop()


def delete(lived: ScheduleLifecycle) -> Any:
    return lived.delete()


def state(store: ScheduleStore) -> Any:
    """All that is kept, without times and version numbers."""
    schedule = store.schedule(NAME)
    found = {} if schedule is None else {name: value for name, value in schedule.items() if not name.endswith("Time")}
    return found, definitions(store)


CASES: list[tuple[str, list[Act], Act]] = [
    ("create", [], first),
    ("update", [first], second),
    ("stop", [first], stop),
    ("delete", [first], delete),
    ("delete after a change", [first, second], delete),
]


@pytest.mark.parametrize("error", [Killed, ConnectionError])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("before", "act"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_wherever_it_is_cut_off(
    before: list[Act], act: Act, after: bool, error: type[BaseException], tmp_path: Path
) -> None:
    undisturbed = ScheduleStore(str(tmp_path / "undisturbed"))
    for one in (*before, act):
        one(life(StoredSchedules(undisturbed)))

    for at in range(calls(before, act, tmp_path)):
        store = ScheduleStore(str(tmp_path / str(at)))
        for one in before:
            one(life(StoredSchedules(store)))
        try:
            act(life(Interrupted(StoredSchedules(store), at, after=after, error=error)))
        except error:
            act(life(StoredSchedules(store)))
        # Without an error, what the call did was found to have taken effect.
        assert state(store) == state(undisturbed), at


def calls(before: list[Act], act: Act, folder: Path) -> int:
    """How many calls it makes when nothing disturbs it."""
    store = StoredSchedules(ScheduleStore(str(folder / "counted")))
    for one in before:
        one(life(store))
    counting = Interrupted(store, 1000, after=False, error=Killed)
    act(life(counting))
    return 1000 - counting.left
