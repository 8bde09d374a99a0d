"""Ground truth as a table, and the choice among several labels of one id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.ground_truth import GROUND_TRUTH_ENCODINGS, read_ground_truth
from airflow_model_monitor.contract.json_layout import quote
from airflow_model_monitor.contract.merge_environment import LabelChoice
from airflow_model_monitor.tables.json_lines import JsonLines, LineForm
from airflow_model_monitor.tables.merge_files import MergeFile
from airflow_model_monitor.tables.relation import quote_literal
from airflow_model_monitor.tables.source_files import SourceFile

if TYPE_CHECKING:
    import duckdb

    from airflow_model_monitor.tables.staging import Staging


def _lines(file: SourceFile) -> Iterator[str]:
    with file.open() as stream:
        for _, record in read_ground_truth(stream, file=file.name):
            yield record.to_json_line()


_FORM: Final = LineForm(
    columns={
        "groundTruthData": "STRUCT(data JSON, encoding JSON)",
        "eventMetadata": "STRUCT(eventId JSON)",
        "eventVersion": "JSON",
    },
    regular=(
        "starts_with(eventMetadata.eventId, '\"')",
        "eventMetadata.eventId::VARCHAR <> '\"\"'",
        "starts_with(groundTruthData.data, '\"')",
        f"groundTruthData.encoding IN ({', '.join(quote_literal(quote(text)) for text in GROUND_TRUTH_ENCODINGS)})",
        "(eventVersion IS NULL OR starts_with(eventVersion, '\"'))",
    ),
    rewrite=_lines,
)


_COLUMNS: Final = {
    "data": "groundTruthData.data::VARCHAR",
    "encoding": "groundTruthData.encoding::VARCHAR",
    "version": "coalesce(eventVersion::VARCHAR, '\"0\"')",
}


def load_labels(
    files: Sequence[MergeFile],
    connection: duckdb.DuckDBPyConnection,
    staging: Staging,
    columns: Sequence[str] = (),
) -> int:
    """Create the table ``labels`` (``key`` and further columns: JSON texts) and return its number of rows.

    Its ``rowid`` is the order of the labels: the higher, the newer.

    :param files: from oldest to newest
    :param columns: those of ``data``, ``encoding`` and ``version`` that are wanted beside the key
    :raises ContractError: naming file, line and field of the first label that cannot be read
    """
    lines = JsonLines([one.file for one in files if one.file.size], _FORM, connection, staging)
    wanted = {"key": "eventMetadata.eventId::VARCHAR"} | {name: _COLUMNS[name] for name in columns}
    lines.create_table("labels", wanted, checked=True)
    return int(connection.execute("SELECT count(*) FROM labels").fetchall()[0][0])


@dataclass(frozen=True, slots=True)
class ChosenLabels:
    """The labels that count.

    :param sql: a relation with the columns of ``labels``, and ``place``, their ``rowid``
    :param repeated: how many labels repeat an id
    :param several: whether several of these labels may have the same id
    :param replaced: SQL of ``place`` and ``kept`` for each label that does not count: where it stands, and where the
        one that counts for its id; ``None`` when all count
    """

    sql: str
    repeated: int
    several: bool = False
    replaced: str | None = None


def choose_labels(
    choice: LabelChoice, files: Sequence[MergeFile], connection: duckdb.DuckDBPyConnection
) -> ChosenLabels:
    """Apply the rule for ids with several labels.

    :param files: where the labels came from, for the message of a refusal
    :raises ContractError: the rule is ``refuse`` and there is such an id; names both places
    """
    everything = "SELECT rowid AS place, * FROM labels"
    repeated = repeated_ids("labels", connection)
    if not repeated or choice == "all":
        return ChosenLabels(f"({everything})", repeated, several=repeated > 0)
    if choice == "refuse":
        key = connection.execute("SELECT key FROM repeated_labels ORDER BY first LIMIT 1").fetchall()[0][0]
        raise _refusal(json.loads(key), files)
    kept = "last" if choice == "newest" else "first"
    connection.execute(
        f"CREATE OR REPLACE TABLE replaced_labels AS SELECT labels.rowid AS place, repeated.{kept} AS kept "
        f"FROM labels JOIN repeated_labels AS repeated ON labels.key = repeated.key AND labels.rowid <> repeated.{kept}"
    )
    return ChosenLabels(
        f"({everything} WHERE rowid NOT IN (SELECT place FROM replaced_labels))",
        repeated,
        replaced="SELECT place, kept FROM replaced_labels",
    )


def repeated_ids(table: str, connection: duckdb.DuckDBPyConnection) -> int:
    """Create ``repeated_<table>`` (``key``, ``first``, ``last``: rowids) and return how many rows repeat an id."""
    # Equal ids have equal hashes: where no hash repeats, which is quickly seen, no id does.
    query = f"SELECT count(*) - count(DISTINCT hash(key)) FROM {table}"
    doubtful = f"hash(key) IN (SELECT hash(key) FROM {table} GROUP BY 1 HAVING count(*) > 1)"
    condition = doubtful if connection.execute(query).fetchall()[0][0] else "false"
    connection.execute(
        f"CREATE OR REPLACE TABLE repeated_{table} AS "
        "SELECT key, count(*) AS number, min(rowid) AS first, max(rowid) AS last "
        f"FROM {table} WHERE {condition} GROUP BY key HAVING count(*) > 1"
    )
    counted = f"SELECT coalesce(sum(number - 1), 0)::BIGINT FROM repeated_{table}"
    return int(connection.execute(counted).fetchall()[0][0])


def _refusal(event_id: str, files: Sequence[MergeFile]) -> ContractError:
    places = []
    for one in files:
        if one.file.size:
            with one.file.open() as stream:
                places += [
                    (one.file.name, line)
                    for line, record in read_ground_truth(stream, file=one.file.name)
                    if record.event_id == event_id
                ]
    (first_file, first_line), (file, line) = places[:2]
    return ContractError(
        f"a second label for {event_id!r}: the first stands in {first_file}, line {first_line}",
        file=file,
        line=line,
        field="$.eventMetadata.eventId",
        remedy="Remove one of them, or choose which counts with label_choice newest, oldest or all.",
    )
