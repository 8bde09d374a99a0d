"""Where the labels of an upload come from: rows of a task, or of a query."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

_BATCH_ROWS = 2048


def given_rows(rows: object) -> list[Mapping[str, Any]]:
    """The rows that another task returned, or a template spelled.

    :param rows: a list of mappings from column to value, or the JSON text of one.
    :raises ValueError: anything else.
    """
    if isinstance(rows, str):
        try:
            rows = json.loads(rows)
        except ValueError:
            raise ValueError(
                f"rows={rows[:80]!r}: a text that is no JSON. Give the other task's output itself, rows=query.output, "
                "or a template that spells JSON: \"{{ ti.xcom_pull('query') | tojson }}\""
            ) from None
    if isinstance(rows, Mapping) or not hasattr(rows, "__iter__"):
        raise ValueError(f"rows: {type(rows).__name__} is no list of rows, each a mapping from column to value")
    found = list(rows)
    for number, row in enumerate(found, 1):
        if not isinstance(row, Mapping):
            raise ValueError(
                f"rows: row {number} is {type(row).__name__}, not a mapping from column to value; of a query that "
                "returns tuples use sql= and conn_id=, which know the columns' names"
            )
    return found


@contextmanager
def query_rows(
    conn_id: str, sql: str, parameters: Mapping[str, Any] | Sequence[Any] | None
) -> Iterator[Iterator[dict[str, Any]]]:
    """The rows of a query, fetched in batches, each a mapping from column to value.

    :param conn_id: Airflow connection of a database that a provider of Airflow speaks to.
    :param sql: one statement that returns rows.
    :param parameters: values for its placeholders, as the database's driver takes them.
    :raises ValueError: the connection is no database's, or the statement returns no rows.
    """
    # Imported here: common.sql pulls in SQLAlchemy and sqlparse, and every DAG file imports our operators.
    from contextlib import closing

    from airflow.providers.common.sql.hooks.sql import DbApiHook

    from airflow_model_monitor._compat import BaseHook

    hook = BaseHook.get_hook(conn_id)
    if not isinstance(hook, DbApiHook):
        raise ValueError(
            f"conn_id={conn_id!r}: {type(hook).__name__} runs no SQL; name the connection of a database, whose hook "
            "derives from common.sql's DbApiHook"
        )
    with closing(hook.get_conn()) as connection, closing(connection.cursor()) as cursor:
        if parameters is None:
            cursor.execute(sql)
        else:
            cursor.execute(sql, parameters)
        if cursor.description is None:
            raise ValueError(f"sql={sql[:80]!r}: the statement returns no rows; give a SELECT of ids and labels")
        names = [column[0] for column in cursor.description]

        def rows() -> Iterator[dict[str, Any]]:
            while batch := cursor.fetchmany(_BATCH_ROWS):
                for row in batch:
                    yield dict(zip(names, row, strict=True))

        yield rows()
