"""How long to wait for SageMaker to finish what it has accepted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settling:
    """A bounded number of looks, with a pause between two of them.

    A schedule settles within seconds, so a worker waits for it: a triggerer would take longer to be asked.

    :param delay: seconds between two looks
    :param max_attempts: how often to look
    :param sleep: waits that long
    """

    delay: float = 5.0
    max_attempts: int = 60
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False, compare=False)

    @property
    def longest(self) -> float:
        """Seconds after which it is given up."""
        return self.delay * (self.max_attempts - 1)

    def looks(self) -> Iterator[int]:
        """The numbers of the looks, from 0; waits before each but the first."""
        for number in range(self.max_attempts):
            if number:
                self.sleep(self.delay)
            yield number
