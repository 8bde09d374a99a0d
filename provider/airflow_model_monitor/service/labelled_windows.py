"""Which merged windows of a monitor a model is trained or compared on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow_model_monitor.service.merge_store import DEFAULT_VARIANT, MergeKey, MergeStore
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.windows import iso


@dataclass(frozen=True, slots=True)
class LabelledWindows:
    """A rule for choosing: counted back from the newest window that has ended.

    :param monitor: name of the monitor the windows were merged for
    :param endpoint: the endpoint that was captured; None for batch-transform data
    :param variant: its production variant
    :param count: how many windows
    :param skip: how many of the newest to leave out before counting
    :param least_coverage: windows with a smaller labelled share are passed over, 0 to 1
    """

    monitor: str
    endpoint: str | None
    variant: str = DEFAULT_VARIANT
    count: int = 1
    skip: int = 0
    least_coverage: float = 0.0

    def choose(
        self, root_url: str, until: datetime, storage_options: Mapping[str, Any] | None = None
    ) -> list[tuple[MergeKey, Revision]]:
        """The newest revision of each chosen window, oldest first.

        :param root_url: root of the monitors' output
        :param until: only windows that have ended by this instant
        :raises LookupError: there are not that many
        """
        store = MergeStore(root_url, storage_options)
        chosen: list[tuple[MergeKey, Revision]] = []
        passed = 0
        for window in reversed(store.windows(self.monitor, endpoint=self.endpoint)):
            if window.end > until:
                continue
            key = MergeKey(self.monitor, window, self.endpoint, self.variant)
            revision = store.read(key)
            if revision is None or not revision.execution.rows:
                continue
            if (revision.execution.coverage or 0.0) < self.least_coverage:
                continue
            passed += 1
            if passed > self.skip:
                chosen.append((key, revision))
            if len(chosen) == self.count:
                return chosen[::-1]
        raise LookupError(
            f"{self.monitor} has {passed} labelled windows that ended by {iso(until)} below {root_url} (coverage at "
            f"least {self.least_coverage:g}), and {self.skip} + {self.count} are needed: merge more of them "
            "(MergeGroundTruthOperator, airflow backfill create), or ask for fewer"
        )
