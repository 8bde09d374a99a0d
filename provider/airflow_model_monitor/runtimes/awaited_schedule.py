"""One schedule, and the wait for SageMaker to finish what it works on."""

from __future__ import annotations

from collections.abc import Callable

from airflow_model_monitor.runtimes.schedule_api import KeptSchedule, NotNowError, NotThereError, ScheduleApi
from airflow_model_monitor.runtimes.settling import Settling


class AwaitedSchedule:
    """Looks at a schedule until it is as it shall be.

    :param api: where schedules are kept
    :param name: of the schedule
    :param settling: how often to look
    :param log: told what is waited for
    """

    def __init__(self, api: ScheduleApi, name: str, settling: Settling, log: Callable[[str], None]) -> None:
        self._api = api
        self._name = name
        self._settling = settling
        self._log = log

    def settled(self) -> KeptSchedule | None:
        """The schedule once it is not ``Pending`` any more; None when there is none.

        :raises TimeoutError: it stays ``Pending``
        """
        return self.seen(lambda kept: kept is None or kept.status != "Pending")

    def existing(self) -> KeptSchedule:
        """The schedule once it is not ``Pending`` any more.

        :raises NotThereError: there is none
        """
        kept = self.settled()
        if kept is None:
            raise NotThereError(f"there is no monitoring schedule {self._name}; create it first")
        return kept

    def when_ready(self, call: Callable[[], None]) -> None:
        """Send a request that is refused while the schedule is ``Pending``.

        :raises TimeoutError: it is still refused
        """
        refused: NotNowError | None = None
        for _ in self._settling.looks():
            try:
                return call()
            except NotNowError as error:
                refused = error
                self._log(f"Not now: {error}")
        raise TimeoutError(f"{self._name}: still refused after {self._settling.longest:.0f} s ({refused})")

    def seen(self, enough: Callable[[KeptSchedule | None], bool]) -> KeptSchedule | None:
        """The schedule once it is as wanted.

        :param enough: whether it is; given None where there is none
        :raises TimeoutError: it stays otherwise
        """
        for _ in self._settling.looks():
            kept = self._api.describe_schedule(self._name)
            if enough(kept):
                return kept
        status = "there" if kept is None else kept.status
        raise TimeoutError(
            f"the monitoring schedule {self._name} is still {status} after {self._settling.longest:.0f} s; run the "
            "task again, or allow it more time (waiter_delay, waiter_max_attempts)"
        )
