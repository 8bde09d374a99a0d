"""Pearson's chi-squared test of the current categories against the baseline's."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

from airflow_model_monitor.contract.monitoring_config import ComparisonMethod

# Two categories: every expected count is 10 or more (Cochran, The chi-square test of goodness of fit, 1952).
_COCHRAN_LEAST = 10
# More: at most a fifth of the expected counts is below 5 (Yates, Moore & McCabe, The Practice of Statistics, 1999).
_YATES_LEAST = 5
_YATES_SHARE = 0.2


def chi_squared(current: Mapping[str, int], baseline: Mapping[str, int], method: ComparisonMethod = "Robust") -> float:
    """How the current categories fit the baseline's shares; NaN when fewer than two categories are left to compare.

    ``Robust`` gives the p-value: *small* means drift, and a check holds it against its threshold from below.
    ``Simple`` gives the statistic, where large means drift. Categories the baseline does not know take no part: they
    are the business of the categorical values check. Rare categories are merged first, see :func:`merge_rare`.

    :param current: rows per category of the current data, ``NullValue`` for nulls
    :param baseline: rows per category of the baseline
    """
    total = sum(baseline.values())
    known = sum(count for category, count in current.items() if category in baseline)
    if not total:
        return nan
    observed, expected = merge_rare(
        {category: float(current.get(category, 0)) for category in baseline},
        {category: count / total * known for category, count in baseline.items()},
    )
    if len(expected) < 2:
        return nan
    statistic = sum((observed[key] - expected[key]) ** 2 / expected[key] if expected[key] else 0.0 for key in expected)
    if method == "Simple":
        return statistic
    # SciPy takes a tenth of a second to import and few jobs ask for this test.
    from scipy.special import gammainc

    # As the original: one minus the distribution function, which is 0.0 where the tail is below 1e-16.
    return 1.0 - float(gammainc((len(expected) - 1) / 2, statistic / 2))


def merge_rare(
    observed: Mapping[str, float], expected: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, float]]:
    """Merge the rarest expected category into the second rarest until the test's conditions hold.

    Among equally rare categories the first one in the baseline's order goes first.

    :returns: observed and expected counts under the same keys; one single key when nothing could satisfy the test
    """
    observed, expected = dict(observed), dict(expected)
    while len(expected) >= 2:
        if len(expected) == 2:
            least, allowed = _COCHRAN_LEAST, 0
        else:
            least, allowed = _YATES_LEAST, int(_YATES_SHARE * len(expected))
        if sum(count < least for count in expected.values()) <= allowed:
            break
        rarest = min(expected, key=expected.__getitem__)
        count, seen = expected.pop(rarest), observed.pop(rarest)
        second = min(expected, key=expected.__getitem__)
        expected[second] += count
        observed[second] += seen
    return observed, expected
