"""Labels of a dataset: the rows of CSV, Parquet or JSON files, as :func:`.upload_ground_truth` takes them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow_model_monitor.contract.compatibility import CORRECTED
from airflow_model_monitor.contract.dataset_format import Csv, DatasetFormat, Json, Parquet, parse_dataset_format
from airflow_model_monitor.service.ground_truth_rows import LabelColumns, LabelRow
from airflow_model_monitor.tables.dataset import open_dataset

_BATCH_ROWS = 2048
_BY_SUFFIX: Mapping[str, DatasetFormat] = {
    ".csv": Csv(header=True),
    ".parquet": Parquet(),
    ".jsonl": Json(lines=True),
    ".json": Json(lines=False),
}


@contextmanager
def dataset_rows(
    dataset: str,
    columns: LabelColumns,
    *,
    dataset_format: DatasetFormat | str | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Iterator[Iterator[LabelRow]]:
    """The rows of a dataset, with the columns that an upload reads.

    :param dataset: a file or folder, a path or fsspec URL
    :param columns: which columns to read
    :param dataset_format: what the files hold, as an object or as JSON text such as ``{"csv": {"header": true}}``; by
        default told by the file's ending (``.csv`` with a header, ``.parquet``, ``.jsonl``, ``.json``)
    :raises ValueError: a column that is not there, an ending that tells nothing
    :raises ContractError: files that cannot be read
    """
    with open_dataset(
        dataset,
        _format_of(dataset, dataset_format),
        storage_options=storage_options,
        compatibility=CORRECTED,
    ) as relation:
        names = [name for name in (columns.id, columns.label, columns.time) if name is not None]
        expressions = {column.name: column.expression for column in relation.columns}
        for name in names:
            if name not in expressions:
                raise ValueError(f"column: {name!r} is not in {dataset}; {_hint(name, list(expressions))}")
        selected = ", ".join(expressions[name] for name in names)
        cursor = relation.connection.execute(f"SELECT {selected} FROM ({relation.sql})")  # noqa: S608

        def rows() -> Iterator[LabelRow]:
            while batch := cursor.fetchmany(_BATCH_ROWS):
                for row in batch:
                    yield dict(zip(names, row, strict=True))

        yield rows()


def _format_of(dataset: str, dataset_format: DatasetFormat | str | None) -> DatasetFormat:
    if isinstance(dataset_format, str):
        return parse_dataset_format(dataset_format, field="dataset_format")
    if dataset_format is not None:
        return dataset_format
    name = dataset.removesuffix(".gz")
    for suffix, known in _BY_SUFFIX.items():
        if name.endswith(suffix):
            return known
    raise ValueError(
        f"dataset_format: None, and {dataset!r} does not end in {', '.join(_BY_SUFFIX)}; "
        'give the format, e.g. \'{"csv": {"header": true}}\''
    )


def _hint(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    shown = ", ".join(map(repr, names[:20])) + (", …" if len(names) > 20 else "")
    return f"did you mean {close[0]!r}? It has {shown}" if close else f"it has {shown}"
