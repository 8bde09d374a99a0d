"""Captured records joined with their ground truth, streamed from files into files.

The captures are read twice: first their ids alone, which is what the join needs, then whole, in order, beside the
stream of the labels that fit. No table ever holds a payload, so memory does not grow with them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.merge_counts import MergeCounts
from airflow_model_monitor.contract.merge_environment import LabelChoice
from airflow_model_monitor.tables.engine import DEFAULT_MEMORY_LIMIT, DEFAULT_THREADS, connect
from airflow_model_monitor.tables.json_lines import JsonLines
from airflow_model_monitor.tables.merge_captures import CaptureForm, CaptureKind, capture_form
from airflow_model_monitor.tables.merge_files import MergeFile
from airflow_model_monitor.tables.merge_labels import ChosenLabels, choose_labels, load_labels, repeated_ids
from airflow_model_monitor.tables.merge_stream import IrregularLine, MergedLines
from airflow_model_monitor.tables.part_files import PartFiles
from airflow_model_monitor.tables.read_failure import is_read_failure, reading
from airflow_model_monitor.tables.staging import Staging

if TYPE_CHECKING:
    import duckdb

_SAMPLES: Final = 3
"""Ids of either side shown when nothing joins."""


def merge(
    captures: Sequence[MergeFile],
    labels: Sequence[MergeFile],
    output: Path,
    *,
    kind: CaptureKind = "endpoint",
    label_choice: LabelChoice = "newest",
    part_seed: str,
    folder_of: Callable[[MergeFile], str] = lambda one: one.folder,
    memory_limit: str = DEFAULT_MEMORY_LIMIT,
    threads: int = DEFAULT_THREADS,
    progress: Callable[[int], None] = lambda records: None,
) -> MergeCounts:
    """Write the merged records below ``output``, in the order of the captures, and return what was seen.

    The id of a captured record is its ``inferenceId`` where it has one, else its ``eventId``. Captures without a label
    and labels without a capture are left out; captures that share an id all stay.

    :param captures: captured files in order, see :func:`~airflow_model_monitor.tables.merge_files.captured_files`
    :param labels: ground truth from oldest to newest, see :func:`~airflow_model_monitor.tables.merge_files.label_files`
    :param output: local folder of this merge's own, written into as it goes: publication is the caller's
    :param kind: what the captured files are
    :param label_choice: which label counts where an id has several
    :param part_seed: what part names derive from, together with their folder: the same seed gives the same names
    :param folder_of: the folder below ``output`` for the records of a captured file; files of one folder follow each
        other
    :param memory_limit: what the engine may use
    :param threads: of the engine
    :param progress: called with the number of captures written or passed over so far
    :raises ContractError: a record cannot be read, naming file, line and field; there are none; nothing joins, showing
        ids of both sides
    """
    staging = Staging()
    try:
        connection = connect(memory_limit=memory_limit, threads=threads, temp_directory=staging.folder)
        with closing(connection), reading():
            connection.execute("SET arrow_large_buffer_size = true")
            form = capture_form(kind)
            lines = JsonLines([one.file for one in captures], form.form, connection, staging)
            if not form.form.regular:
                lines.rewrite_all()
            labelled = _load_labels(labels, connection, staging, form.labelled)
            chosen = choose_labels(label_choice, labels, connection)
            writing = _Writing(connection, captures, lines, form, output, part_seed, folder_of, progress)
            try:
                counts = writing.run(chosen, labelled)
            except Exception as error:
                # The ids were read, but some other part of a line is irregular: once more, from the start.
                if not (isinstance(error, IrregularLine) or is_read_failure(error)) or not lines.mend():
                    raise
                shutil.rmtree(output, ignore_errors=True)
                counts = writing.run(chosen, labelled)
            lines.check_unchanged()
            if not counts.merged_records:
                raise _nothing_joins(connection, captures, labels, counts)
            return counts
    finally:
        staging.remove()


def _load_labels(
    labels: Sequence[MergeFile], connection: duckdb.DuckDBPyConnection, staging: Staging, columns: Sequence[str]
) -> int:
    number = load_labels(labels, connection, staging, columns)
    if not number:
        raise ContractError(
            "the ground truth holds no label",
            file=_told(labels),
            remedy="Upload the labels of this window, then merge again.",
        )
    return number


@dataclass(frozen=True, slots=True)
class _Writing:
    """One pass over the captures, from their ids to the merged lines."""

    connection: duckdb.DuckDBPyConnection
    captures: Sequence[MergeFile]
    lines: JsonLines
    form: CaptureForm
    output: Path
    part_seed: str
    folder_of: Callable[[MergeFile], str]
    progress: Callable[[int], None]

    def run(self, chosen: ChosenLabels, labelled: int) -> MergeCounts:
        self.lines.create_table("captures", {"key": self.form.key}, checked=False)
        captured = int(self.connection.execute("SELECT count(*) FROM captures").fetchall()[0][0])
        if not captured:
            raise ContractError(
                "Job inputs had no data", file=_told(self.captures), remedy="The captured files hold no record."
            )
        repeated = repeated_ids("captures", self.connection)
        stream = MergedLines(
            self.connection,
            f"SELECT captures.rowid AS capture, place, {', '.join(self.form.labelled)} FROM captures "
            # A second key costs as much as the first, and mostly decides nothing.
            f"JOIN {chosen.sql} AS chosen ON captures.key = chosen.key ORDER BY capture{', place' * chosen.several}",
            labelled,
            self.form.line,
        )
        folders, numbers = self._folders()
        selected = ", ".join(f"{sql} AS {name}" for name, sql in self.form.captured.items())
        captured_lines = f"SELECT {selected}, file_index, {self.lines.regular} AS regular FROM {self.lines.scan()}"
        for number, blocks in groupby(stream.join(captured_lines, numbers), key=itemgetter(0)):
            folder = folders[number]
            with PartFiles(self.output / folder, seed=self.part_seed, name=folder) as parts:
                for _, block in blocks:
                    parts.write(block)
                    self.progress(stream.captures)
        matched, out_of_order = self._order_of_labels(stream, chosen)
        return MergeCounts(
            captures=captured,
            labelled_captures=stream.labelled,
            merged_records=stream.lines,
            labels=labelled,
            matched_labels=matched,
            unmatched_labels=labelled - matched,
            repeated_captures=repeated,
            duplicate_labels=chosen.repeated,
            out_of_order_labels=out_of_order,
        )

    def _folders(self) -> tuple[list[str], NDArray[np.int64]]:
        """The folders in order, and which of them each captured file belongs to."""
        grouped = [(folder, len(list(files))) for folder, files in groupby(self.captures, key=self.folder_of)]
        return [folder for folder, _ in grouped], np.repeat(np.arange(len(grouped)), [count for _, count in grouped])

    def _order_of_labels(self, stream: MergedLines, chosen: ChosenLabels) -> tuple[int, int]:
        """How many labels have a capture, and how many of these stand after a label of a later capture."""
        captures = stream.first_capture
        if chosen.replaced is not None:
            replaced = self.connection.execute(chosen.replaced).fetchnumpy()
            captures[replaced["place"]] = captures[replaced["kept"]]
        matched = captures[captures >= 0]
        return len(matched), int(np.count_nonzero(matched < np.maximum.accumulate(matched)))


def _nothing_joins(
    connection: duckdb.DuckDBPyConnection,
    captures: Sequence[MergeFile],
    labels: Sequence[MergeFile],
    counts: MergeCounts,
) -> ContractError:
    return ContractError(
        f"no label belongs to a captured record: {counts.captures:,} captures in {_told(captures)} have ids such as "
        f"{_sample(connection, 'captures')}; {counts.labels:,} labels in {_told(labels)} have ids such as "
        f"{_sample(connection, 'labels')}",
        remedy="Give a label the inferenceId of the request where there was one, else the eventId of the capture, and "
        "check that captures and labels are of the same time.",
    )


def _sample(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    rows = connection.execute(f"SELECT key FROM {table} ORDER BY rowid LIMIT {_SAMPLES}").fetchall()
    return ", ".join(repr(json.loads(key)) for (key,) in rows)


def _told(files: Sequence[MergeFile]) -> str:
    return files[0].file.name if len(files) == 1 else f"{files[0].file.name} and {len(files) - 1} more files"
