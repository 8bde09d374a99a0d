"""Local SHAP values of one feature: a point per row, or a strip of quantiles where rows are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.feature_table import Column

Doubles = NDArray[np.float64]

HEIGHT: Final = 30.0
"""Of the drawing, whose width is 100; the page stretches it."""
MOST_POINTS: Final = 300
"""More rows than this make a strip of quantiles."""
COLOURS: Final = 7
"""Steps from the feature's low values to its high ones."""
PLAIN: Final = COLOURS
"""The colour of rows whose feature value has no order, or is missing."""

_BINS: Final = 80
_WIDEST: Final = 3.2  # between two points above each other
_ROOM: Final = 2.0  # on either end, so that a round point is not cut off
_SHARES: Final = (0.01, 0.25, 0.5, 0.75, 0.99)


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis that all features of a label share.

    :param zero: where no contribution is, between 0 and 100
    """

    low: float
    high: float

    @classmethod
    def of(cls, values: Doubles) -> Scale:
        """From the smallest to the largest of ``values``, zero included."""
        finite = values[np.isfinite(values) & (np.abs(values) < 1e300)]
        low, high = min(0.0, float(finite.min(initial=0.0))), max(0.0, float(finite.max(initial=0.0)))
        return cls(low, high) if high > low else cls(-1.0, 1.0)

    @property
    def zero(self) -> float:
        return float(self.places(np.zeros(1))[0])

    def places(self, values: Doubles) -> Doubles:
        """Between 0 and 100; what lies beyond stands at the end."""
        share = np.clip((values - self.low) / (self.high - self.low), 0.0, 1.0)
        return np.asarray(_ROOM + share * (100.0 - 2 * _ROOM))


@dataclass(frozen=True, slots=True)
class Strip:
    """Quantiles of some rows, as places between 0 and 100.

    :param kind: rows with ``high`` or ``low`` values of the feature, or ``all`` rows
    :param quantiles: of 1, 25, 50, 75 and 99 % of the rows
    """

    kind: str
    quantiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SwarmChart:
    """What the page draws: points or strips.

    :param points: SVG paths by colour, each a series of points
    :param strips: that of the high values above that of the low ones
    """

    points: tuple[tuple[int, str], ...] = ()
    strips: tuple[Strip, ...] = ()

    @property
    def has_plain(self) -> bool:
        """Whether some rows have no colour."""
        return any(colour == PLAIN for colour, _ in self.points) or any(strip.kind == "all" for strip in self.strips)


def swarm_chart(values: Doubles, scale: Scale, feature: Column | None = None) -> SwarmChart | None:
    """The drawing of one feature; ``None`` without a finite value.

    :param values: its SHAP values, one per row
    :param feature: the feature's own values of the same rows, for the colours; ``None`` when unknown
    """
    order = _order(feature, len(values))
    finite = np.isfinite(values)
    if not finite.any():
        return None
    values, order = values[finite], order[finite]
    places = scale.places(values)
    return (
        SwarmChart(strips=_strips(places, order)) if len(values) > MOST_POINTS else SwarmChart(_points(places, order))
    )


def _order(feature: Column | None, rows: int) -> Doubles:
    """Each row's place among the feature's values, 0 to 1; NaN where there is no order."""
    result = np.full(rows, np.nan)
    if feature is None or feature.dtype.kind not in "biuf" or len(feature) != rows:
        return result
    known = np.isfinite(feature)
    distinct, inverse, counts = np.unique(feature[known], return_inverse=True, return_counts=True)
    if len(distinct) > 1:
        # The middle of a value's own rows, so that two values stand at both ends however many rows each has.
        middles = np.cumsum(counts) - (counts + 1) / 2
        result[known] = ((middles - middles[0]) / (middles[-1] - middles[0]))[inverse]
    return result


def _strips(places: Doubles, order: Doubles) -> tuple[Strip, ...]:
    known = order[~np.isnan(order)]
    parts = {"all": np.ones(len(places), dtype=np.bool_)}
    if len(known):
        parts = {"high": order > 0.5, "low": order <= 0.5}
    return tuple(
        Strip(kind, tuple(np.quantile(places[rows], _SHARES).tolist())) for kind, rows in parts.items() if rows.any()
    )


def _points(places: Doubles, order: Doubles) -> tuple[tuple[int, str], ...]:
    bins = np.floor(places * _BINS / 100).astype(np.int64)
    layers = np.zeros(len(places))
    for found in np.unique(bins):
        members = np.flatnonzero(bins == found)
        # By their feature's values from the middle outwards: a pile shows its colours in order.
        members = members[np.argsort(order[members], kind="stable")]
        layers[members] = np.arange(len(members)) - (len(members) - 1) / 2
    most = float(np.abs(layers).max())
    step = min(_WIDEST, (HEIGHT / 2 - 3) / most) if most else 0.0
    heights = HEIGHT / 2 - layers * step
    colours = np.where(np.isnan(order), PLAIN, np.minimum(np.nan_to_num(order) * COLOURS, COLOURS - 1)).astype(np.int64)
    return tuple(
        (int(colour), "".join(f"M{x:.1f} {y:.1f}h.01" for x, y in zip(places[rows], heights[rows])))
        for colour in np.unique(colours)
        for rows in [np.flatnonzero(colours == colour)]
    )
