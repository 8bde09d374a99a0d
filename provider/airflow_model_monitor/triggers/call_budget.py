"""How often AWS may be called: so many times in any minute."""

from __future__ import annotations

import asyncio
from collections import deque


class CallBudget:
    """Holds a caller back who has used up the minute's calls.

    :param calls: allowed in any ``seconds``
    :param seconds: the length of a minute
    """

    def __init__(self, calls: int, seconds: float = 60.0) -> None:
        self._calls = calls
        self._seconds = seconds
        self._made: deque[float] = deque(maxlen=calls)

    async def spend(self) -> None:
        """Return as soon as one more call may be made, and count it."""
        loop = asyncio.get_running_loop()
        if len(self._made) == self._calls:
            await asyncio.sleep(max(0.0, self._made[0] + self._seconds - loop.time()))
        self._made.append(loop.time())
