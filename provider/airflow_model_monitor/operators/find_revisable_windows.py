"""The windows that newly arrived labels touch, for the DAG that revises them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from airflow_model_monitor.assets.arguments import not_negative, whole_number
from airflow_model_monitor.assets.captures import check_captures
from airflow_model_monitor.assets.dataset_format import DatasetFormat, format_text, plain_format
from airflow_model_monitor.assets.label_rule import check_label_rule, label_rule
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.assets.window import window_of
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.service.label_window import WindowGrid
from airflow_model_monitor.service.windows import Window, iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import Context
    from airflow.sdk.definitions.xcom_arg import XComArg

#: Where one window begins unless something else is said: windows of hours, days, and weeks that begin on Monday, UTC.
A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


class RevisableWindow(TypedDict):
    """A window as ``expand_kwargs`` hands it on, ISO 8601 in UTC."""

    window_start: str
    window_end: str


class FindRevisableWindowsOperator(ConnectedOperator):
    """Name the windows for which labels have arrived since they were last merged.

    Use it at the head of a nightly DAG, and map a merge and a judgement over what it returns: only windows that new
    labels touch are revised. It compares the label files there are with those each window's newest merge has seen, and
    the ids in new ones with the ids captured in the window; a window that never was merged counts too. It looks at the
    windows that end within ``look_back`` before the end of the run's data interval.

    Returns a list of :class:`RevisableWindow`, the oldest first, and at most ``max_windows``; the log tells what was
    left for the next run. A window stays on the list until it is merged.

    :param monitoring_schedule_name: name of the monitor.
    :param ground_truth_uri: root of the labels. (templated)
    :param output_uri: root of the monitors' output: the ``output_uri`` of ``MergeGroundTruthOperator``. (templated)
    :param window_length: how long the monitor's windows are, whole hours; None takes the windows that were merged
        before, of whatever length, and no others.
    :param window_anchor: where one of the windows begins; default: midnight UTC, weeks begin on Monday.
    :param look_back: how far back windows are looked at: as long as labels may take.
    :param max_windows: at most so many windows are returned; Airflow maps a task over 1024 unless told otherwise.
    :param endpoint_name: the endpoint that is watched; needed for captured data. (templated)
    :param captured_data_uri: destination of data capture. (templated)
    :param transform_output_uri: instead, the output of batch transform jobs. (templated)
    :param variant_name: the production variant. (templated)
    :param dataset_format: of the transform output: csv or json. (templated)
    :param start_time_offset: as in ``MergeGroundTruthOperator``; give both the same. (templated)
    :param end_time_offset: likewise. (templated)
    :param labels_days_after: likewise.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        "ground_truth_uri",
        "output_uri",
        "endpoint_name",
        "captured_data_uri",
        "transform_output_uri",
        "variant_name",
        "dataset_format",
        "start_time_offset",
        "end_time_offset",
        *ConnectedOperator.template_fields,
    )
    template_fields_renderers = {"dataset_format": "json"}  # noqa: RUF012  as in BaseOperator

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        ground_truth_uri: str,
        output_uri: str,
        window_length: timedelta | None,
        window_anchor: datetime = A_MONDAY,
        look_back: timedelta = timedelta(days=30),
        max_windows: int = 500,
        endpoint_name: str | None = None,
        captured_data_uri: str | None = None,
        transform_output_uri: str | None = None,
        variant_name: str = "AllTraffic",
        dataset_format: DatasetFormat | None = None,
        start_time_offset: str | timedelta | None = None,
        end_time_offset: str | timedelta | None = None,
        labels_days_after: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_captures(endpoint_name, captured_data_uri, transform_output_uri, dataset_format)
        check_label_rule(start_time_offset, end_time_offset, labels_days_after)
        not_negative("look_back", look_back)
        whole_number("max_windows", max_windows, minimum=1)
        if window_length is None and start_time_offset is not None:
            raise ValueError(
                f"window_length=None, start_time_offset={start_time_offset!r}: the offset counts from the window's "
                "end, so give the length of the windows too"
            )
        if window_length is not None:
            WindowGrid(window_length, window_anchor)
        self.monitoring_schedule_name = monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.ground_truth_uri = ground_truth_uri
        self.output_uri = output_uri
        self.window_length = window_length
        self.window_anchor = window_anchor
        self.look_back = look_back
        self.max_windows = max_windows
        self.endpoint_name = endpoint_name
        self.captured_data_uri = captured_data_uri
        self.transform_output_uri = transform_output_uri
        self.variant_name = variant_name
        self.dataset_format = plain_format(dataset_format)
        self.start_time_offset = start_time_offset
        self.end_time_offset = end_time_offset
        self.labels_days_after = labels_days_after

    def execute(self, context: Context) -> list[RevisableWindow]:
        """Compare, cap, and tell."""
        from airflow_model_monitor.service.revisable_windows import find_revisable_windows

        until = window_of(context, None, None).end
        found = find_revisable_windows(
            monitor=self.monitoring_schedule_name,
            output_uri=self.output_uri,
            ground_truth_uri=self.ground_truth_uri,
            windows=list(self.windows(until)),
            labels=label_rule(
                self.window_length or timedelta(0),
                self.start_time_offset,
                self.end_time_offset,
                self.labels_days_after,
            ),
            endpoint=self.endpoint_name,
            variant=self.variant_name,
            captured_data_uri=self.captured_data_uri,
            transform_output_uri=self.transform_output_uri,
            dataset_format=format_text(self.dataset_format),
            storage_options=self.hook.storage_options(self.output_uri),
        )
        taken, left = found[: self.max_windows], found[self.max_windows :]
        self.log.info("New labels touch %s windows of the %s before %s", len(found), self.look_back, iso(until))
        if left:
            self.log.warning(
                "max_windows=%s: the first %s are revised now; %s windows from %s to %s are left for the next run",
                self.max_windows,
                len(taken),
                len(left),
                iso(left[0].start),
                iso(left[-1].end),
            )
        return [RevisableWindow(window_start=iso(one.start), window_end=iso(one.end)) for one in taken]

    def windows(self, until: datetime) -> Iterator[Window]:
        """The windows to look at: those that end within ``look_back`` before ``until``."""
        from airflow_model_monitor.service.merge_store import MergeStore

        since = until - self.look_back
        if self.window_length is not None:
            grid = WindowGrid(self.window_length, self.window_anchor)
            candidates = grid.windows(since - self.window_length, until)
            yield from (window for window in candidates if window.end > since)
        else:
            store = MergeStore(self.output_uri, self.hook.storage_options(self.output_uri))
            for window in store.windows(self.monitoring_schedule_name, endpoint=self.endpoint_name):
                if since < window.end <= until:
                    yield window


def find_revisable_windows(*, task_id: str = "find_revisable_windows", **arguments: Any) -> XComArg:
    """The task's list of windows, ready for ``expand_kwargs``.

    :param task_id: of the task.
    :param arguments: those of :class:`FindRevisableWindowsOperator`.
    """
    return FindRevisableWindowsOperator(task_id=task_id, **arguments).output
