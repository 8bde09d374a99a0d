"""Datasets beside the main one: predicted labels and facets in files of their own, joined to it row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.clarify_inputs.model_rows import ModelRows, named
from airflow_model_monitor.jobs.clarify_inputs.value_columns import Column

DEFAULT_PREDICTED_LABEL: Final = "predicted_label"
Positions = NDArray[np.int64]


def with_predicted_labels(
    rows: ModelRows, join: Column | None, side: Mapping[str, Column], config: AnalysisConfig
) -> tuple[ModelRows, Column | None]:
    """Add the predicted labels of a file of their own.

    :param join: the identifier column of the main dataset, ``None`` to go by position
    :param side: the file's columns
    :return: the rows both have, and their identifiers
    :raises ContractError: no such column, another number of rows, or an identifier that is there twice
    """
    names = list(side)
    stated = config.predicted_label if config.predicted_label is not None else DEFAULT_PREDICTED_LABEL
    if stated == DEFAULT_PREDICTED_LABEL and stated not in side and len(names) == 1:
        stated = names[0]  # one column can be nothing else
    wanted = named(stated, names, "$.predicted_label")
    assert wanted is not None
    rows, join, theirs = _joined(rows, join, side, config, "predicted_label_dataset_uri")
    return replace(rows, predicted_labels=side[wanted][theirs]), join


def with_facets(
    rows: ModelRows, join: Column | None, side: Mapping[str, Column], config: AnalysisConfig
) -> tuple[ModelRows, Column | None]:
    """Add the columns of a facet dataset: facets, and no features of the model."""
    identifier = _identifier(side, config, "facet_dataset_uri") if join is not None else None
    rows, join, theirs = _joined(rows, join, side, config, "facet_dataset_uri")
    facets = {name: column[theirs] for name, column in side.items() if name != identifier}
    return replace(rows, facets=facets), join


def _joined(
    rows: ModelRows, join: Column | None, side: Mapping[str, Column], config: AnalysisConfig, key: str
) -> tuple[ModelRows, Column | None, Positions]:
    count = len(next(iter(side.values())))
    if join is None:
        if count != len(rows):
            raise ContractError(
                f"its file has {count} rows and the dataset {len(rows)}",
                field=f"$.{key}",
                remedy="Give both the same rows in the same order, or name an identifier: joinsource_name_or_index",
            )
        return rows, None, np.arange(count)
    theirs = side[_identifier(side, config, key)]
    ours, matched = _matches(join.tolist(), theirs.tolist(), key)
    return rows.taken(ours), join[ours], matched


def _identifier(side: Mapping[str, Column], config: AnalysisConfig, key: str) -> str:
    stated = config.joinsource_name_or_index
    names = list(side)
    if isinstance(stated, int):
        # A position counts in the main dataset; in another file the identifier has the same name, or stands first.
        header = config.headers[stated] if stated < len(config.headers) else f"column_{stated}"
        return header if header in side else names[0]
    found = named(stated, names, f"$.joinsource_name_or_index (in {key})")
    assert found is not None
    return found


def _matches(ours: Sequence[Any], theirs: Sequence[Any], key: str) -> tuple[Positions, Positions]:
    place: dict[Any, int] = {}
    for index, value in enumerate(theirs):
        if place.setdefault(value, index) != index:
            raise ContractError(
                f"the identifier {value!r} stands twice in its file",
                field=f"$.{key}",
                remedy="Give every row an identifier of its own",
            )
    pairs = [(index, place[value]) for index, value in enumerate(ours) if value in place]
    if not pairs:
        raise ContractError("its file has no row of the dataset", field=f"$.{key}", remedy="Compare the identifiers")
    found = np.array(pairs, dtype=np.int64)
    return found[:, 0], found[:, 1]
