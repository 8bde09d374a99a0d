"""Which version of its baseline a monitor uses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict, get_args

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.arguments import exactly_one, one_of
from airflow_model_monitor.assets.events import add_outlet, emit_baseline
from airflow_model_monitor.assets.monitor import baseline_asset
from airflow_model_monitor.assets.summary import baseline_summary
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.assets.window import instant
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.operators.monitoring_type import MonitoringType, baseline_file

if TYPE_CHECKING:
    from typing import Any

    from airflow.sdk import Context

    from airflow_model_monitor.service.baseline_store import BaselineStore, Candidate

PREVIOUS = "previous"


class PromotedBaseline(TypedDict):
    """``version`` counts now; ``previous`` did before, None when there was none; instants are ISO 8601 or None."""

    monitor: str
    version: str
    previous: str | None
    effective_from: str | None
    baseline_url: str
    execution_url: str


class PromoteBaselineOperator(ConnectedOperator):
    """Make a version of a baseline the one a monitor uses, or go back to an earlier one: one task either way.

    A candidate is a baseline in a folder of its own, as ``SuggestBaselineOperator`` wrote it and people have edited it
    since. Promoting copies it below ``baseline_uri``, where the monitor looks; SageMaker's schedules find its plain
    files there as well. Versions are addressed by content, the old ones stay, and every execution records which one
    judged it.

    ``version="previous"`` rolls back: what counted before counts again, from the same window on. Run a second time,
    after a retry say, a promotion changes nothing; a rollback that is run as a *new* task goes back and forth.

    Returns a :class:`PromotedBaseline` and updates ``baseline_asset(monitoring_schedule_name)``.

    :param monitoring_schedule_name: name of the monitor, a literal; the asset carries it.
    :param baseline_uri: folder of the monitor's baseline: the ``baseline_uri`` of ``RunMonitoringOperator``.
        (templated)
    :param candidate_uri: folder with the candidate: the ``baseline_uri`` of the ``SuggestBaselineOperator`` that made
        it. (templated)
    :param version: instead, a version this monitor has used before: its content address (``version`` of an earlier
        result or in ``promotion.json``), or ``"previous"``. (templated)
    :param monitoring_type: whose baseline it is: ``"DataQuality"``, ``"ModelQuality"``, ``"ModelBias"`` or
        ``"ModelExplainability"``.
    :param effective_from: windows that begin at this instant or later are judged by it, earlier ones by what counted
        then; ISO 8601 with offset. Default: all windows; of a rollback, those of the version it takes back. (templated)
    :param reason: a sentence that stands in ``promotion.json``. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        *("baseline_uri", "candidate_uri", "version", "effective_from", "reason"),
        *ConnectedOperator.template_fields,
    )

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        baseline_uri: str,
        candidate_uri: str | None = None,
        version: str | None = None,
        monitoring_type: MonitoringType = "DataQuality",
        effective_from: str | datetime | None = None,
        reason: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        exactly_one("the folder of a candidate or a version used before", candidate_uri=candidate_uri, version=version)
        one_of("monitoring_type", monitoring_type, get_args(MonitoringType))
        self.monitoring_schedule_name = monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.baseline_uri = baseline_uri
        self.candidate_uri = candidate_uri
        self.version = version
        self.monitoring_type = monitoring_type
        self.effective_from = effective_from
        self.reason = reason
        add_outlet(self, baseline_asset(self.monitoring_schedule_name))

    def execute(self, context: Context) -> PromotedBaseline:
        """Find the version, publish it where the monitor looks, and tell."""
        from airflow_model_monitor.service.baseline_store import BaselineStore
        from airflow_model_monitor.service.windows import iso

        store = BaselineStore(self.baseline_uri, self.hook.storage_options(self.baseline_uri))
        start = None if self.effective_from in (None, "") else instant("effective_from", self.effective_from)
        if self.candidate_uri is not None:
            source = self._candidate(self.candidate_uri)
        else:
            source, taken_back = self._earlier(store)
            start = start or taken_back
        promotion, revision = store.promote(
            source, monitor=self.monitoring_schedule_name, effective_from=start, reason=self.reason
        )
        since = None if start is None else iso(start)
        self.log.info(
            "%s uses baseline %s (before: %s), for windows from %s on",
            self.monitoring_schedule_name,
            promotion.version,
            promotion.previous or "none",
            since or "the first",
        )
        emit_baseline(context, self.monitoring_schedule_name, summary=baseline_summary(revision, store.url))
        return PromotedBaseline(
            monitor=self.monitoring_schedule_name,
            version=promotion.version,
            previous=promotion.previous,
            effective_from=since,
            baseline_url=store.url,
            execution_url=revision.url,
        )

    def _candidate(self, uri: str) -> Candidate:
        from airflow_model_monitor.service.baseline_store import BaselineStore

        try:
            store = BaselineStore(uri, self.hook.storage_options(uri))
            return store.candidate(baseline_file(self.monitoring_type))
        except FileNotFoundError as error:
            raise AirflowFailException(f"candidate_uri: {error}") from error

    def _earlier(self, store: BaselineStore) -> tuple[Candidate, datetime | None]:
        """The newest revision of the version asked for, and since when the one that counts now has been counting."""
        from airflow_model_monitor.service.baseline_store import candidate_of, promotion_of, version_of

        file = baseline_file(self.monitoring_type)
        revisions = store.revisions()
        versions = [version_of(revision, file) for revision in revisions]
        counting = promotion_of(revisions[-1]) if revisions else None
        wanted = self.version
        if wanted == PREVIOUS:
            wanted = next((one for one in reversed(versions) if one != versions[-1]), None)
        if wanted not in versions:
            raise AirflowFailException(
                f"version={self.version!r}: {self.monitoring_schedule_name} has used "
                f"{', '.join(dict.fromkeys(versions)) or 'no version yet'} below {store.url}"
            )
        place = len(versions) - 1 - versions[::-1].index(wanted)
        return candidate_of(revisions[place], file), None if counting is None else counting.effective_from
