"""One monitoring execution per DAG run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow_model_monitor._compat import AirflowFailException, AirflowSkipException
from airflow_model_monitor.assets.events import add_outlet, emit_violations
from airflow_model_monitor.assets.monitor import violations_asset
from airflow_model_monitor.assets.summary import ExecutionSummary, execution_summary
from airflow_model_monitor.assets.window import check_window_arguments, window_of
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.operators.monitoring_job import DatasetFormat, MonitoringJobOperator, one_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.service.baseline_store import Baseline
    from airflow_model_monitor.service.windows import Window

MonitoringType = Literal["DataQuality"]
OnViolation = Literal["continue", "fail", "skip"]
OnNoData = Literal["fail", "skip"]


class RunMonitoringOperator(MonitoringJobOperator):
    """Run one execution of a monitor over the data interval of the DAG run.

    Use it in a DAG whose schedule has intervals (``CronDataIntervalTimetable``); ``airflow backfill create`` then
    replays history window by window. It compares the window's data with a baseline and publishes, below ``output_uri``,
    exactly the files that SageMaker Model Monitor writes, and an ``execution.json`` and a report beside them. A task
    that is killed publishes nothing; run again, it publishes the same bytes.

    Returns an :class:`~airflow_model_monitor.assets.summary.ExecutionSummary`. When it found violations and succeeds,
    it updates ``violations_asset(monitoring_schedule_name)`` with the summary, the baseline and ``run_type`` in the
    event's ``extra``. Airflow emits no events for tasks that fail or skip, so a DAG that listens needs
    ``on_violation="continue"``.

    :param monitoring_schedule_name: name of the monitor, a literal; the output and the asset carry it.
    :param baseline_uri: folder of the baseline: the ``baseline_uri`` of ``SuggestBaselineOperator``, or any folder
        with SageMaker's ``constraints.json`` and ``statistics.json``. (templated)
    :param output_uri: root of the monitors' output, a path or URL. (templated)
    :param endpoint_name: the endpoint that is watched; needed for captured data. (templated)
    :param captured_data_uri: destination of data capture; the window's hours are read below
        ``<endpoint>/<variant>/yyyy/mm/dd/hh``. (templated)
    :param dataset_uri: instead of captured data, a file or folder with exactly the window's data. (templated)
    :param variant_name: the production variant whose traffic is read. (templated)
    :param dataset_format: format of the data; default: captured data, input and output. (templated)
    :param monitoring_type: which of the monitors; ``"DataQuality"``.
    :param on_violation: what violations do to this task: ``"continue"`` (succeed, a violation is a result), ``"fail"``
        (at once, without retries) or ``"skip"``. The files are published in any case.
    :param on_no_data: what a window without traffic does: ``"fail"`` as the original's executions do, or ``"skip"``.
    :param publish_cloudwatch_metrics: publish the metric records to Amazon CloudWatch.
    :param window_start: first instant of the window instead of the data interval, ISO 8601 with offset. (templated)
    :param window_end: first instant after it. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.monitoring_job.MonitoringJobOperator`.
    """

    template_fields: Sequence[str] = (
        *MonitoringJobOperator.template_fields,
        "baseline_uri",
        "output_uri",
        "endpoint_name",
        "captured_data_uri",
        "dataset_uri",
        "variant_name",
        "window_start",
        "window_end",
    )

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        baseline_uri: str,
        output_uri: str,
        endpoint_name: str | None = None,
        captured_data_uri: str | None = None,
        dataset_uri: str | None = None,
        variant_name: str = "AllTraffic",
        dataset_format: DatasetFormat | None = None,
        monitoring_type: MonitoringType = "DataQuality",
        on_violation: OnViolation = "continue",
        on_no_data: OnNoData = "fail",
        publish_cloudwatch_metrics: bool = False,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(monitoring_schedule_name=monitoring_schedule_name, dataset_format=dataset_format, **kwargs)
        one_of("monitoring_type", monitoring_type, get_args(MonitoringType))
        one_of("on_violation", on_violation, get_args(OnViolation))
        one_of("on_no_data", on_no_data, get_args(OnNoData))
        check_window_arguments(window_start, window_end)
        if (captured_data_uri is None) == (dataset_uri is None):
            raise ValueError(
                f"captured_data_uri={captured_data_uri!r}, dataset_uri={dataset_uri!r}: give exactly one of them, the "
                "destination of data capture or a file or folder that holds the window's data"
            )
        if captured_data_uri is not None and endpoint_name is None:
            raise ValueError("endpoint_name=None: captured data lies below its endpoint's name; give endpoint_name")
        if dataset_uri is not None and dataset_format is None:
            raise ValueError('dataset_format=None: a dataset needs one, such as {"csv": {"header": True}}')
        self.baseline_uri = baseline_uri
        self.output_uri = output_uri
        self.endpoint_name = endpoint_name
        self.captured_data_uri = captured_data_uri
        self.dataset_uri = dataset_uri
        self.variant_name = variant_name
        self.monitoring_type = monitoring_type
        self.on_violation = on_violation
        self.on_no_data = on_no_data
        self.publish_cloudwatch_metrics = publish_cloudwatch_metrics
        self.window_start = window_start
        self.window_end = window_end
        add_outlet(self, violations_asset(self.monitoring_schedule_name))

    def execute(self, context: Context) -> ExecutionSummary:
        """Build the request, run it, publish, and tell."""
        from airflow_model_monitor.runtimes.base import JobInputsHadNoData

        window = window_of(context, self.window_start, self.window_end)
        baseline = self.resolve_baseline()
        try:
            revision = self.run_job(self.request(window, baseline))
        except JobInputsHadNoData as error:
            if self.on_no_data == "skip":
                raise AirflowSkipException(str(error)) from error
            raise
        summary = execution_summary(revision)
        if summary["report_url"] is not None:
            ReportLink.persist(self, context, revision_url=revision.url, connection=self.connection)
        emit_violations(self, context, self.monitoring_schedule_name, summary=summary, baseline=_described(baseline))
        self._act_on_violations(context, summary)
        return summary

    def request(self, window: Window, baseline: Baseline) -> ProcessingJobRequest:
        """The job for one window."""
        from airflow_model_monitor.service.requests_data_quality import monitoring_request

        return monitoring_request(
            monitor=self.monitoring_schedule_name,
            window=window,
            output_uri=self.output_uri,
            endpoint=self.endpoint_name,
            captured_data_uri=self.captured_data_uri,
            dataset_uri=self.dataset_uri,
            variant=self.variant_name,
            baseline_constraints=baseline.constraints,
            baseline_statistics=baseline.statistics,
            dataset_format=self.format_text,
            record_preprocessor_script=self.record_preprocessor_script,
            post_analytics_processor_script=self.post_analytics_processor_script,
            publish_cloudwatch_metrics=self.publish_cloudwatch_metrics,
            environment=self.job_environment,
        )

    def resolve_baseline(self) -> Baseline:
        """The baseline's files as they are now."""
        from airflow_model_monitor.service.baseline_store import BaselineStore

        return BaselineStore(self.baseline_uri, self.hook.storage_options(self.baseline_uri)).resolve()

    def _act_on_violations(self, context: Context, summary: ExecutionSummary) -> None:
        if not summary["violations"] or self.on_violation == "continue":
            return
        if self.do_xcom_push:
            # A task that raises returns nothing, and what reads the result of a failed check needs it most.
            context["ti"].xcom_push(key="return_value", value=summary)
        by_check = ", ".join(f"{count} {check}" for check, count in summary["counts"].items())
        message = f"{summary['violations']} violations ({by_check}) in {summary['execution_url']}"
        raise AirflowFailException(message) if self.on_violation == "fail" else AirflowSkipException(message)


def _described(baseline: Baseline) -> dict[str, Any]:
    return {
        "constraints": baseline.constraints,
        "statistics": baseline.statistics,
        "version": baseline.version,
        "revision": baseline.revision,
    }
