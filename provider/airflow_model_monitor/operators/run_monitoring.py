"""One monitoring execution per DAG run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from airflow_model_monitor._compat import AirflowFailException, AirflowSkipException
from airflow_model_monitor.assets.arguments import exactly_one, one_of
from airflow_model_monitor.assets.events import add_outlet, emit_violations
from airflow_model_monitor.assets.literal import is_literal
from airflow_model_monitor.assets.monitor import violations_asset
from airflow_model_monitor.assets.summary import ExecutionSummary, execution_summary
from airflow_model_monitor.assets.window import check_window_arguments, window_of
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.operators.endpoint_argument import endpoint_argument, with_stated
from airflow_model_monitor.operators.monitoring_job import MonitoringJobOperator
from airflow_model_monitor.operators.monitoring_type import (
    CLARIFY,
    LABELLED,
    ONLY_OF,
    baseline_file,
    refuse_arguments_of_others,
    requests_of,
)
from airflow_model_monitor.operators.newest_merge import newest_merge

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.contract.analysis_config import ConfigRole
    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.operators.monitoring_type import Takers
    from airflow_model_monitor.runtimes.base import MonitoringJobFailed, RunResult
    from airflow_model_monitor.service.baseline_store import Baseline
    from airflow_model_monitor.service.windows import Window

OnViolation = Literal["continue", "fail", "skip"]
OnNoData = Literal["fail", "skip"]


class RunMonitoringOperator(MonitoringJobOperator):
    """Run one execution of a monitor over the data interval of the DAG run.

    Use it in a DAG whose schedule has intervals (``CronDataIntervalTimetable``); ``airflow backfill create`` then
    replays history window by window. It compares the window's data with a baseline and publishes, below ``output_uri``,
    exactly the files that SageMaker Model Monitor writes, and an ``execution.json`` and a report beside them. A task
    that is killed publishes nothing; run again, it publishes the same bytes.

    Model quality and bias judge captured data merged with labels: the newest merge of the window that
    ``MergeGroundTruthOperator`` published for the same monitor below the same ``output_uri``. When labels came later
    and the window was merged again, running this again revises the judgement. Explainability judges captured requests,
    and asks the model what it makes of them.

    Returns an :class:`~airflow_model_monitor.assets.summary.ExecutionSummary`. When it found violations and succeeds,
    it updates ``violations_asset(monitoring_schedule_name)`` with the summary, the baseline and ``run_type`` in the
    event's ``extra``. Airflow emits no events for tasks that fail or skip, so a DAG that listens needs
    ``on_violation="continue"``.

    :param monitoring_schedule_name: name of the monitor, a literal; the output and the asset carry it.
    :param baseline_uri: folder of the baseline: the ``baseline_uri`` of ``SuggestBaselineOperator``, or any folder
        with SageMaker's ``constraints.json`` and ``statistics.json``; with ``analysis.json`` for bias and
        explainability. (templated)
    :param output_uri: root of the monitors' output, a path or URL. (templated)
    :param endpoint_name: the endpoint that is watched; needed for captured data. An ``EndpointInput`` of AWS's SDK will
        do: the attributes it states are taken where they are not given beside it. (templated)
    :param captured_data_uri: destination of data capture; the window's hours are read below
        ``<endpoint>/<variant>/yyyy/mm/dd/hh``. Data quality and explainability. (templated)
    :param dataset_uri: instead, a file or folder with exactly the window's data; for model quality and bias, merged
        records that something else made. (templated)
    :param ground_truth_schedule_name: the monitor that ``MergeGroundTruthOperator`` merges for, where it is another
        one. Model quality and bias. (templated)
    :param variant_name: the production variant whose traffic is read. (templated)
    :param on_violation: what violations do to this task: ``"continue"`` (succeed, a violation is a result), ``"fail"``
        (at once, without retries) or ``"skip"``. The files are published in any case.
    :param on_no_data: what a window without traffic does: ``"fail"`` as the original's executions do, or ``"skip"``.
    :param publish_cloudwatch_metrics: publish the metric records to Amazon CloudWatch.
    :param window_start: first instant of the window instead of the data interval, ISO 8601 with offset. (templated)
    :param window_end: first instant after it. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.monitoring_job.MonitoringJobOperator`;
    without ``dataset_format`` the data is captured data, input and output, or merged records.
    """

    template_fields: Sequence[str] = (
        *MonitoringJobOperator.template_fields,
        "baseline_uri",
        "output_uri",
        "endpoint_name",
        "captured_data_uri",
        "dataset_uri",
        "ground_truth_schedule_name",
        "variant_name",
        "window_start",
        "window_end",
    )

    config_role: ClassVar[ConfigRole] = "monitor"
    only_of: ClassVar[Takers] = {
        **ONLY_OF,
        "model_config": ("ModelExplainability",),
        "model_conn_id": ("ModelExplainability",),
    }

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        baseline_uri: str,
        output_uri: str,
        endpoint_name: Any = None,
        captured_data_uri: str | None = None,
        dataset_uri: str | None = None,
        ground_truth_schedule_name: str | None = None,
        variant_name: str = "AllTraffic",
        on_violation: OnViolation = "continue",
        on_no_data: OnNoData = "fail",
        publish_cloudwatch_metrics: bool = False,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        **kwargs: Any,
    ) -> None:
        endpoint_name, stated = endpoint_argument(endpoint_name)
        monitoring_type = kwargs.get("monitoring_type", "DataQuality")
        taken = tuple(name for name in stated if monitoring_type in ONLY_OF.get(name, ()))
        kwargs = with_stated(kwargs, stated, taken)
        if monitoring_type == "DataQuality" and (excluded := stated.get("exclude_features_attribute")) is not None:
            kwargs["environment"] = {"exclude_features_attribute": excluded, **(kwargs.get("environment") or {})}
        super().__init__(monitoring_schedule_name=monitoring_schedule_name, **kwargs)
        one_of("on_violation", on_violation, get_args(OnViolation))
        one_of("on_no_data", on_no_data, get_args(OnNoData))
        check_window_arguments(window_start, window_end)
        refuse_arguments_of_others(
            self.monitoring_type,
            {"captured_data_uri": captured_data_uri, "ground_truth_schedule_name": ground_truth_schedule_name},
        )
        if self.monitoring_type in CLARIFY and self.on_aws_image and is_literal(self.image_uri):
            raise ValueError(
                f"image_uri={self.image_uri!r}, monitoring_type={self.monitoring_type!r}: how a schedule hands data to "
                "AWS's Clarify image is not published; give this package's image, or use runtime='worker'"
            )
        if self.monitoring_type not in LABELLED:
            _check_source(captured_data_uri, dataset_uri, endpoint_name, self.dataset_format)
        self.baseline_uri = baseline_uri
        self.output_uri = output_uri
        self.endpoint_name = endpoint_name
        self.captured_data_uri = captured_data_uri
        self.dataset_uri = dataset_uri
        self.ground_truth_schedule_name = ground_truth_schedule_name
        self.variant_name = variant_name
        self.on_violation = on_violation
        self.on_no_data = on_no_data
        self.publish_cloudwatch_metrics = publish_cloudwatch_metrics
        self.window_start = window_start
        self.window_end = window_end
        add_outlet(self, violations_asset(self.monitoring_schedule_name))

    def execute(self, context: Context) -> ExecutionSummary | Any:
        """Build the request, run it, publish, and tell."""
        window = window_of(context, self.window_start, self.window_end)
        baseline = self.resolve_baseline(window)
        with self._failures():
            request = self.request(window, baseline)
        return self.run_job(
            context, request, headers=self.model_connection.headers, kept={"baseline": _described(baseline)}
        )

    def conclude(self, context: Context, result: RunResult, kept: Mapping[str, Any]) -> ExecutionSummary:
        """Emit the violations, and act on them."""
        revision = result.revision
        summary = execution_summary(revision)
        if summary["report_url"] is not None:
            ReportLink.persist(self, context, revision_url=revision.url, connection=self.connection)
        emit_violations(self, context, self.monitoring_schedule_name, summary=summary, baseline=dict(kept["baseline"]))
        self._act_on_violations(context, summary)
        return summary

    def without_result(self, error: MonitoringJobFailed) -> Exception:
        """A window without data skips the task where its author said so."""
        from airflow_model_monitor.runtimes.base import JobInputsHadNoData

        skips = self.on_no_data == "skip" and isinstance(error, JobInputsHadNoData)
        return AirflowSkipException(str(error)) if skips else error

    def request(self, window: Window, baseline: Baseline) -> ProcessingJobRequest:
        """The job for one window."""
        common = {
            "monitor": self.monitoring_schedule_name,
            "window": window,
            "output_uri": self.output_uri,
            "endpoint": self.endpoint_name,
            "variant": self.variant_name,
            "baseline_constraints": baseline.constraints,
            "dataset_format": self.format_text,
            "publish_cloudwatch_metrics": self.publish_cloudwatch_metrics,
            "environment": self.job_environment,
        }
        return requests_of(self.monitoring_type).monitoring_request(**common, **self._own(window, baseline))

    def _own(self, window: Window, baseline: Baseline) -> dict[str, Any]:
        """What only the requests of this monitor are made of."""
        judged = self._judged(window)
        if self.monitoring_type in CLARIFY:
            return {
                **judged,
                "analysis": CLARIFY[self.monitoring_type],
                "attributes": self.attributes,
                "config_uri": self.config_uri(self.output_uri),
            }
        own = {**judged, "post_analytics_processor_script": self.post_analytics_processor_script}
        if self.monitoring_type == "ModelQuality":
            return {**own, "attributes": self.attributes}
        return {
            **own,
            "baseline_statistics": baseline.statistics,
            "record_preprocessor_script": self.record_preprocessor_script,
        }

    def _judged(self, window: Window) -> dict[str, Any]:
        """The data of the window."""
        from airflow_model_monitor.service.merge_store import MergeKey

        if self.monitoring_type not in LABELLED:
            return {"captured_data_uri": self.captured_data_uri, "dataset_uri": self.dataset_uri}
        if self.dataset_uri is not None:
            return {"merged_data": {"": self.dataset_uri}}
        monitor = self.ground_truth_schedule_name or self.monitoring_schedule_name
        key = MergeKey(monitor, window, self.endpoint_name, self.variant_name)
        merged = newest_merge(key, self.output_uri, self.hook.storage_options(self.output_uri))
        self.log.info("Judging merge revision %s, coverage %s", merged.url, merged.execution.coverage)
        return {
            # Below it there is nothing but records, unlike in the revision's folder itself.
            "merged_data": {key.layout_path: f"{merged.url}/{key.layout_path}"},
            "coverage": merged.execution.coverage,
            "merge_revision": merged.execution.revision,
        }

    def resolve_baseline(self, window: Window) -> Baseline:
        """The baseline's files that count for a window."""
        from airflow_model_monitor.service.baseline_store import BaselineStore

        store = BaselineStore(self.baseline_uri, self.hook.storage_options(self.baseline_uri))
        return store.resolve(baseline_file(self.monitoring_type), at=window.start)

    def _act_on_violations(self, context: Context, summary: ExecutionSummary) -> None:
        if not summary["violations"] or self.on_violation == "continue":
            return
        if self.do_xcom_push:
            # A task that raises returns nothing, and what reads the result of a failed check needs it most.
            context["ti"].xcom_push(key="return_value", value=summary)
        by_check = ", ".join(f"{count} {check}" for check, count in summary["counts"].items())
        message = f"{summary['violations']} violations ({by_check}) in {summary['execution_url']}"
        raise AirflowFailException(message) if self.on_violation == "fail" else AirflowSkipException(message)


def _check_source(
    captured_data_uri: str | None,
    dataset_uri: str | None,
    endpoint_name: str | None,
    dataset_format: object,
) -> None:
    exactly_one(
        "the destination of data capture or a file or folder that holds the window's data",
        captured_data_uri=captured_data_uri,
        dataset_uri=dataset_uri,
    )
    if captured_data_uri is not None and endpoint_name is None:
        raise ValueError("endpoint_name=None: captured data lies below its endpoint's name; give endpoint_name")
    if dataset_uri is not None and dataset_format is None:
        raise ValueError('dataset_format=None: a dataset needs one, such as {"csv": {"header": True}}')


def _described(baseline: Baseline) -> dict[str, Any]:
    return {
        "constraints": baseline.constraints,
        "statistics": baseline.statistics,
        "version": baseline.version,
        "revision": baseline.revision,
    }
