"""An execution that a sensor has found, wherever: what it hands on, and what its violations are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from airflow_model_monitor.assets.summary import ExecutionSummary, execution_summary
from airflow_model_monitor.contract.clarify_violations import BiasViolation, ClarifyViolations
from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations

if TYPE_CHECKING:
    from airflow_model_monitor.service.revisions import Revision


class FoundViolation(NamedTuple):
    """A violation of any monitor: of a feature, of a metric, or of a metric for a facet or label."""

    subject: str
    check: str
    description: str
    metric: str | None = None


class FoundExecution(Protocol):
    """What both sensors need to know of an execution that ran to its end."""

    @property
    def url(self) -> str:
        """Where its files stand."""

    def summary(self) -> ExecutionSummary:
        """What a task hands on."""

    def violations(self) -> tuple[FoundViolation, ...]:
        """All of them; empty for an execution that found none.

        :raises ContractError: it found some, but their file is gone or no such file
        """


class StoredExecution:
    """A published revision of our own store."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision

    @property
    def url(self) -> str:
        """The revision's folder."""
        return self._revision.url

    def summary(self) -> ExecutionSummary:
        """As ``RunMonitoringOperator`` returns it."""
        return execution_summary(self._revision)

    def violations(self) -> tuple[FoundViolation, ...]:
        """Those of the published file."""
        from airflow_model_monitor.contract.errors import ContractError
        from airflow_model_monitor.contract.violations import FILE_NAME

        revision = self._revision
        if FILE_NAME not in revision.files:
            # Like the original, a quiet execution writes no file. Only the published verdict says that it was quiet.
            if revision.execution.violations:
                raise ContractError(
                    f"the execution found {revision.execution.violations} violations, but published no {FILE_NAME}",
                    file=revision.url,
                    remedy="Run the execution again.",
                )
            return ()
        return violations_in(revision.read(FILE_NAME), revision.url_of(FILE_NAME), revision.execution.monitor_type)


def violations_in(content: bytes, url: str, monitor_type: str) -> tuple[FoundViolation, ...]:
    """The violations of a ``constraint_violations.json``.

    :param url: its address, for messages
    :param monitor_type: whose it is, e.g. ``ModelQuality``
    :raises ContractError: it is none of that monitor's
    """
    from airflow_model_monitor.contract.violations import ConstraintViolations

    if monitor_type == "ModelQuality":
        metrics = ModelQualityViolations.from_json(content, url).violations
        return tuple(FoundViolation(one.metric_name, one.constraint_check_type, one.description) for one in metrics)
    if monitor_type in ("ModelBias", "ModelExplainability"):
        return tuple(
            FoundViolation(
                one.facet if isinstance(one, BiasViolation) else one.label,
                one.constraint_check_type,
                one.description,
                one.metric_name,
            )
            for one in ClarifyViolations.from_json(content, url).violations
        )
    features = ConstraintViolations.from_json(content, url).violations
    return tuple(FoundViolation(one.feature_name, one.constraint_check_type, one.description) for one in features)
