"""What re-merging a window has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_model_monitor.service.revisions import Revision


@dataclass(frozen=True, slots=True)
class MergeChange:
    """What lies between two revisions of one window's merge.

    :param previous: the earlier revision; None: this is the first
    :param records_added: captures that have a merged record now and had none
    :param records_removed: captures that had one and have none now
    :param records_relabelled: captures whose record has another label now
    :param coverage_before: labelled share of the captures before; None when this is the first revision
    :param coverage_after: labelled share of the captures now
    """

    previous: str | None
    records_added: int
    records_removed: int
    records_relabelled: int
    coverage_before: float | None
    coverage_after: float | None

    @property
    def changed(self) -> bool:
        """Whether any record or the coverage is another one, so that the window needs judging again."""
        differs = self.records_added or self.records_removed or self.records_relabelled
        return bool(differs) or self.coverage_before != self.coverage_after

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON-able values, small enough for an XCom."""
        return {
            "previous": self.previous,
            "changed": self.changed,
            "records_added": self.records_added,
            "records_removed": self.records_removed,
            "records_relabelled": self.records_relabelled,
            "coverage_before": self.coverage_before,
            "coverage_after": self.coverage_after,
        }


def change_between(before: Revision | None, after: Revision) -> MergeChange:
    """The change from one revision of a window's merge to another.

    :param before: the earlier one; None: there was none
    """
    from airflow_model_monitor.tables.merge_comparison import MergeDifference, compare_merges
    from airflow_model_monitor.tables.source_files import SourceFile, source_files

    execution = after.execution
    if before is None:
        added = 0 if execution.merge is None else execution.merge.merged_records
        return MergeChange(None, added, 0, 0, None, execution.coverage)
    old = {(name, file.sha256) for name, file in before.execution.files.items() if file.size}
    new = {(name, file.sha256) for name, file in execution.files.items() if file.size}

    def parts(revision: Revision, names: set[tuple[str, str]]) -> list[SourceFile]:
        urls = [revision.url_of(name) for name, _ in sorted(names)]
        return source_files(urls, storage_options=revision.folder.storage_options) if urls else []

    difference = MergeDifference() if old == new else compare_merges(parts(before, old - new), parts(after, new - old))
    return MergeChange(
        before.execution.revision,
        difference.added,
        difference.removed,
        difference.relabelled,
        before.execution.coverage,
        execution.coverage,
    )
