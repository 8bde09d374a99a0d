"""Room for chance in the thresholds of model quality."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.operators.connected import ConnectedOperator

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context

    from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints


class LoosenedConstraints(TypedDict):
    """``thresholds`` by metric, as they stand in the ``constraints.json`` at ``baseline_url`` now."""

    baseline_url: str
    thresholds: dict[str, float]


class LoosenConstraintsOperator(ConnectedOperator):
    """Let the thresholds of a model quality baseline give way by a margin.

    A suggested threshold is what the model reached on the baseline's data, to the last digit. Windows differ, and a
    model knows the data it was trained on: without a margin every other window is in violation by chance. Use it
    between ``SuggestBaselineOperator`` and ``PromoteBaselineOperator``.

    It edits the plain ``constraints.json``, as people do. What was suggested stays in the published revision, and the
    margin is counted from there: a repeated task gives way once.

    Returns :class:`LoosenedConstraints`.

    :param baseline_uri: folder of the baseline: the ``baseline_uri`` of the ``SuggestBaselineOperator`` that made it.
        (templated)
    :param margin: how far every metric may be beyond what was suggested, to the worse side and in its own unit; or
        metric by metric, such as ``{"auc": 0.02}``: the others stay.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = ("baseline_uri", *ConnectedOperator.template_fields)

    def __init__(self, *, baseline_uri: str, margin: float | Mapping[str, float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for value in margin.values() if isinstance(margin, Mapping) else [margin]:
            if isinstance(value, bool) or not math.isfinite(value) or value < 0:
                raise ValueError(f"margin={margin!r}: expected numbers of at least 0, such as 0.05")
        self.baseline_uri = baseline_uri
        self.margin = margin
        self._read: str | None = None

    def execute(self, context: Context) -> LoosenedConstraints:
        """Read what was suggested, and write what is to count."""
        import tempfile
        from pathlib import Path

        from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints
        from airflow_model_monitor.service.baseline_store import CONSTRAINTS, BaselineStore
        from airflow_model_monitor.service.folder import Folder

        options = self.hook.storage_options(self.baseline_uri)
        revision = BaselineStore(self.baseline_uri, options).read()
        if revision is None:
            raise AirflowFailException(
                f"baseline_uri: nothing was suggested at {self.baseline_uri}; SuggestBaselineOperator does it"
            )
        self._read = revision.url_of(CONSTRAINTS)
        suggested = ModelQualityConstraints.from_json(revision.read(CONSTRAINTS), self._read)
        loosened = self._loosened(suggested)
        with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
            local = Path(scratch) / CONSTRAINTS
            local.write_text(loosened.to_json(), encoding="utf-8")
            Folder(self.baseline_uri, options).upload(CONSTRAINTS, local)
        thresholds = {name: one.threshold for name, one in loosened.constraints.items()}
        self.log.info("Thresholds now: %s", thresholds)
        return LoosenedConstraints(baseline_url=self.baseline_uri, thresholds=thresholds)

    def _loosened(self, suggested: ModelQualityConstraints) -> ModelQualityConstraints:
        from dataclasses import replace

        from airflow_model_monitor.contract.model_quality_constraints import LESS_THAN

        known = suggested.constraints
        margins = self.margin if isinstance(self.margin, Mapping) else dict.fromkeys(known, self.margin)
        if unknown := sorted(set(margins) - set(known)):
            raise AirflowFailException(
                f"margin: there is no threshold for {', '.join(unknown)}; there are {', '.join(known)}"
            )
        changed = {
            name: replace(one, threshold=one.threshold + (-1 if one.comparison_operator == LESS_THAN else 1) * margin)
            for name, one in known.items()
            if (margin := margins.get(name)) is not None
        }
        return replace(suggested, constraints={**known, **changed})

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage | None:
        """What was suggested, and what counts, for Airflow's OpenLineage provider where that is installed."""
        from airflow_model_monitor.operators.lineage import lineage_of_files

        if self._read is None:
            return None
        return lineage_of_files([self._read], [f"{self.baseline_uri.rstrip('/')}/constraints.json"])
