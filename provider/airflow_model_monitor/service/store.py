"""Where the executions of monitors are kept: published revisions per window, and SageMaker's own layout beside them.

Below the root (any fsspec URL)::

    _executions/<endpoint>/<monitor>/20260102T020000Z-20260102T030000Z/000001/…   revisions: what our readers trust
    <endpoint>/<monitor>/2026/01/02/03/…                                        SageMaker's layout: a copy, made after

A monitor of batch-transform data has no endpoint; both paths then begin with the monitor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.contract.exit_message import FAILED
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.revisions import EXECUTION, Revision, Revisions, copy_out
from airflow_model_monitor.service.windows import Window

VIOLATIONS = "constraint_violations.json"
EXECUTIONS = "_executions"
NO_ENDPOINT = "_batch"
MOST_FAILED = 1_000
"""An endpoint that nobody asks leaves a failed execution every hour: so many are passed over in one look, no more."""


@dataclass(frozen=True, slots=True)
class ExecutionKey:
    """What identifies an execution: the monitor, what it watches, and the window.

    :param monitor: name of the monitoring schedule
    :param window: the window of data it judged
    :param endpoint: the endpoint it watches; None for batch-transform data
    :raises ValueError: a name outside SageMaker's limits for names (1-63 letters, digits and inner hyphens)
    """

    monitor: str
    window: Window
    endpoint: str | None = None

    def __post_init__(self) -> None:
        checked_name("monitor", self.monitor)
        if self.endpoint is not None:
            checked_name("endpoint", self.endpoint)

    @property
    def layout_path(self) -> str:
        """``<endpoint>/<monitor>/yyyy/mm/dd/hh`` with the hour of the window's end: SageMaker's output layout."""
        return "/".join(part for part in (self.endpoint, self.monitor, self.window.execution_prefix) if part)


@dataclass(frozen=True, slots=True)
class NewestExecutions:
    """The last executions of a monitor.

    :param judged: those that came to a judgement, in order of windows, each with its newest revision
    :param failed: how many between and after them failed, for want of data say: nobody has judged those windows
    """

    judged: tuple[tuple[ExecutionKey, Revision], ...]
    failed: int


class ExecutionStore:
    """The executions below one root.

    :param root_url: the monitors' output location, a local path or fsspec URL
    :param storage_options: keyword arguments of the file system, e.g. from ``ModelMonitorHook.storage_options()``
    """

    def __init__(self, root_url: str, storage_options: Mapping[str, Any] | None = None) -> None:
        self._root = Folder(root_url, storage_options)

    @property
    def url(self) -> str:
        """Address of the root."""
        return self._root.url

    def publish(
        self, key: ExecutionKey, files: Mapping[str, Path] | Path, execution: Execution, *, layout: str | None = None
    ) -> Revision:
        """Publish an execution's files as one revision, then bring SageMaker's layout up to date.

        :param files: name to local file, or a local folder whose files are all taken (an execution.json in it is not)
        :param execution: what execution.json shall say; ``files`` and ``revision`` are filled in
        :param layout: its place in SageMaker's layout below the root, where that is not the hour of the window's end:
            an execution is put under the hour in which it was due, and its window may lie further back
        :returns: the published revision; the one already there when it has exactly this content
        """
        revisions = self._revisions(key)
        published = revisions.publish(files_of(files), execution)
        copy_out(revisions, self._root.child(*(layout or key.layout_path).split("/")), last=VIOLATIONS)
        return published

    def record_failure(self, key: ExecutionKey, execution: Execution) -> Revision:
        """Publish that an execution failed, with no files; SageMaker's layout, which would hold none, is left alone.

        A result that is there stays: that there is no data any more does not undo what was found in it.

        :param execution: with ``status="Failed"`` and the reason in ``exit_message``
        :returns: the execution's newest revision
        """
        newest = self.read(key)
        if newest is not None and newest.execution.status != FAILED:
            return newest
        return self._revisions(key).publish({}, execution)

    def read(self, key: ExecutionKey) -> Revision | None:
        """The newest published revision of an execution, or None: it has not run, or not to its end."""
        return self._revisions(key).newest()

    def revisions(self, key: ExecutionKey) -> tuple[Revision, ...]:
        """All published revisions of an execution, oldest first."""
        return self._revisions(key).all()

    def list(
        self, monitor: str, *, endpoint: str | None = None, since: Window | None = None
    ) -> Iterator[tuple[ExecutionKey, Revision]]:
        """The newest revision of every execution of a monitor, in order of windows.

        :param since: only windows from this one on
        """
        folder = self._root.child(EXECUTIONS, endpoint or NO_ENDPOINT, monitor)
        # What else stands there (a .DS_Store, an object of somebody's) is no execution.
        for window in sorted(Window.from_folder(name) for name in folder.names() if Window.is_folder(name)):
            if since is not None and window < since:
                continue
            key = ExecutionKey(monitor, window, endpoint)
            revision = self.read(key)
            if revision is not None:
                yield key, revision

    def newest(self, monitor: str, *, endpoint: str | None = None, until: datetime, count: int) -> NewestExecutions:
        """A monitor's last executions that came to a judgement; reads those and the failed ones between them.

        :param until: only windows that end by this instant
        :param count: at most so many
        """
        folder = self._root.child(EXECUTIONS, endpoint or NO_ENDPOINT, monitor)
        windows = sorted(Window.from_folder(name) for name in folder.names() if Window.is_folder(name))
        found: list[tuple[ExecutionKey, Revision]] = []
        failed = 0
        for window in reversed([one for one in windows if one.end <= until]):
            if len(found) == count or failed == MOST_FAILED:
                break
            key = ExecutionKey(monitor, window, endpoint)
            if (revision := self.read(key)) is None:
                continue
            if revision.execution.status == FAILED:
                failed += 1
            else:
                found.append((key, revision))
        return NewestExecutions(tuple(reversed(found)), failed)

    def layout_folder(self, key: ExecutionKey) -> Folder:
        """Where readers that know only SageMaker find the execution."""
        return self._root.child(*key.layout_path.split("/"))

    def _revisions(self, key: ExecutionKey) -> Revisions:
        endpoint = key.endpoint or NO_ENDPOINT
        return Revisions(self._root.child(EXECUTIONS, endpoint, key.monitor, key.window.folder))


def files_of(files: Mapping[str, Path] | Path) -> dict[str, Path]:
    """Name to local file; of a folder, everything below it but an execution.json at its top."""
    if isinstance(files, Mapping):
        return dict(files)
    return {
        name: path
        for path in sorted(files.rglob("*"))
        if path.is_file() and (name := path.relative_to(files).as_posix()) != EXECUTION
    }
