"""The small result of a merge that tasks hand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from airflow_model_monitor.assets.summary import WindowText, window_text

if TYPE_CHECKING:
    from airflow_model_monitor.runtimes.base import RunResult


class MergeChangeText(TypedDict):
    """What a merge changed against the revision before it.

    ``previous`` names that revision, None when this is the first; ``changed`` is what a judge of the window asks:
    whether any record or the coverage is another one. The three counts are captures whose record came, went, or has
    another label.
    """

    previous: str | None
    changed: bool
    records_added: int
    records_removed: int
    records_relabelled: int
    coverage_before: float | None
    coverage_after: float | None


class MergeSummary(TypedDict):
    """One merge of a window, JSON-able: XCom of ``MergeGroundTruthOperator``, and most of an asset event's ``extra``.

    ``coverage`` is ``labelled / captures``, 0 to 1. ``counts`` has every number of
    :class:`~airflow_model_monitor.contract.merge_counts.MergeCounts`, unmatched and duplicate labels among them.
    ``revision`` names the merged data, ``merge_url`` is its folder and ``merge_number`` its place among the window's
    revisions.
    """

    status: str
    window: WindowText | None
    captures: int
    labelled: int
    coverage: float
    counts: dict[str, int]
    change: MergeChangeText | None
    merge_url: str
    merge_number: int
    revision: str


def merge_summary(result: RunResult) -> MergeSummary:
    """What a merge published."""
    execution = result.revision.execution
    counts = execution.merge
    if counts is None:
        raise ValueError(f"{result.revision.url}: {execution.monitor_type} is no merge with ground truth")
    return MergeSummary(
        status=execution.status,
        window=window_text(execution),
        captures=counts.captures,
        labelled=counts.labelled_captures,
        coverage=counts.coverage,
        counts=dict(counts.to_document()),
        change=None if result.change is None else MergeChangeText(**result.change.to_dict()),
        merge_url=result.revision.url,
        merge_number=result.revision.number,
        revision=execution.revision or "",
    )
