"""Waits for violations that matter to somebody."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection
from typing import Any, Literal, TypedDict, get_args

from airflow_model_monitor._compat import AirflowFailException, AirflowSkipException
from airflow_model_monitor.assets.summary import ExecutionSummary
from airflow_model_monitor.contract.clarify_violations import BIAS_DRIFT, FEATURE_ATTRIBUTION_DRIFT
from airflow_model_monitor.contract.model_quality_constraints import COMPARISON_OPERATORS
from airflow_model_monitor.contract.model_quality_violations import camel_case
from airflow_model_monitor.contract.violations import CHECK_TYPES
from airflow_model_monitor.sensors.found_execution import FoundExecution, FoundViolation
from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor

OnNoViolations = Literal["skip", "fail"]

_KNOWN_CHECKS = (*CHECK_TYPES, *COMPARISON_OPERATORS, BIAS_DRIFT, FEATURE_ATTRIBUTION_DRIFT)

# An XCom is small whatever the model: a table of ten thousand columns can break in every one of them.
_FEATURES_IN_XCOM = 50


class MatchedViolations(TypedDict):
    """What ``ViolationSensor`` returns.

    ``matched`` counts the violations that passed the filters, ``matched_counts`` the same by check type, ``features``
    names the first fifty features among them in the order of the file; of model quality metrics, of bias facets, of
    explainability labels.
    """

    execution: ExecutionSummary
    matched: int
    matched_counts: dict[str, int]
    features: list[str]


class ViolationSensor(MonitoringExecutionSensor):
    """Go on when an execution found violations of the kinds you care about.

    It waits until the execution of the window has ended, in a store of ours or in SageMaker, then looks once. A window
    that was not judged yet is not a window without violations: the sensor keeps waiting, and times out as Airflow's
    sensors do. Too few violations can not become enough by waiting, so then it skips (or fails) at once; with
    ``soft_fail`` every failure, the time-out included, is a skip. With ``on_no_data="succeed"`` a window without
    traffic counts as one without violations.

    Returns :class:`MatchedViolations`.

    :param check_types: count only these checks, e.g. ``["baseline_drift_check"]``, or for model quality
        ``["LessThanThreshold"]``; default: all.
    :param features: count only violations of these features; for model quality, of these metrics, such as
        ``["recall", "true_positive_rate"]``; for bias, of these facets or metrics, such as ``["DI"]``; for
        explainability, of these labels. Default: all.
    :param minimum_count: how many violations must remain after the filters, at least 1.
    :param on_no_violations: ``"skip"`` this task and what hangs on it when there are too few, or ``"fail"``.

    The other arguments are those of :class:`MonitoringExecutionSensor`.
    """

    def __init__(
        self,
        *,
        check_types: Collection[str] | None = None,
        features: Collection[str] | None = None,
        minimum_count: int = 1,
        on_no_violations: OnNoViolations = "skip",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.check_types = _check_types(check_types)
        self.features = _names("features", features)
        if minimum_count < 1:
            raise ValueError(
                f"minimum_count={minimum_count!r}: expected at least 1; to wait for any execution use "
                "MonitoringExecutionSensor"
            )
        if on_no_violations not in get_args(OnNoViolations):
            raise ValueError(f"on_no_violations={on_no_violations!r}: expected 'skip' or 'fail'")
        self.minimum_count = minimum_count
        self.on_no_violations = on_no_violations

    def judge(self, found: FoundExecution) -> MatchedViolations:
        """Filter and count."""
        violations = found.violations()
        matched = [violation for violation in violations if self._matches(violation)]
        if len(matched) < self.minimum_count:
            message = (
                f"{len(matched)} of the execution's {len(violations)} violations match, "
                f"{self.minimum_count} are needed ({found.url or 'there were no data'})"
            )
            raise AirflowSkipException(message) if self.on_no_violations == "skip" else AirflowFailException(message)
        for violation in matched[:_FEATURES_IN_XCOM]:
            self.log.info("%s: %s", violation.subject, violation.description)
        return MatchedViolations(
            execution=found.summary(),
            matched=len(matched),
            matched_counts=dict(Counter(violation.check for violation in matched)),
            features=list(dict.fromkeys(violation.subject for violation in matched))[:_FEATURES_IN_XCOM],
        )

    def _matches(self, violation: FoundViolation) -> bool:
        if self.check_types is not None and violation.check not in self.check_types:
            return False
        # The file spells metrics in camel case, everything else, people included, in snake case.
        if self.features is None or violation.metric in self.features:
            return True
        return any(violation.subject in (name, camel_case(name)) for name in self.features)


def _check_types(given: Collection[str] | None) -> list[str] | None:
    names = _names("check_types", given)
    for name in names or ():
        if name not in _KNOWN_CHECKS:
            near = difflib.get_close_matches(name, _KNOWN_CHECKS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_KNOWN_CHECKS)}"
            raise ValueError(f"check_types: {name!r} is not a check; {hint}")
    return names


def _names(argument: str, given: Collection[str] | None) -> list[str] | None:
    if given is None:
        return None
    # A lone text is a collection too, of its letters, and would match nothing for ever.
    if isinstance(given, str) or not given:
        raise ValueError(f"{argument}={given!r}: expected a list of names, or None for all")
    return list(given)
