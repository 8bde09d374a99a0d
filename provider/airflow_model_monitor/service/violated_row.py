"""For how many windows in a row a monitor has found violations."""

from __future__ import annotations

from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window

_LONGEST = 100
_AT_ONCE = 10


def violated_row(store: ExecutionStore, key: ExecutionKey, *, longest: int = _LONGEST) -> tuple[Window, int]:
    """The first window of the unbroken row of windows in violation that ends with this one, and how many it has.

    A gap of a window that was never judged, or whose execution failed, does not break it; a quiet one does.

    :param longest: look no further back than about so many windows
    """
    first, count = key.window, 1
    while count < longest:
        before = store.newest(key.monitor, endpoint=key.endpoint, until=first.start, count=_AT_ONCE).judged
        for earlier, revision in reversed(before):
            if not revision.execution.violations:
                return first, count
            first, count = earlier.window, count + 1
        if len(before) < _AT_ONCE:
            break
    return first, count
