"""What state a metric alarm is in, from the datapoints of its evaluation range: CloudWatch's documented rules.

CloudWatch looks at more periods than it needs, the *evaluation range*, in case some are without data. With enough
datapoints it judges the latest ones; with too few, it fills what is missing as the alarm says. AWS names one size of
that range, 5 for 3 evaluation periods; here it is always two more than the periods.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

StateValue = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
TreatMissingData = Literal["missing", "ignore", "breaching", "notBreaching"]

STATES: Final[tuple[StateValue, ...]] = ("OK", "ALARM", "INSUFFICIENT_DATA")
TREATMENTS: Final[tuple[TreatMissingData, ...]] = ("missing", "ignore", "breaching", "notBreaching")
COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_SPARE_PERIODS: Final = 2


@dataclass(frozen=True, slots=True)
class Criterion:
    """When an alarm is in ALARM.

    :param evaluation_periods: N, how many datapoints are judged
    :param datapoints_to_alarm: M, how many of them must breach
    """

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: TreatMissingData = "missing"

    @property
    def evaluation_range(self) -> int:
        """How many periods are looked at."""
        return self.evaluation_periods + _SPARE_PERIODS

    def breaches(self, value: float) -> bool:
        """Whether one value is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One period's statistic; ``start`` is the period's."""

    start: datetime
    value: float
    sample_count: float | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an evaluation came to.

    :param state: None keeps the state there was
    :param judged: the datapoints judged, the latest first
    :param filled: how many missing ones were filled in
    """

    state: StateValue | None
    judged: tuple[Datapoint, ...] = ()
    filled: int = 0


def judge(criterion: Criterion, datapoints: Sequence[Datapoint | None]) -> Judgement:
    """The state by ``datapoints``.

    :param datapoints: one per period of the evaluation range, the latest first; None where a period has no data
    """
    ages = [(age, point) for age, point in enumerate(datapoints, start=1) if point is not None]
    needed = criterion.evaluation_periods
    if len(ages) >= needed:
        latest = tuple(point for _, point in ages[:needed])
        return Judgement(_state(criterion, _breaches(criterion, latest)), latest)

    real = tuple(point for _, point in ages)
    missing = needed - len(real)
    breaches = _breaches(criterion, real)
    treatment = criterion.treat_missing_data
    if treatment == "breaching":
        return Judgement(_state(criterion, breaches + missing), real, missing)
    if treatment == "notBreaching":
        return Judgement(_state(criterion, breaches), real, missing)
    if not real:
        return Judgement("INSUFFICIENT_DATA" if treatment == "missing" else None, real, missing)
    if breaches >= criterion.datapoints_to_alarm or breaches < len(real):
        return Judgement(_state(criterion, breaches), real, missing)
    # Every datapoint breaches, and there are too few. CloudWatch waits until the oldest is as old as the datapoints
    # it needs ("avoiding premature transitions"), then alarms; an alarm that ignores missing data keeps its state.
    if treatment == "ignore":
        return Judgement(None, real, missing)
    return Judgement("ALARM" if ages[-1][0] >= criterion.datapoints_to_alarm else "OK", real, missing)


def _breaches(criterion: Criterion, datapoints: Sequence[Datapoint]) -> int:
    return sum(criterion.breaches(point.value) for point in datapoints)


def _state(criterion: Criterion, breaches: int) -> StateValue:
    return "ALARM" if breaches >= criterion.datapoints_to_alarm else "OK"
