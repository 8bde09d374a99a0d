"""The baseline that a monitor compares with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow_model_monitor.assets.events import add_outlet, emit_baseline
from airflow_model_monitor.assets.monitor import baseline_asset
from airflow_model_monitor.assets.summary import BaselineSummary, baseline_summary
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.operators.monitoring_job import DatasetFormat, MonitoringJobOperator, one_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest

CategoricalDriftMethod = Literal["LInfinity", "ChiSquared"]


class SuggestBaselineOperator(MonitoringJobOperator):
    """Suggest a baseline from training data: its statistics, and constraints that it fulfils.

    Use it after training, or by hand, before the monitor's first run. People may edit the thresholds in the
    ``constraints.json`` it writes; monitors respect the edited file.

    Returns a :class:`~airflow_model_monitor.assets.summary.BaselineSummary` and updates
    ``baseline_asset(monitoring_schedule_name)`` with the same in the event's ``extra``.

    :param monitoring_schedule_name: name of the monitor this baseline is for, a literal; the asset carries it.
    :param dataset: file or folder of training data, a path or URL. (templated)
    :param dataset_format: its format, such as ``{"csv": {"header": True}}``. (templated)
    :param baseline_uri: folder to write ``constraints.json`` and ``statistics.json`` to. (templated)
    :param categorical_drift_method: ``"LInfinity"`` or ``"ChiSquared"``, written into the suggested constraints.

    The other arguments are those of :class:`~airflow_model_monitor.operators.monitoring_job.MonitoringJobOperator`.
    """

    template_fields: Sequence[str] = (*MonitoringJobOperator.template_fields, "dataset", "baseline_uri")

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        dataset: str,
        dataset_format: DatasetFormat,
        baseline_uri: str,
        categorical_drift_method: CategoricalDriftMethod | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(monitoring_schedule_name=monitoring_schedule_name, dataset_format=dataset_format, **kwargs)
        if categorical_drift_method is not None:
            one_of("categorical_drift_method", categorical_drift_method, get_args(CategoricalDriftMethod))
        self.dataset = dataset
        self.baseline_uri = baseline_uri
        self.categorical_drift_method = categorical_drift_method
        add_outlet(self, baseline_asset(self.monitoring_schedule_name))

    def execute(self, context: Context) -> BaselineSummary:
        """Build the request, run it, publish, and tell."""
        revision = self.run_job(self.request())
        summary = baseline_summary(revision, self.baseline_uri)
        if summary["report_url"] is not None:
            ReportLink.persist(self, context, revision_url=revision.url, connection=self.connection)
        emit_baseline(context, self.monitoring_schedule_name, summary=summary)
        return summary

    def request(self) -> ProcessingJobRequest:
        """The job."""
        from airflow_model_monitor.service.requests_data_quality import baseline_request

        return baseline_request(
            dataset=self.dataset,
            dataset_format=self.format_text or "",
            output_uri=self.baseline_uri,
            record_preprocessor_script=self.record_preprocessor_script,
            post_analytics_processor_script=self.post_analytics_processor_script,
            categorical_drift_method=self.categorical_drift_method,
            environment=self.job_environment,
        )
