"""Where records merged with ground truth are kept: published revisions per window, and SageMaker's layout beside them.

Below the root (any fsspec URL)::

    _merges/<endpoint>/<monitor>/20260102T020000Z-20260102T030000Z/000001/…   revisions: what our readers trust
    merge/<endpoint>/<variant>/2026/01/02/02/part-00000-….c000.jsonl        SageMaker's layout: a copy, made after

Merged again when labels have come late, a window gets a further revision beside the earlier ones. Inside a revision
the files stand under the same paths as below ``merge/``, so that a job can be pointed at either. A batch-transform
monitor has no endpoint: ``_merges/_batch/<monitor>/…`` and ``merge/<monitor>/yyyy/mm/dd/hh``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.service.folder import Folder, NoConditionalWritesError
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.merge_change import MergeChange, change_between
from airflow_model_monitor.service.merge_layout import copy_merge
from airflow_model_monitor.service.revisions import Revision, Revisions, identified
from airflow_model_monitor.service.sole_writer import sole_writer
from airflow_model_monitor.service.store import NO_ENDPOINT, files_of
from airflow_model_monitor.service.windows import Window

MERGES = "_merges"
MERGE_LAYOUT = "merge"
DEFAULT_VARIANT = "AllTraffic"


@dataclass(frozen=True, slots=True)
class MergeKey:
    """What identifies a merge: the monitor it is made for, what was captured, and the window of the captures.

    :param monitor: name of the monitoring schedule
    :param window: the window of captured data, whole UTC hours
    :param endpoint: the endpoint that was captured; None for batch-transform data
    :param variant: its production variant; a monitor watches one, further variants need monitors of their own
    :raises ValueError: a name outside SageMaker's limits for names, a window that is not made of whole UTC hours
    """

    monitor: str
    window: Window
    endpoint: str | None = None
    variant: str = DEFAULT_VARIANT

    def __post_init__(self) -> None:
        checked_name("monitor", self.monitor)
        checked_name("variant", self.variant)
        if self.endpoint is not None:
            checked_name("endpoint", self.endpoint)
        self.window.hours()

    @property
    def layout_path(self) -> str:
        """``<endpoint>/<variant>``, or ``<monitor>`` for batch-transform data: what the hour folders stand below."""
        return self.monitor if self.endpoint is None else f"{self.endpoint}/{self.variant}"

    @property
    def hour_folders(self) -> tuple[str, ...]:
        """Every folder of merged records the window may have: ``<endpoint>/<variant>/yyyy/mm/dd/hh``."""
        return tuple(f"{self.layout_path}/{prefix}" for prefix in self.window.hour_prefixes())


class MergeStore:
    """The merges below one root.

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
        self, key: MergeKey, files: Mapping[str, Path] | Path, execution: Execution
    ) -> tuple[Revision, MergeChange]:
        """Publish merged records as one revision, then bring SageMaker's layout up to date.

        The same records from the same labels are the same revision, however often they are published. Two attempts at
        once become two revisions, one after the other.

        :param files: name to local file, or a local folder whose files are all taken (an execution.json in it is not);
            names begin with one of :attr:`MergeKey.hour_folders`
        :param execution: what execution.json shall say; ``files`` and ``revision`` are filled in
        :returns: the published revision, and what lies between the revision before and this one: nothing when it was
            there already
        :raises ValueError: a file that is not of this window
        :raises ConcurrentWriteError: the store has no conditional writes, and another merge of the window is under way
        """
        local = files_of(files)
        _check_files(key, local)
        folder = self._folder(key)
        before = self.read(key)
        if before is not None:
            _check_files(key, before.execution.files, f"{before.url} was merged by another monitor: ")
        try:
            published = Revisions(folder, exclusive=True).publish(local, execution)
            self._copy(key, published, local)
        except NoConditionalWritesError:
            with sole_writer(folder, identified(local, execution)[1]):
                published = Revisions(folder).publish(local, execution)
                self._copy(key, published, local)
        return published, self.change(before, published)

    def read(self, key: MergeKey) -> Revision | None:
        """The newest published revision of a window's merge, or None: it was never merged."""
        return Revisions(self._folder(key)).newest()

    def revisions(self, key: MergeKey) -> tuple[Revision, ...]:
        """All published revisions of a window's merge, oldest first."""
        return Revisions(self._folder(key)).all()

    def windows(self, monitor: str, *, endpoint: str | None = None) -> tuple[Window, ...]:
        """The windows of a monitor that somebody has begun to merge, in order; not all need be published."""
        names = self.monitor_folder(monitor, endpoint=endpoint).names()
        return tuple(sorted(Window.from_folder(name) for name in names if Window.is_folder(name)))

    def list(
        self,
        monitor: str,
        *,
        endpoint: str | None = None,
        variant: str = DEFAULT_VARIANT,
        since: Window | None = None,
    ) -> Iterator[tuple[MergeKey, Revision]]:
        """The newest revision of every merged window of a monitor, in order of windows.

        :param since: only windows from this one on
        """
        for window in self.windows(monitor, endpoint=endpoint):
            if since is not None and window < since:
                continue
            key = MergeKey(monitor, window, endpoint, variant)
            revision = self.read(key)
            if revision is not None:
                yield key, revision

    def change(self, before: Revision | None, after: Revision) -> MergeChange:
        """What lies between two revisions of one window's merge.

        :param before: the earlier one; None: there was none
        """
        return change_between(before, after)

    def monitor_folder(self, monitor: str, *, endpoint: str | None = None) -> Folder:
        """The folder that holds the windows of a monitor."""
        return self._root.child(MERGES, endpoint or NO_ENDPOINT, monitor)

    def layout_folder(self, key: MergeKey) -> Folder:
        """Where readers that know only SageMaker find the hour folders of merged records."""
        return self._root.child(MERGE_LAYOUT, *key.layout_path.split("/"))

    def _copy(self, key: MergeKey, published: Revision, local: Mapping[str, Path]) -> None:
        copy_merge(Revisions(self._folder(key)), self._root.child(MERGE_LAYOUT), key.hour_folders, published, local)

    def _folder(self, key: MergeKey) -> Folder:
        return self.monitor_folder(key.monitor, endpoint=key.endpoint).child(key.window.folder)


def _check_files(key: MergeKey, files: Iterable[str], whose: str = "") -> None:
    folders = set(key.hour_folders)
    for name in files:
        if name.rpartition("/")[0] not in folders:
            raise ValueError(
                f"files: {whose}{name!r} is not in an hour folder of this window; expected {key.hour_folders[0]}/… "
                f"to {key.hour_folders[-1]}/…; give every variant a monitor of its own"
            )
