"""Which column of the current data belongs to which feature of the baseline, and what it is called."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility


@dataclass(frozen=True, slots=True)
class ColumnPairing:
    """The columns of the current data beside the features of the baseline.

    :param names: what the current columns are called in the files written, in column order
    :param columns: for each baseline feature the index of its column, None where the data lacks it
    :param missing: names of the features without a column
    :param extra: names of the columns without a feature
    :param by_name: whether the columns' own names decided, not their positions
    """

    names: tuple[str, ...]
    columns: tuple[int | None, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    by_name: bool

    @property
    def complete(self) -> bool:
        """Whether every feature has its column and every column its feature."""
        return not self.missing and not self.extra


def pair_columns(
    names: Sequence[str], features: Sequence[str], *, named: bool, compatibility: Compatibility
) -> ColumnPairing:
    """Pair columns with features.

    The original renames columns by position, whatever they are called. So does ``corrected`` for columns without names
    of their own, and for names of which the baseline knows none; else it goes by name, in which order ever they come.

    :param names: the current columns' names, in column order
    :param features: the baseline's feature names, in its order
    :param named: whether the data names its columns (a header, JSON, Parquet)
    """
    if compatibility == CORRECTED and named and not set(names).isdisjoint(features):
        return pair_by_name(names, features)
    return pair_by_position(names, features)


def pair_by_position(names: Sequence[str], features: Sequence[str]) -> ColumnPairing:
    """The first column is the first feature, and so on; what is left over on either side stays alone."""
    shared = min(len(names), len(features))
    return ColumnPairing(
        names=(*features[:shared], *names[shared:]),
        columns=(*range(shared), *(None for _ in features[shared:])),
        missing=tuple(features[shared:]),
        extra=tuple(names[shared:]),
        by_name=False,
    )


def pair_by_name(names: Sequence[str], features: Sequence[str]) -> ColumnPairing:
    """A column is the feature of its name; of several with one name the first is the first."""
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for index, name in enumerate(names):
        places[name].append(index)
    columns = tuple(places[feature].popleft() if places.get(feature) else None for feature in features)
    taken = set(columns)
    return ColumnPairing(
        names=tuple(names),
        columns=columns,
        missing=tuple(feature for feature, column in zip(features, columns, strict=True) if column is None),
        extra=tuple(name for index, name in enumerate(names) if index not in taken),
        by_name=True,
    )
