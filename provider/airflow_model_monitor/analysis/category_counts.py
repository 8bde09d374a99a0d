"""Columns of few texts, counted by the engine instead of value by value."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from airflow_model_monitor.analysis.categorical_histogram import LIMIT
from airflow_model_monitor.analysis.column_feed import feed_counted
from airflow_model_monitor.analysis.column_state import ColumnState
from airflow_model_monitor.analysis.type_inference import TypePatterns, ValueType, type_of
from airflow_model_monitor.tables.chunks import chunks, count_values, first_rows, some_columns
from airflow_model_monitor.tables.relation import Relation

# Each takes a query of its own, and binding one takes long where there are thousands of columns.
_MOST_COLUMNS = 200
_SAMPLE_ROWS = 16_384


def feed_categories(relation: Relation, states: Sequence[ColumnState], patterns: TypePatterns) -> Collection[int]:
    """Feed the states of text columns of few different values that are no numbers, and return their positions.

    Of such a column the state needs no more than how often each value occurs, which the engine tells at the price of a
    scan. Numbers are needed in the order of the rows and stay for the pass over the rows.

    :param relation: a columnar one; others would be read once more per column
    :param states: of its columns, new
    """
    texts = [position for position, column in enumerate(relation.columns) if column.kind == "text"]
    if not texts or len(relation.columns) > _MOST_COLUMNS:
        return ()
    sample = next(chunks(first_rows(some_columns(relation, texts), _SAMPLE_ROWS)), None)
    fed = set()
    for position, values in zip(texts, sample.columns if sample is not None else (), strict=False):
        if len(values.unique()) <= LIMIT and _feed_category(relation, position, states[position], patterns):
            fed.add(position)
    return fed


def _feed_category(relation: Relation, position: int, state: ColumnState, patterns: TypePatterns) -> bool:
    counts = count_values(relation, position, LIMIT)
    if counts is None:
        return False
    nulls = counts.pop(None, 0)
    texts = {text: count for text, count in counts.items() if text is not None}
    if {type_of(text, patterns) for text in texts} & {ValueType.FRACTIONAL, ValueType.INTEGRAL} or not texts:
        return False
    state.type_counts.null += nulls
    feed_counted(state, texts, patterns)
    return True
