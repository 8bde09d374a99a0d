"""Waits for the labels of a window, but not for ever."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

from airflow.sdk import PokeReturnValue

from airflow_model_monitor._compat import AirflowFailException, AirflowSkipException
from airflow_model_monitor.assets.arguments import not_negative, one_of, share
from airflow_model_monitor.assets.captures import check_captures
from airflow_model_monitor.assets.dataset_format import DatasetFormat, format_text, plain_format
from airflow_model_monitor.assets.label_rule import check_label_rule
from airflow_model_monitor.assets.summary import WindowText
from airflow_model_monitor.assets.window import check_window_arguments, window_of
from airflow_model_monitor.sensors.connected import ConnectedSensor
from airflow_model_monitor.service.windows import iso
from airflow_model_monitor.triggers.labels_arrived import LabelsArrivedTrigger, reason_to_end
from airflow_model_monitor.triggers.wanted_labels import WantedLabels

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.service.label_coverage import LabelCoverage

OnDeadline = Literal["succeed", "skip", "fail"]

# A sensor that starts in time ends by its deadline; the rest is for what a busy Airflow takes longer.
_SPARE = timedelta(hours=1)


class ArrivedLabels(TypedDict):
    """What ``GroundTruthSensor`` returns.

    ``coverage`` is ``labelled / captures`` when the waiting ended, 0.0 without captures; ``reason`` says why it ended:
    ``"coverage"`` (enough) or ``"deadline"``.
    """

    coverage: float
    captures: int
    labelled: int
    reason: str
    window: WindowText


class GroundTruthSensor(ConnectedSensor):
    """Wait until enough captured records of a window have a label, or until a deadline.

    Use it between the end of a window and its merge, where labels take hours or days. What comes after the deadline is
    not lost: ``FindRevisableWindowsOperator`` finds it. Coverage is counted as a merge would count it, from ids alone,
    and only when files came or changed since the last look; mode ``reschedule``, which keeps nothing between two
    looks, counts at each. Replays of long ago do not wait: their deadline has passed.

    Returns :class:`ArrivedLabels`. ``soft_fail``, ``mode``, ``poke_interval`` and the other arguments of Airflow's
    sensors mean what they always mean, deferred or not; ``timeout`` is by default an hour longer than the deadline.

    :param ground_truth_uri: root of the labels; ``yyyy/mm/dd/hh`` is read below it. (templated)
    :param minimum_coverage: the labelled share of the window's captures that is enough, 0 to 1.
    :param deadline: how long after the window's end to wait at most.
    :param on_deadline: what the deadline does: ``"succeed"`` (go on with the labels there are), ``"skip"`` or
        ``"fail"`` (without retries).
    :param endpoint_name: the endpoint that is watched; needed for captured data. (templated)
    :param captured_data_uri: destination of data capture. (templated)
    :param transform_output_uri: instead, the output of batch transform jobs with ``GenerateInferenceId``. (templated)
    :param variant_name: the production variant. (templated)
    :param dataset_format: of the transform output: csv or json. (templated)
    :param start_time_offset: as in ``MergeGroundTruthOperator``; give both the same. (templated)
    :param end_time_offset: likewise. (templated)
    :param labels_days_after: likewise; at least as long as the deadline.
    :param window_start: first instant of the window, ISO 8601; default: the run's data interval. (templated)
    :param window_end: first instant after the window, ISO 8601. (templated)
    :param aws_conn_id: Airflow connection for addresses on S3; local folders need none. None means boto3's own
        credentials. (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it. (templated)
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    :param deferrable: wait in the triggerer instead of in a worker.
    """

    template_fields: Sequence[str] = (
        "ground_truth_uri",
        "endpoint_name",
        "captured_data_uri",
        "transform_output_uri",
        "variant_name",
        "dataset_format",
        "start_time_offset",
        "end_time_offset",
        "window_start",
        "window_end",
        *ConnectedSensor.template_fields,
    )
    template_fields_renderers = {"dataset_format": "json"}  # noqa: RUF012  as in BaseSensorOperator

    def __init__(
        self,
        *,
        ground_truth_uri: str,
        minimum_coverage: float,
        deadline: timedelta,
        on_deadline: OnDeadline = "succeed",
        endpoint_name: str | None = None,
        captured_data_uri: str | None = None,
        transform_output_uri: str | None = None,
        variant_name: str = "AllTraffic",
        dataset_format: DatasetFormat | None = None,
        start_time_offset: str | None = None,
        end_time_offset: str | None = None,
        labels_days_after: int = 0,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.get("timeout") is None and isinstance(deadline, timedelta):
            kwargs["timeout"] = max(deadline, timedelta(0)) + _SPARE
        super().__init__(**kwargs)
        check_captures(endpoint_name, captured_data_uri, transform_output_uri, dataset_format)
        check_label_rule(start_time_offset, end_time_offset, labels_days_after)
        check_window_arguments(window_start, window_end)
        share("minimum_coverage", minimum_coverage)
        not_negative("deadline", deadline)
        one_of("on_deadline", on_deadline, get_args(OnDeadline))
        self.ground_truth_uri = ground_truth_uri
        self.minimum_coverage = minimum_coverage
        self.deadline = deadline
        self.on_deadline = on_deadline
        self.endpoint_name = endpoint_name
        self.captured_data_uri = captured_data_uri
        self.transform_output_uri = transform_output_uri
        self.variant_name = variant_name
        self.dataset_format = plain_format(dataset_format)
        self.start_time_offset = start_time_offset
        self.end_time_offset = end_time_offset
        self.labels_days_after = labels_days_after
        self.window_start = window_start
        self.window_end = window_end
        self._coverage: LabelCoverage | None = None

    def execute_complete(self, context: Context, event: Mapping[str, Any] | None = None) -> ArrivedLabels:
        """Take over what the trigger counted."""
        seen = event or {}
        return self._ended(context, str(seen["reason"]), int(seen["captures"]), int(seen["labelled"]))

    def poke(self, context: Context) -> PokeReturnValue:
        """One look at the store."""
        if self._coverage is None:
            self._coverage = self._wanted(context).coverage()
        too_late = datetime.now(UTC) >= self._deadline(context)
        found = self._coverage.look()
        reason = reason_to_end(found, self.minimum_coverage, too_late=too_late)
        if reason is None:
            self.log.info("%s of %s captured records have a label", found.labelled, found.captures)
            return PokeReturnValue(is_done=False)
        return PokeReturnValue(is_done=True, xcom_value=self._ended(context, reason, found.captures, found.labelled))

    def _ended(self, context: Context, reason: str, captures: int, labelled: int) -> ArrivedLabels:
        window = window_of(context, self.window_start, self.window_end)
        coverage = labelled / captures if captures else 0.0
        message = f"{labelled} of {captures} captured records have a label, {coverage:.1%}"
        if reason == "deadline":
            message += f"; {self.minimum_coverage:.1%} were not reached by {iso(self._deadline(context))}"
            if self.on_deadline == "skip":
                raise AirflowSkipException(message)
            if self.on_deadline == "fail":
                raise AirflowFailException(message)
        self.log.info("%s", message)
        return ArrivedLabels(
            coverage=coverage,
            captures=captures,
            labelled=labelled,
            reason=reason,
            window=WindowText(start=iso(window.start), end=iso(window.end)),
        )

    def _deadline(self, context: Context) -> datetime:
        return window_of(context, self.window_start, self.window_end).end + self.deadline

    def _wanted(self, context: Context) -> WantedLabels:
        window = window_of(context, self.window_start, self.window_end)
        return WantedLabels(
            ground_truth_uri=self.ground_truth_uri,
            window_start=iso(window.start),
            window_end=iso(window.end),
            endpoint_name=self.endpoint_name,
            captured_data_uri=self.captured_data_uri,
            transform_output_uri=self.transform_output_uri,
            variant_name=self.variant_name,
            dataset_format=format_text(self.dataset_format),
            start_time_offset=self.start_time_offset,
            end_time_offset=self.end_time_offset,
            labels_days_after=self.labels_days_after,
            **self.connection,
        )

    def _trigger(self, context: Context) -> LabelsArrivedTrigger:
        return LabelsArrivedTrigger(
            **dataclasses.asdict(self._wanted(context)),
            minimum_coverage=self.minimum_coverage,
            deadline=iso(self._deadline(context)),
            poke_interval=self.poke_interval,
        )
