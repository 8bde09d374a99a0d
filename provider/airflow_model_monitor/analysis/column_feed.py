"""Feeding a column's state from Arrow arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airflow_model_monitor.analysis.arrow_arrays import numbers_in, texts_of
from airflow_model_monitor.analysis.categorical_histogram import LIMIT
from airflow_model_monitor.analysis.column_state import ColumnState
from airflow_model_monitor.analysis.text_buffers import text_buffers
from airflow_model_monitor.analysis.text_types import type_texts
from airflow_model_monitor.analysis.type_inference import TypeCounts, TypePatterns, ValueType, number_of, type_of
from airflow_model_monitor.analysis.xxhash64 import hash_texts, hash_words
from airflow_model_monitor.contract.java_number import double_to_string

# A look at this many values spares encoding a whole batch of a column with many distinct ones.
_SAMPLE = 4 * LIMIT


def feed(state: ColumnState, array: pa.Array, patterns: TypePatterns) -> None:
    """Add the rows of ``array`` to the state of its column.

    Texts are typed value by value; numbers and booleans of typed sources (Parquet, JSON) have their type. Distinct
    values are counted by the hash Spark takes: of the text's UTF-8 bytes, or of the 8 bytes of a double or long.
    """
    state.type_counts.null += array.null_count
    if array.null_count == len(array):
        return
    match state.kind:
        case "double":
            _feed_doubles(state, array)
        case "integer":
            _feed_integers(state, array)
        case "boolean":
            _feed_booleans(state, array)
        case _:
            _feed_texts(state, array, patterns)


def _feed_doubles(state: ColumnState, array: pa.Array) -> None:
    numbers = numbers_in(array if pa.types.is_float64(array.type) else pc.cast(array, pa.float64()))
    state.type_counts.fractional += len(numbers)
    _count_watched_numbers(state, numbers, double_to_string)
    # As Spark hashes doubles: the zeros are one value, and so are all NaNs.
    canonical = numbers + 0.0
    # One NaN makes the sum NaN; the sum alone is quicker to ask.
    with np.errstate(over="ignore", invalid="ignore"):
        suspicious = bool(np.isnan(canonical.sum()))
    if suspicious:
        canonical[np.isnan(canonical)] = np.nan
    state.add_hashes(hash_words(canonical.view(np.uint64)))
    state.add_numbers(numbers)


def _feed_integers(state: ColumnState, array: pa.Array) -> None:
    if pa.types.is_int64(array.type):
        words = numbers_in(array)
        numbers = words.astype(np.float64)
    else:
        # Beyond 64 bits integers come as decimals.
        words = numbers = numbers_in(pc.cast(array, pa.float64(), safe=False))
    state.type_counts.integral += len(numbers)
    _count_watched_numbers(state, numbers, lambda number: str(int(number)))
    state.add_hashes(hash_words(words.view(np.uint64)))
    state.add_numbers(numbers)


def _feed_booleans(state: ColumnState, array: pa.Array) -> None:
    true = pc.sum(array).as_py() or 0
    present = len(array) - array.null_count
    counts = {text: count for text, count in (("true", true), ("false", present - true)) if count}
    state.type_counts.boolean += present
    state.histogram_counts.add(counts)
    state.add_hashes(hash_texts(text_buffers(texts_of(list(counts)))))
    state.add_numbers(None)


def _feed_texts(state: ColumnState, array: pa.Array, patterns: TypePatterns) -> None:
    texts = array if pa.types.is_large_string(array.type) else pc.cast(array, pa.large_string())
    if _few_values(state, texts.slice(0, _SAMPLE)):
        encoded = texts.dictionary_encode()
        if _few_values(state, encoded.dictionary):
            _feed_encoded(state, encoded, patterns)
            return
    buffers = text_buffers(texts)
    typed = type_texts(texts, buffers, patterns, numbers=state.moments is not None)
    _count_watched(state, texts)
    state.type_counts += typed.counts
    state.add_hashes(hash_texts(buffers))
    state.add_numbers(typed.numbers)


def _few_values(state: ColumnState, texts: pa.Array) -> bool:
    if state.histogram_counts.counts is None:
        return False
    return state.histogram_counts.takes(texts.drop_null().unique().to_pylist())


def feed_counted(state: ColumnState, counts: Mapping[str, int], patterns: TypePatterns) -> None:
    """Add all there is to know of some texts but their numbers; each is typed and hashed once."""
    state.histogram_counts.add(counts)
    types = Counter[ValueType]()
    for text, count in counts.items():
        types[type_of(text, patterns)] += count
    state.type_counts += TypeCounts(
        fractional=types[ValueType.FRACTIONAL],
        integral=types[ValueType.INTEGRAL],
        boolean=types[ValueType.BOOLEAN],
        string=types[ValueType.STRING],
    )
    state.add_hashes(hash_texts(text_buffers(texts_of(list(counts)))))
    if types[ValueType.BOOLEAN] or types[ValueType.STRING]:
        state.add_numbers(None)


def _feed_encoded(state: ColumnState, encoded: pa.DictionaryArray, patterns: TypePatterns) -> None:
    texts, indices = encoded.dictionary.to_pylist(), numbers_in(encoded.indices)
    rows = np.bincount(indices, minlength=len(texts)).tolist()
    feed_counted(state, dict(zip(texts, rows, strict=True)), patterns)
    if state.moments is not None:
        numbers = [number_of(text) for text in texts]
        values = np.array([0.0 if number is None else number for number in numbers])[indices]
        if None in numbers:
            values = values[np.array([number is not None for number in numbers])[indices]]
        state.add_numbers(values)


def _count_watched(state: ColumnState, texts: pa.Array) -> None:
    """Count the watched texts of a column with too many others to count."""
    if not state.histogram_counts.watched:
        return
    found = texts.filter(pc.is_in(texts, value_set=texts_of(list(state.histogram_counts.watched))))
    counted = found.value_counts()
    state.histogram_counts.add(
        dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))
    )


def _count_watched_numbers(state: ColumnState, numbers: np.ndarray, text_of: Callable[[float], str]) -> None:
    """The same for typed numbers: a text is met by the number it is the text of."""
    for text in state.histogram_counts.watched:
        number = number_of(text)
        if number is not None and np.isfinite(number) and text_of(number) == text:
            state.histogram_counts.add({text: int(np.count_nonzero(numbers == number))})
