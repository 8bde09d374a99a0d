"""statistics.json: what a dataset looks like, feature by feature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, Protocol, cast

from airflow_model_monitor.contract.generation import NEWEST, Generation
from airflow_model_monitor.contract.json_layout import dumps
from airflow_model_monitor.contract.json_reader import JsonNode, load, unique_names
from airflow_model_monitor.contract.schema_guard import refuse_other_schema

InferredType = Literal["Integral", "Fractional", "String", "Boolean", "Unknown"]
"""Type of a feature. The original's schema has no Boolean; it is read all the same, since its engine knows one."""

INFERRED_TYPES: Final[tuple[InferredType, ...]] = ("Integral", "Fractional", "String", "Boolean", "Unknown")
FILE_NAME: Final = "statistics.json"


@dataclass(frozen=True, slots=True)
class Common:
    """How many values a feature has and lacks, in rows."""

    num_present: int
    num_missing: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One of the equal-width buckets: values in [lower_bound, upper_bound), the last one closed.

    ``count`` comes from the sketch, hence a double and approximate beyond the sketch's capacity.
    """

    lower_bound: float
    upper_bound: float
    count: float


class Doubles(Protocol):
    """A run of doubles: a tuple or list of floats, or a NumPy array, which is no ``Sequence`` to a type checker."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[float]: ...


@dataclass(frozen=True, slots=True)
class KllSketchData:
    """A KLL sketch as the file holds it: shrinking factor, size, and the raw items level by level.

    An item of level ``i`` stands for ``2**i`` values. The reader gives tuples.
    """

    c: float
    k: float
    data: tuple[Doubles, ...]


@dataclass(frozen=True, slots=True)
class KllDistribution:
    """Distribution of a numeric feature. Without a ``sketch``, which files may leave out, drift cannot be computed."""

    buckets: tuple[Bucket, ...]
    sketch: KllSketchData | None


@dataclass(frozen=True, slots=True)
class NumericalStatistics:
    """Statistics of an Integral or Fractional feature.

    ``std_dev`` is the population's. The five numbers are None where no value is present, and then left out of the file.
    Infinite and NaN values are written as the quoted names "Infinity", "-Infinity" and "NaN".
    """

    common: Common
    mean: float | None
    sum: float | None
    std_dev: float | None
    min: float | None
    max: float | None
    approximate_num_distinct_values: int | None = None
    completeness: float | None = None
    distribution: KllDistribution | None = None


@dataclass(frozen=True, slots=True)
class CategoricalBucket:
    """How many rows hold ``value``; nulls are counted under the literal ``NullValue``."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class StringStatistics:
    """Statistics of a String feature. ``distinct_count`` is an estimate that ignores nulls, written as a double.

    ``distribution`` is None for features with too many distinct values.
    """

    common: Common
    distinct_count: float
    completeness: float | None = None
    distribution: tuple[CategoricalBucket, ...] | None = None


@dataclass(frozen=True, slots=True)
class FeatureStatistics:
    """Statistics of one column: numerical or string ones, neither for a column of nulls only."""

    name: str
    inferred_type: InferredType
    numerical_statistics: NumericalStatistics | None = None
    string_statistics: StringStatistics | None = None

    @property
    def common(self) -> Common | None:
        """The counts, whichever statistics hold them."""
        holder = self.numerical_statistics or self.string_statistics
        return holder.common if holder else None


@dataclass(frozen=True)
class Statistics:
    """A whole statistics.json: ``item_count`` rows, features in column order."""

    item_count: int
    features: tuple[FeatureStatistics, ...]
    version: float = 0.0

    @cached_property
    def by_name(self) -> Mapping[str, FeatureStatistics]:
        """The features by name."""
        return {feature.name: feature for feature in self.features}

    def feature(self, name: str) -> FeatureStatistics | None:
        """The feature called ``name``, or None."""
        return self.by_name.get(name)

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> Statistics:
        """The statistics in ``text``: any generation, hand-edited too; unknown keys are ignored.

        ``version`` may be missing (0.0), as may all that the dataclasses call optional.

        :raises ContractError: naming ``file`` and the JSON path of what is wrong.
        """
        root = load(text, file)
        refuse_other_schema(root, "statistics")
        version = root.optional("version")
        nodes = list(root.child("features").items())
        unique_names(nodes)
        return cls(
            item_count=root.child("dataset").child("item_count").count(),
            features=tuple(_read_feature(node) for node in nodes),
            version=0.0 if version is None else version.number(),
        )

    def to_json(self, generation: Generation = NEWEST) -> str:
        """The file's text, as the original of that generation lays it out; no newline at the end."""
        return dumps(
            {
                "version": float(self.version),
                "dataset": {"item_count": int(self.item_count)},
                "features": [_feature(feature, generation) for feature in self.features],
            }
        )


def _feature(feature: FeatureStatistics, generation: Generation) -> dict[str, Any]:
    result: dict[str, Any] = {"name": feature.name, "inferred_type": feature.inferred_type}
    if feature.numerical_statistics is not None:
        result["numerical_statistics"] = _numerical(feature.numerical_statistics, generation)
    if feature.string_statistics is not None:
        result["string_statistics"] = _string(feature.string_statistics, generation)
    return result


