"""Files in folders by time below a root, found under the prefixes that windows ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.service.windows import DAY, Window

if TYPE_CHECKING:
    from airflow_model_monitor.tables.merge_files import MergeFile

_AT_ONCE = 8


class HourFiles:
    """The files below ``yyyy/mm/dd/hh`` folders of a root, in the days that some windows touch.

    Each day is listed once, however many windows lie in it. Hidden files are passed over; a folder that is not there
    holds none.

    :param root: local path or fsspec URL
    :param windows: which days to list
    :param storage_options: keyword arguments of the file system
    :raises ContractError: the root cannot be listed
    """

    def __init__(self, root: str, windows: Iterable[Window], storage_options: Mapping[str, Any]) -> None:
        self._root, self._options = root.rstrip("/"), storage_options
        days = sorted({day for window in windows for day in _days(window)})
        self._found: dict[str, list[MergeFile]] = {}
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for day, files in zip(days, threads.map(self._listed, days), strict=True):
                for one in files:
                    self._found.setdefault(day, []).append(one)
                    hour, inside, _ = one.path.removeprefix(f"{day}/").partition("/")
                    if inside:
                        self._found.setdefault(f"{day}/{hour}", []).append(one)

    def under(self, prefixes: Sequence[str]) -> list[MergeFile]:
        """The files under prefixes such as ``2026/01/02`` and ``2026/01/03/04``, their paths relative to the root."""
        return [one for prefix in prefixes for one in self._found.get(prefix, ())]

    def _listed(self, day: str) -> list[MergeFile]:
        from airflow_model_monitor.tables.merge_files import MergeFile
        from airflow_model_monitor.tables.source_files import MissingLocationError, files_at, path_below

        location = f"{self._root}/{day}"
        try:
            files = files_at(location, storage_options=self._options)
        except MissingLocationError:
            return []
        return [MergeFile(file, f"{day}/{path_below(file, location, storage_options=self._options)}") for file in files]


def _days(window: Window) -> list[str]:
    day = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    count = -((day - window.end) // DAY)
    return [(day + timedelta(days=number)).strftime("%Y/%m/%d") for number in range(count)]
