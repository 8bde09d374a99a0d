"""Many files of JSON Lines behind one query: DuckDB reads the regular ones, the others are written anew for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables.engine import make_room
from airflow_model_monitor.tables.read_failure import engine_errors, reading
from airflow_model_monitor.tables.relation import quote_literal
from airflow_model_monitor.tables.source_files import GLOB_CHARACTERS, SourceFile, on_local_disk
from airflow_model_monitor.tables.torn_line import is_torn

if TYPE_CHECKING:
    import duckdb

    from airflow_model_monitor.tables.staging import Staging

_LONGEST_LINE: Final = 1 << 22
"""DuckDB buffers several of these; files with longer lines are written anew, which finds out how long they are."""

Rewrite = Callable[[SourceFile], Iterator[str]]
"""The lines of a file in regular form, without their ends; raises ``ContractError`` for what cannot be read."""


@dataclass(frozen=True, slots=True)
class LineForm:
    """What a regular line looks like to DuckDB.

    :param columns: type by key; ``JSON`` keeps the text of a value, quotes and escapes included
    :param regular: SQL conditions on the columns that all must be true; NULL is not
    :param rewrite: the careful way, for files with any other line
    """

    columns: Mapping[str, str]
    regular: Sequence[str]
    rewrite: Rewrite


class JsonLines:
    """Files that a query can name together, in order.

    :param files: local or remote; gzip, and names DuckDB takes for patterns, are made plain in ``staging``
    :param form: what their lines look like
    :param connection: where queries will run
    :param staging: folder for copies and rewritten files
    """

    def __init__(
        self, files: Sequence[SourceFile], form: LineForm, connection: duckdb.DuckDBPyConnection, staging: Staging
    ) -> None:
        self._form, self._connection, self._staging = form, connection, staging
        self._files = [_plain(file, staging) for file in on_local_disk(files, staging)]
        self._rewritten: set[int] = set()
        self._longest_line = _LONGEST_LINE
        self._torn = [index for index, file in enumerate(self._files) if is_torn(file.path)]
        self._stamps = {index: _stamp(file) for index, file in enumerate(self._files)}

    def scan(self, first: int = 0, count: int | None = None) -> str:
        """SQL of the lines of some files, by position; keys that a line lacks are NULL.

        The engine adds ``file_index``: the position of a line's file among these.
        """
        files = self._files[first:] if count is None else self._files[first : first + count]
        listed = ", ".join(quote_literal(file.path) for file in files)
        declared = ", ".join(
            f"{quote_literal(name)}: {quote_literal(kind)}" for name, kind in self._form.columns.items()
        )
        return (
            f"read_json([{listed}], columns = {{{declared}}}, format = 'newline_delimited', "
            f"maximum_object_size = {self._longest_line}, hive_partitioning = false)"
        )

    def create_table(self, table: str, columns: Mapping[str, str], *, checked: bool) -> None:
        """Create a table with a row for every line, its ``rowid`` counting the lines in order from 0.

        Files that the engine refuses are written anew first; their later scans see the regular form.

        :param columns: SQL on the line's columns, by name
        :param checked: whether every line must be regular; otherwise only JSON is made sure of
        :raises ContractError: a line cannot be read; memory ran out
        """
        while self._torn:
            self._rewrite(self._torn.pop())
        selected = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
        start = f"CREATE OR REPLACE TABLE {table} AS SELECT {selected} FROM "
        condition = f" WHERE CASE WHEN {self.regular} THEN true ELSE error('irregular') END" if checked else ""
        if self._runs(start + self.scan() + condition):
            return
        self.mend()
        with reading({file.path: file.name for file in self._files}):
            self._connection.execute(start + self.scan() + condition)

    @property
    def regular(self) -> str:
        """SQL that is true of a regular line, false or NULL of any other."""
        return " AND ".join(self._form.regular) or "true"

    def mend(self) -> bool:
        """Write the files anew that have an irregular line; False when there were none.

        :raises ContractError: naming file, line and field of the first record that cannot be read
        """
        irregular = [index for index in self._irregular(0, len(self._files)) if index not in self._rewritten]
        for index in irregular:
            self._rewrite(index)
        return bool(irregular)

    def rewrite_all(self) -> None:
        """Write every file anew: for files that are no JSON Lines of this form at all."""
        for index in range(len(self._files)):
            self._rewrite(index)
        # Said of the files as they were; what is rewritten must not be read as one of them once more.
        self._torn.clear()

    def check_unchanged(self) -> None:
        """Make sure that scans saw the same lines.

        :raises ContractError: a file was written to since it was listed
        """
        for index, file in enumerate(self._files):
            if index not in self._rewritten and _stamp(file) != self._stamps[index]:
                raise ContractError(
                    "the file changed while the job was reading it",
                    file=file.name,
                    remedy="Run the job again when nothing writes to this folder.",
                )

    def _runs(self, query: str) -> bool:
        """Whether the engine could run the query to its end."""
        import duckdb

        try:
            self._connection.execute(query)
        except duckdb.OutOfMemoryException:
            with reading():
                raise
        except engine_errors():
            return False
        return True

    def _irregular(self, first: int, count: int) -> Iterator[int]:
        """Positions of the files that cannot be read as they are, found by halving."""
        if not count:
            return
        probe = f"SELECT count(CASE WHEN {self.regular} THEN 1 ELSE error('irregular') END) FROM "
        if self._runs(probe + self.scan(first, count)):
            return
        if count == 1:
            yield first
            return
        yield from self._irregular(first, count // 2)
        yield from self._irregular(first + count // 2, count - count // 2)

    def _rewrite(self, index: int) -> None:
        file = self._files[index]
        path = self._staging.new_path(".jsonl")
        longest = 0
        with open(path, "wb") as stream:
            for line in self._form.rewrite(file):
                encoded = line.encode()
                longest = max(longest, len(encoded))
                stream.write(encoded + b"\n")
        self._files[index] = replace(file, path=path, size=os.path.getsize(path))
        self._rewritten.add(index)
        if longest + 2 > self._longest_line:
            self._longest_line = longest + 2
            make_room(self._connection, 0, longest)


def _plain(file: SourceFile, staging: Staging) -> SourceFile:
    """The file under a path that DuckDB takes as it is, unpacked."""
    if file.is_gzip():
        path = staging.new_path(".data")
        with file.open() as packed, open(path, "wb") as stream:
            while block := packed.read(1 << 20):
                stream.write(block)
        return replace(file, path=path, size=os.path.getsize(path))
    if GLOB_CHARACTERS.search(file.path) or file.path.endswith((".gz", ".zst")):
        path = staging.new_path(".data")
        os.symlink(os.path.abspath(file.path), path)
        return replace(file, path=path)
    return file


def _stamp(file: SourceFile) -> tuple[int, int] | None:
    try:
        status = os.stat(file.path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
