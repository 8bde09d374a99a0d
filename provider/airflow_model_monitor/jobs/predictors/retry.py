"""Asking again: exponential backoff with jitter, bounded in number and in time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

T = TypeVar("T")
ATTEMPTS: Final = 8
BUDGET_SECONDS: Final = 600.0
FIRST_DELAY: Final = 0.5
LONGEST_DELAY: Final = 30.0


class TransientError(Exception):
    """A request that may succeed when asked again: throttled, overloaded, connection lost.

    :param message: what happened, with the status
    :param retry_after: seconds the server asked to wait
    :param snippet: what it said
    """

    def __init__(self, message: str, *, retry_after: float | None = None, snippet: str = "") -> None:
        super().__init__(message)
        self.retry_after, self.snippet = retry_after, snippet


class GivenUpError(Exception):
    """The budget is used up; the cause is the last :class:`TransientError`."""


@dataclass(slots=True)
class Retry:
    """How often and how long one job asks again; shared by all its requests.

    The wait before attempt k + 1 is drawn evenly from 0 to ``first_delay * 2**(k - 1)``, at most ``longest_delay``
    ("full jitter": many jobs that were throttled together do not come back together). A server's own Retry-After is
    waited for where it is longer, up to ``longest_delay``.

    :param attempts: tries of one request
    :param budget_seconds: what all waits and failed tries of the job may take together
    """

    attempts: int = ATTEMPTS
    budget_seconds: float = BUDGET_SECONDS
    first_delay: float = FIRST_DELAY
    longest_delay: float = LONGEST_DELAY
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    uniform: Callable[[float, float], float] = random.uniform
    spent: float = field(default=0.0, init=False)

    def __call__(self, ask: Callable[[], T]) -> T:
        """Return what ``ask`` returns, sooner or later.

        :raises GivenUpError: it kept raising :class:`TransientError`
        """
        for attempt in range(1, self.attempts + 1):
            start = self.clock()
            try:
                return ask()
            except TransientError as error:
                self.spent += self.clock() - start
                wait = self.uniform(0.0, min(self.longest_delay, self.first_delay * 2.0 ** (attempt - 1)))
                wait = max(wait, min(error.retry_after or 0.0, self.longest_delay))
                if attempt == self.attempts:
                    raise GivenUpError(f"{attempt} attempts failed") from error
                if self.spent + wait > self.budget_seconds:
                    reason = f"the job's {self.budget_seconds:g} s for asking again are used up"
                    raise GivenUpError(reason) from error
                self.sleep(wait)
                self.spent += wait
        raise ValueError(f"attempts={self.attempts}: at least one is needed")
