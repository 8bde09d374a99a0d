"""Monitoring schedules and job definitions in a folder of one's own (any fsspec URL), as SageMaker's API has them::

    schedules/churn-quality/000001.json        what DescribeMonitoringSchedule answers, and the tags
    schedules/churn-quality/000002.json        the same after a change; the highest number is the schedule
    job-definitions/ModelQuality/<name>.json   what DescribeModelQualityJobDefinition answers, and the tags

Nothing is ever overwritten. A definition's name is made of its content. A change of a schedule writes the next number,
only if nobody has (a conditional put where the store can): of two changes at once one finds that it has lost, and is
made again on what the other wrote. A change that was half written does not exist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from airflow_model_monitor.contract.json_reader import load
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.monitor_kind import MonitoringType, kind_of

SCHEDULES: Final = "schedules"
DEFINITIONS: Final = "job-definitions"
_VERSION: Final = re.compile(r"(\d{6})\.json")
_ROUNDS: Final = 20

Document = dict[str, Any]


class ScheduleStore:
    """The schedules and definitions below one root.

    :param root_url: the folder, a local path or fsspec URL
    :param storage_options: keyword arguments of the file system, e.g. from ``ModelMonitorHook.storage_options()``
    """

    def __init__(self, root_url: str, storage_options: Mapping[str, Any] | None = None) -> None:
        self._root = Folder(root_url, storage_options)

    @property
    def url(self) -> str:
        """Address of the root."""
        return self._root.url

    def schedule_url(self, name: str) -> str:
        """Address of the folder that holds a schedule's versions."""
        return self._schedule(name).url

    def names(self) -> tuple[str, ...]:
        """Names of the schedules, in order."""
        return tuple(self._root.child(SCHEDULES).names())

    def schedules(self) -> Iterator[Document]:
        """Every schedule, in order of their names. One that is deleted meanwhile is passed over."""
        for name in self.names():
            found = self.schedule(name)
            if found is not None:
                yield found

    def schedule(self, name: str) -> Document | None:
        """A schedule as it is now; None when there is none.

        :raises ContractError: somebody made the file unreadable
        """
        return self._newest(name)[1]

    def change(self, name: str, change: Callable[[Document | None], Document]) -> Document:
        """Write a schedule's next version.

        :param change: makes the new document out of the present one, None where there is none; called again when
            somebody else's change came first. What it raises is raised, and nothing is written
        :returns: the document that was written; the present one where nothing changes
        :raises TimeoutError: others change the schedule all the time
        """
        for _ in range(_ROUNDS):
            number, present = self._newest(name)
            wanted = change(present)
            if wanted == present:
                return wanted
            if self._schedule(name).create(_file(number + 1), _text(wanted)):
                return wanted
        raise TimeoutError(f"{self.schedule_url(name)}: changed by others {_ROUNDS} times in a row; try again")

    def delete_schedule(self, name: str) -> bool:
        """Remove a schedule with all its versions, the newest last, so that no earlier one comes to light.

        :returns: whether there was one
        """
        folder, versions = self._schedule(name), self._versions(name)
        for number in versions:
            folder.delete(_file(number))
        if folder.local_path is not None and folder.local_path.is_dir() and not any(folder.local_path.iterdir()):
            folder.local_path.rmdir()
        return bool(versions)

    def definition(self, monitoring_type: MonitoringType, name: str) -> Document | None:
        """A job definition; None when there is none.

        :raises ContractError: somebody made the file unreadable
        """
        folder = self._definitions(monitoring_type)
        text = folder.read_if_there(_named(name))
        return None if text is None else _document(text, folder.url_of(_named(name)))

    def create_definition(self, monitoring_type: MonitoringType, name: str, document: Document) -> bool:
        """Write a definition unless there is one by that name; whether this call did."""
        if self.definition(monitoring_type, name) is not None:
            return False
        return self._definitions(monitoring_type).create(_named(name), _text(document))

    def delete_definition(self, monitoring_type: MonitoringType, name: str) -> bool:
        """Remove a definition; whether there was one."""
        there = self.definition(monitoring_type, name) is not None
        self._definitions(monitoring_type).delete(_named(name))
        return there

    def definition_names(self, monitoring_type: MonitoringType) -> tuple[str, ...]:
        """Names of the definitions of a monitor, in order."""
        found = self._definitions(monitoring_type).names()
        return tuple(name.removesuffix(".json") for name in found if name.endswith(".json"))

    def _newest(self, name: str) -> tuple[int, Document | None]:
        folder = self._schedule(name)
        for number in reversed(self._versions(name)):
            text = folder.read_if_there(_file(number))
            if text is not None:
                return number, _document(text, folder.url_of(_file(number)))
        return 0, None

    def _versions(self, name: str) -> list[int]:
        matches = (_VERSION.fullmatch(file) for file in self._schedule(name).names())
        return sorted(int(match[1]) for match in matches if match is not None)

    def _schedule(self, name: str) -> Folder:
        return self._root.child(SCHEDULES, checked_name("monitoring_schedule_name", name))

    def _definitions(self, monitoring_type: MonitoringType) -> Folder:
        return self._root.child(DEFINITIONS, kind_of(monitoring_type).monitoring_type)


def _document(text: bytes, file: str) -> Document:
    root = load(text, file)
    root.object()
    found: Document = json.loads(text)
    return found


def _text(document: Document) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _file(number: int) -> str:
    return f"{number:06d}.json"


def _named(name: str) -> str:
    return f"{checked_name('job definition', name)}.json"
