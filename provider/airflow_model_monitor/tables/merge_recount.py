"""What a merge saw that somebody else has made: counted again from the ids alone, since its merger tells no numbers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from airflow_model_monitor.contract.merge_counts import MergeCounts
from airflow_model_monitor.tables.engine import connect
from airflow_model_monitor.tables.json_lines import JsonLines
from airflow_model_monitor.tables.merge_captures import CaptureKind, capture_form
from airflow_model_monitor.tables.merge_coverage import COUNTING_MEMORY, COUNTING_THREADS
from airflow_model_monitor.tables.merge_files import MergeFile
from airflow_model_monitor.tables.merge_labels import load_labels
from airflow_model_monitor.tables.read_failure import reading
from airflow_model_monitor.tables.staging import Staging

_COUNTS = """
SELECT
  (SELECT count(*) FROM captures),
  (SELECT count(*) FROM captures WHERE key IN (SELECT key FROM labels)),
  (SELECT count(*) FROM labels),
  (SELECT count(*) FROM labels WHERE key IN (SELECT key FROM captures)),
  (SELECT count(*) - count(DISTINCT key) FROM captures),
  (SELECT count(*) - count(DISTINCT key) FROM labels)
"""


def recount_merge(
    captures: Sequence[MergeFile],
    labels: Sequence[MergeFile],
    *,
    merged_records: int,
    kind: CaptureKind = "endpoint",
    memory_limit: str = COUNTING_MEMORY,
    threads: int = COUNTING_THREADS,
) -> MergeCounts:
    """The counts of a merge of these files. The order of the labels is not looked at: ``out_of_order_labels`` is 0.

    :param captures: captured files
    :param labels: files of ground truth
    :param merged_records: how many records the merger wrote
    :param kind: what the captured files are
    :raises ContractError: a record cannot be read, naming file, line and field
    """
    staging = Staging()
    try:
        connection = connect(memory_limit=memory_limit, threads=threads, temp_directory=staging.folder)
        with closing(connection), reading():
            form = capture_form(kind)
            lines = JsonLines([one.file for one in captures], form.form, connection, staging)
            if not form.form.regular:
                lines.rewrite_all()
            lines.create_table("captures", {"key": form.key}, checked=False)
            load_labels(labels, connection, staging)
            captured, labelled, labels_read, matched, repeated, duplicates = connection.execute(_COUNTS).fetchall()[0]
    finally:
        staging.remove()
    return MergeCounts(
        captures=captured,
        labelled_captures=labelled,
        merged_records=merged_records,
        labels=labels_read,
        matched_labels=matched,
        unmatched_labels=labels_read - matched,
        repeated_captures=repeated,
        duplicate_labels=duplicates,
    )
