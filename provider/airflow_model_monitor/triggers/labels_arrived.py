"""Waits, without a worker, for the labels of a window."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async

from airflow_model_monitor._compat import BaseTrigger, TriggerEvent
from airflow_model_monitor.triggers.wanted_labels import WantedLabels

if TYPE_CHECKING:
    from airflow_model_monitor.service.label_coverage import LabelCoverage
    from airflow_model_monitor.tables.merge_coverage import Coverage


class LabelsArrivedTrigger(BaseTrigger):
    """Fires once: when enough captures have a label, or at the deadline.

    The event is ``{"reason": "coverage" | "deadline", "captures": …, "labelled": …}``.

    It looks in a thread, so that a slow bucket does not stop the other triggers. A look lists the window's folders;
    ids are read and counted, by DuckDB with one thread and 256 MB, only when a file came or changed since the last
    look. Every window is counted about as often as labels arrive for it. An error (no access, a record that cannot be
    read) ends the trigger and fails the waiting task with that error.

    :param minimum_coverage: the labelled share of the captures that is enough.
    :param deadline: when to stop waiting, ISO 8601 with offset; None waits until the task's time-out.
    :param poke_interval: seconds between two looks.
    The other arguments are those of :class:`~airflow_model_monitor.triggers.wanted_labels.WantedLabels`.
    """

    def __init__(
        self,
        *,
        ground_truth_uri: str,
        window_start: str,
        window_end: str,
        minimum_coverage: float = 1.0,
        deadline: str | None = None,
        endpoint_name: str | None = None,
        captured_data_uri: str | None = None,
        transform_output_uri: str | None = None,
        variant_name: str = "AllTraffic",
        dataset_format: str | None = None,
        start_time_offset: str | None = None,
        end_time_offset: str | None = None,
        labels_days_after: int = 0,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        poke_interval: float = 300.0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.wanted = WantedLabels(
            ground_truth_uri=ground_truth_uri,
            window_start=window_start,
            window_end=window_end,
            endpoint_name=endpoint_name,
            captured_data_uri=captured_data_uri,
            transform_output_uri=transform_output_uri,
            variant_name=variant_name,
            dataset_format=dataset_format,
            start_time_offset=start_time_offset,
            end_time_offset=end_time_offset,
            labels_days_after=labels_days_after,
            aws_conn_id=aws_conn_id,
            region_name=region_name,
            verify=verify,
            botocore_config=botocore_config,
        )
        self.minimum_coverage = minimum_coverage
        self.deadline = deadline
        self.poke_interval = poke_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and the constructor's arguments."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        own = {
            "minimum_coverage": self.minimum_coverage,
            "deadline": self.deadline,
            "poke_interval": self.poke_interval,
        }
        return path, {**dataclasses.asdict(self.wanted), **own}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look until it is enough, or too late."""
        # asgiref rather than asyncio.to_thread, as in ExecutionPublishedTrigger: before Airflow 3.3 only asgiref's
        # threads find their way back to the loop that reads connections.
        coverage: LabelCoverage = await sync_to_async(self.wanted.coverage, thread_sensitive=False)()
        look = sync_to_async(coverage.look, thread_sensitive=False)
        deadline = None if self.deadline is None else datetime.fromisoformat(self.deadline)
        while True:
            # The clock is read before the look: what a look at the deadline finds still counts.
            left = None if deadline is None else (deadline - datetime.now(UTC)).total_seconds()
            found: Coverage = await look()
            reason = reason_to_end(found, self.minimum_coverage, too_late=left is not None and left <= 0)
            if reason is not None:
                event = {"reason": reason, "captures": found.captures, "labelled": found.labelled}
                yield TriggerEvent(event)  # type: ignore[no-untyped-call]
                return
            await asyncio.sleep(self.poke_interval if left is None else min(self.poke_interval, left))


def reason_to_end(found: Coverage, minimum_coverage: float, *, too_late: bool) -> str | None:
    """Why waiting ends: ``"coverage"``, ``"deadline"``, or None while it goes on.

    Without captures there is nothing to cover, and the window's traffic may still be on its way: only the deadline ends
    that.
    """
    if found.captures and found.share >= minimum_coverage:
        return "coverage"
    return "deadline" if too_late else None
