"""Failures of the engine while it reads, told as the file, the line and the remedy."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from airflow_model_monitor.contract.errors import ContractError

_FILE: Final = re.compile(r'(?:file = |[Ff]ile "|[Ff]ile \'|files? matching "|pattern "|open file ")([^"\'\n]+)')
_LINE: Final = re.compile(r"(?:[Ll]ine:? )(\d+)")


@contextmanager
def reading(names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Turn DuckDB's and Arrow's errors inside the block into :class:`ContractError`.

    :param names: local paths the engine knows, with the names the user knows
    :raises ContractError: a file vanished, changed or cannot be read, or memory or disk ran out
    """
    try:
        yield
    except Exception as error:
        if not (is_read_failure(error) or isinstance(error, OSError)):
            raise
        raise read_failure(error, names or {}) from error


def engine_errors() -> tuple[type[Exception], ...]:
    """What DuckDB raises over a query.

    Its message quotes some bytes of the line it could not read. Where these end within a character, Python cannot
    decode the message, and that is the error we get to see.
    """
    import duckdb

    return duckdb.Error, UnicodeDecodeError


def is_read_failure(error: BaseException) -> bool:
    """Whether DuckDB or Arrow raised ``error`` over what they read, and not over a query that is wrong."""
    import duckdb
    import pyarrow as pa

    wrong_query = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.InternalException)
    return isinstance(error, (*engine_errors(), pa.ArrowException)) and not isinstance(error, wrong_query)


def read_failure(error: BaseException, names: Mapping[str, str]) -> ContractError:
    """The :class:`ContractError` for an error of the engine.

    :param error: what DuckDB, Arrow or the operating system raised
    :param names: as for :func:`reading`
    """
    import duckdb

    text = error.object.decode(errors="replace") if isinstance(error, UnicodeDecodeError) else str(error)
    match = _FILE.search(text)
    path = match.group(1).strip() if match else getattr(error, "filename", None)
    file = names.get(path, path) if path else None
    line_match = _LINE.search(text)
    line = int(line_match.group(1)) if line_match and "CSV Error" in text else None
    first = text.split("\n", 1)[0].strip()
    if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in text:
        return ContractError(
            f"the data does not fit into the memory limit ({first})",
            file=file,
            remedy="Raise the job's memory limit or lower its number of threads.",
        )
    if path and "://" not in path and not os.path.exists(path):
        return ContractError(
            "the file disappeared while the job was reading it",
            file=file,
            remedy="Run the job again when nothing writes to or cleans this folder.",
        )
    return ContractError(
        f"the file could not be read ({first})",
        file=file,
        line=line,
        remedy="Check that the dataset format fits and that nothing changed the file meanwhile.",
    )
