"""Captured data and labels, merged window by window, as often as labels arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow_model_monitor._compat import AirflowSkipException
from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.assets.captures import check_captures
from airflow_model_monitor.assets.dataset_format import DatasetFormat, format_text, plain_format
from airflow_model_monitor.assets.events import add_outlet, emit_ground_truth
from airflow_model_monitor.assets.label_rule import check_label_rule, label_rule
from airflow_model_monitor.assets.merge_summary import MergeSummary, merge_summary
from airflow_model_monitor.assets.monitor import ground_truth_asset
from airflow_model_monitor.assets.window import check_window_arguments, window_of
from airflow_model_monitor.contract.merge_environment import LABEL_CHOICES, LabelChoice
from airflow_model_monitor.operators.endpoint_argument import endpoint_argument
from airflow_model_monitor.operators.job import JobOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.runtimes.base import MonitoringJobFailed, RunResult
    from airflow_model_monitor.service.revisions import Revision
    from airflow_model_monitor.service.windows import Window

FailOrSkip = Literal["fail", "skip"]


class MergeGroundTruthOperator(JobOperator):
    """Merge the captured data of one window with the labels that have arrived for it.

    Use it before ``RunMonitoringOperator(monitoring_type="ModelQuality")``, and again whenever labels came late: over
    the data interval of the DAG run, or mapped over windows that ``FindRevisableWindowsOperator`` names. It publishes
    a revision of the window's merge below ``output_uri`` and keeps the revisions before it. Repeated with the same
    captures and labels it changes nothing; when labels arrive while it runs, it merges again. Two of them at the same
    time leave one complete result.

    Labels are looked for in the hours in which they were *collected*: by default the window's own, as the original
    does, and with ``labels_days_after`` as long after it as labels may take.

    Returns a :class:`~airflow_model_monitor.assets.merge_summary.MergeSummary` and updates
    ``ground_truth_asset(monitoring_schedule_name)`` with the same and ``run_type`` in the event's ``extra``. Mapped
    with ``partial(…).expand_kwargs(…)``, give ``outlets=[ground_truth_asset(…)]`` to ``partial`` if the asset is to be
    updated; in a mapped task group that is not needed.

    :param monitoring_schedule_name: name of the monitor, a literal; the output and the asset carry it.
    :param ground_truth_uri: root of the labels; ``yyyy/mm/dd/hh`` is read below it. (templated)
    :param output_uri: root of the monitors' output, a path or URL: the ``output_uri`` of ``RunMonitoringOperator``.
        (templated)
    :param endpoint_name: the endpoint that is watched; needed for captured data. An ``EndpointInput`` of AWS's SDK will
        do. (templated)
    :param captured_data_uri: destination of data capture; ``<endpoint>/<variant>/yyyy/mm/dd/hh`` is read. (templated)
    :param transform_output_uri: instead, the output of batch transform jobs with ``GenerateInferenceId``, in a folder
        ``yyyy/mm/dd/hh`` for each hour. (templated)
    :param variant_name: the production variant whose traffic is read. (templated)
    :param dataset_format: of the transform output: csv or json. (templated)
    :param start_time_offset: where the labels' hours begin, as the SageMaker API writes it, such as ``"-PT6H"``:
        counted from the window's end. Default: where the window begins. (templated)
    :param end_time_offset: where they end, likewise. Default: where the window ends. (templated)
    :param labels_days_after: days beyond that end in which late labels are still looked for.
    :param label_choice: which label counts where an id has several: ``"newest"``, ``"oldest"``, ``"all"`` (a record for
        each) or ``"refuse"``.
    :param on_no_labels: what a window without any label does: ``"fail"`` as the original's executions do, or
        ``"skip"``.
    :param on_no_data: what a window without captured data does: ``"fail"`` or ``"skip"``.
    :param publish_cloudwatch_metrics: publish the coverage as ``ground_truth_coverage`` to Amazon CloudWatch.
    :param window_start: first instant of the window instead of the data interval, ISO 8601 with offset. (templated)
    :param window_end: first instant after it. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.job.JobOperator`.
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
        "window_start",
        "window_end",
        *JobOperator.template_fields,
    )
    template_fields_renderers = {  # noqa: RUF012  as in BaseOperator
        "dataset_format": "json",
        **JobOperator.template_fields_renderers,
    }

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        ground_truth_uri: str,
        output_uri: str,
        endpoint_name: Any = None,
        captured_data_uri: str | None = None,
        transform_output_uri: str | None = None,
        variant_name: str = "AllTraffic",
        dataset_format: DatasetFormat | None = None,
        start_time_offset: str | timedelta | None = None,
        end_time_offset: str | timedelta | None = None,
        labels_days_after: int = 0,
        label_choice: LabelChoice = "newest",
        on_no_labels: FailOrSkip = "fail",
        on_no_data: FailOrSkip = "fail",
        publish_cloudwatch_metrics: bool = False,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        **kwargs: Any,
    ) -> None:
        endpoint_name, _ = endpoint_argument(endpoint_name)
        super().__init__(monitoring_schedule_name=monitoring_schedule_name, **kwargs)
        check_captures(endpoint_name, captured_data_uri, transform_output_uri, dataset_format)
        check_label_rule(start_time_offset, end_time_offset, labels_days_after)
        one_of("label_choice", label_choice, LABEL_CHOICES)
        one_of("on_no_labels", on_no_labels, get_args(FailOrSkip))
        one_of("on_no_data", on_no_data, get_args(FailOrSkip))
        check_window_arguments(window_start, window_end)
        self.ground_truth_uri = ground_truth_uri
        self.output_uri = output_uri
        self.endpoint_name = endpoint_name
        self.captured_data_uri = captured_data_uri
        self.transform_output_uri = transform_output_uri
        self.variant_name = variant_name
        self.dataset_format = plain_format(dataset_format)
        self.start_time_offset = start_time_offset
        self.end_time_offset = end_time_offset
        self.labels_days_after = labels_days_after
        self.label_choice = label_choice
        self.on_no_labels = on_no_labels
        self.on_no_data = on_no_data
        self.publish_cloudwatch_metrics = publish_cloudwatch_metrics
        self.window_start = window_start
        self.window_end = window_end
        add_outlet(self, ground_truth_asset(self.monitoring_schedule_name))

    def execute(self, context: Context) -> MergeSummary | Any:
        """Build the request, run it, publish, and tell."""
        return self.run_job(context, self.request(window_of(context, self.window_start, self.window_end)))

    def conclude(self, context: Context, result: RunResult, kept: Mapping[str, Any]) -> MergeSummary:
        """Emit the merged ground truth."""
        if self.publish_cloudwatch_metrics:
            self._publish_coverage(result.revision)
        summary = merge_summary(result)
        self.log.info("%(labelled)s of %(captures)s captured records have a label; change: %(change)s", summary)
        emit_ground_truth(context, self.monitoring_schedule_name, summary=summary)
        return summary

    def without_result(self, error: MonitoringJobFailed) -> Exception:
        """A window without labels, or without captures, skips the task where its author said so."""
        from airflow_model_monitor.runtimes.base import JobInputsHadNoData, NoGroundTruthError

        rules = ((self.on_no_labels, NoGroundTruthError), (self.on_no_data, JobInputsHadNoData))
        skips = any(rule == "skip" and isinstance(error, kind) for rule, kind in rules)
        return AirflowSkipException(str(error)) if skips else error

    def request(self, window: Window) -> ProcessingJobRequest:
        """The job for one window."""
        from airflow_model_monitor.service.requests_merge import window_merge_request

        return window_merge_request(
            monitor=self.monitoring_schedule_name,
            window=window,
            ground_truth_uri=self.ground_truth_uri,
            output_uri=self.output_uri,
            endpoint=self.endpoint_name,
            captured_data_uri=self.captured_data_uri,
            transform_output_uri=self.transform_output_uri,
            variant=self.variant_name,
            dataset_format=format_text(self.dataset_format),
            labels=label_rule(
                window.end - window.start, self.start_time_offset, self.end_time_offset, self.labels_days_after
            ),
            environment={"label_choice": self.label_choice, **self.environment},
        )

    def _publish_coverage(self, revision: Revision) -> None:
        from airflow_model_monitor.runtimes.coverage_metric import publish_coverage

        _, skipped = publish_coverage(revision, self.hook)
        if skipped:
            self.log.warning("CloudWatch takes no records older than two weeks: the coverage was not published")