def _common(common: Common) -> dict[str, int]:
    return {"num_present": int(common.num_present), "num_missing": int(common.num_missing)}


def _numerical(statistics: NumericalStatistics, generation: Generation) -> dict[str, Any]:
    result: dict[str, Any] = {"common": _common(statistics.common)}
    for name in ("mean", "sum", "std_dev", "min", "max"):
        value = getattr(statistics, name)
        if value is not None:
            result[name] = float(value)
    if generation.writes_completeness:
        if statistics.approximate_num_distinct_values is not None:
            result["approximate_num_distinct_values"] = int(statistics.approximate_num_distinct_values)
        if statistics.completeness is not None:
            result["completeness"] = float(statistics.completeness)
    if statistics.distribution is not None:
        result["distribution"] = {"kll": _kll(statistics.distribution)}
    return result


def _kll(distribution: KllDistribution) -> dict[str, Any]:
    result: dict[str, Any] = {
        "buckets": [
            {
                "lower_bound": float(bucket.lower_bound),
                "upper_bound": float(bucket.upper_bound),
                "count": float(bucket.count),
            }
            for bucket in distribution.buckets
        ]
    }
    sketch = distribution.sketch
    if sketch is not None:
        result["sketch"] = {"parameters": {"c": float(sketch.c), "k": float(sketch.k)}, "data": list(sketch.data)}
    return result


def _string(statistics: StringStatistics, generation: Generation) -> dict[str, Any]:
    result: dict[str, Any] = {
        "common": _common(statistics.common),
        "distinct_count": float(statistics.distinct_count),
    }
    if generation.writes_completeness and statistics.completeness is not None:
        result["completeness"] = float(statistics.completeness)
    if statistics.distribution is not None:
        buckets = [{"value": bucket.value, "count": int(bucket.count)} for bucket in statistics.distribution]
        result["distribution"] = {"categorical": {"buckets": buckets}}
    return result


def read_inferred_type(node: JsonNode) -> InferredType:
    """``inferred_type`` of a feature in either file."""
    return cast(InferredType, node.child("inferred_type").one_of(*INFERRED_TYPES))


def _read_feature(node: JsonNode) -> FeatureStatistics:
    numerical = node.optional("numerical_statistics")
    string = node.optional("string_statistics")
    return FeatureStatistics(
        name=node.child("name").text(),
        inferred_type=read_inferred_type(node),
        numerical_statistics=None if numerical is None else _read_numerical(numerical),
        string_statistics=None if string is None else _read_string(string),
    )


def _read_common(node: JsonNode) -> Common:
    common = node.child("common")
    return Common(common.child("num_present").count(), common.child("num_missing").count())


def _read_measure(node: JsonNode, key: str) -> float | None:
    found = node.optional(key)
    return None if found is None else found.measure()


def _read_ratio(node: JsonNode, key: str) -> float | None:
    found = node.optional(key)
    return None if found is None else found.ratio()


def _read_numerical(node: JsonNode) -> NumericalStatistics:
    distinct = node.optional("approximate_num_distinct_values")
    distribution = node.optional("distribution")
    kll = None if distribution is None else distribution.optional("kll")
    return NumericalStatistics(
        common=_read_common(node),
        mean=_read_measure(node, "mean"),
        sum=_read_measure(node, "sum"),
        std_dev=_read_measure(node, "std_dev"),
        min=_read_measure(node, "min"),
        max=_read_measure(node, "max"),
        approximate_num_distinct_values=None if distinct is None else distinct.count(),
        completeness=_read_ratio(node, "completeness"),
        distribution=None if kll is None else _read_kll(kll),
    )


def _read_kll(node: JsonNode) -> KllDistribution:
    buckets = node.optional("buckets")
    sketch = node.optional("sketch")
    return KllDistribution(
        buckets=() if buckets is None else tuple(_read_bucket(item) for item in buckets.items()),
        sketch=None if sketch is None else _read_sketch(sketch),
    )


def _read_bucket(node: JsonNode) -> Bucket:
    return Bucket(
        node.child("lower_bound").measure(),
        node.child("upper_bound").measure(),
        node.child("count").number(minimum=0.0),
    )


def _read_sketch(node: JsonNode) -> KllSketchData:
    parameters = node.child("parameters")
    return KllSketchData(
        c=parameters.child("c").number(minimum=0.0),
        k=parameters.child("k").number(minimum=0.0),
        data=tuple(level.measures() for level in node.child("data").items()),
    )


def _read_string(node: JsonNode) -> StringStatistics:
    distribution = node.optional("distribution")
    categorical = None if distribution is None else distribution.optional("categorical")
    return StringStatistics(
        common=_read_common(node),
        distinct_count=node.child("distinct_count").number(minimum=0.0),
        completeness=_read_ratio(node, "completeness"),
        distribution=None if categorical is None else _read_categorical(categorical.child("buckets")),
    )


def _read_categorical(node: JsonNode) -> tuple[CategoricalBucket, ...]:
    nodes = list(node.items())
    unique_names(nodes, key="value", what="value")
    return tuple(CategoricalBucket(item.child("value").text(), item.child("count").count()) for item in nodes)
