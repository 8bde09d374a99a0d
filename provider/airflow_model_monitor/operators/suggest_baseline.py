"""The baseline that a monitor compares with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.assets.events import add_outlet, emit_baseline
from airflow_model_monitor.assets.monitor import baseline_asset
from airflow_model_monitor.assets.summary import BaselineSummary, baseline_summary
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.operators.clarify_config import plain_config
from airflow_model_monitor.operators.monitoring_job import MonitoringJobOperator
from airflow_model_monitor.operators.monitoring_type import CLARIFY, ONLY_OF, refuse_arguments_of_others, requests_of
from airflow_model_monitor.service import sdk_arguments as sdk

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.contract.analysis_config import ConfigRole
    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.operators.monitoring_type import Takers
    from airflow_model_monitor.runtimes.base import RunResult

CategoricalDriftMethod = Literal["LInfinity", "ChiSquared"]


class SuggestBaselineOperator(MonitoringJobOperator):
    """Suggest a baseline from training data: its statistics, and constraints that it fulfils.

    Use it after training, or by hand, before the monitor's first run. People may edit the thresholds in the
    ``constraints.json`` it writes; monitors respect the edited file. For model quality the data are labels beside what
    the model predicted of them; the thresholds are the model's own metrics on these data, without tolerance. For bias
    and explainability it writes ``analysis.json``: bias metrics of the data's labels and of the predictions beside them
    (or of what the model answers now), or the SHAP values of a model for these data.

    Returns a :class:`~airflow_model_monitor.assets.summary.BaselineSummary` and updates
    ``baseline_asset(monitoring_schedule_name)`` with the same in the event's ``extra``.

    :param monitoring_schedule_name: name of the monitor this baseline is for, a literal; the asset carries it.
    :param dataset: file or folder of training data, or of labels and predictions, a path or URL. (templated)
    :param data_config: instead, with its headers, label and format, a ``DataConfig`` of AWS's SDK. Bias and
        explainability.
    :param model_predicted_label_config: a ``ModelPredictedLabelConfig`` of AWS's SDK, instead of
        ``inference_attribute``, ``probability_attribute`` and ``probability_threshold_attribute``. Bias and
        explainability.
    :param baseline_uri: folder to write ``constraints.json`` and ``statistics.json``, or ``analysis.json``, to.
        (templated)
    :param categorical_drift_method: ``"LInfinity"`` or ``"ChiSquared"``, written into the suggested constraints. Data
        quality only.

    The other arguments are those of :class:`~airflow_model_monitor.operators.monitoring_job.MonitoringJobOperator`;
    ``dataset_format`` is needed unless ``analysis_config`` says it. With ``model_config``, ``inference_attribute`` and
    ``probability_attribute`` are places in the model's answer, else columns of the dataset.
    """

    template_fields: Sequence[str] = (*MonitoringJobOperator.template_fields, "dataset", "baseline_uri")
    config_role: ClassVar[ConfigRole] = "job"
    only_of: ClassVar[Takers] = {**ONLY_OF, "ground_truth_attribute": ("ModelQuality",)}

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        baseline_uri: str,
        dataset: str | None = None,
        data_config: Any = None,
        model_predicted_label_config: Any = None,
        categorical_drift_method: CategoricalDriftMethod | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs, dataset = _said_by_sdk(kwargs, dataset, data_config, model_predicted_label_config)
        if dataset is None:
            raise ValueError("dataset=None: name the file or folder of training data")
        super().__init__(monitoring_schedule_name=monitoring_schedule_name, **kwargs)
        refuse_arguments_of_others(self.monitoring_type, {"categorical_drift_method": categorical_drift_method})
        if categorical_drift_method is not None:
            one_of("categorical_drift_method", categorical_drift_method, get_args(CategoricalDriftMethod))
        if self.monitoring_type not in CLARIFY and self.dataset_format is None:
            raise ValueError('dataset_format=None: a dataset needs one, such as {"csv": {"header": True}}')
        if self.monitoring_type == "ModelQuality" and kwargs.get("ground_truth_attribute") is None:
            raise ValueError(
                "ground_truth_attribute=None: name the column of the dataset that holds the label, such as 'label'"
            )
        self.dataset = dataset
        self.baseline_uri = baseline_uri
        self.categorical_drift_method = categorical_drift_method
        add_outlet(self, baseline_asset(self.monitoring_schedule_name))

    def execute(self, context: Context) -> BaselineSummary | Any:
        """Build the request, run it, publish, and tell."""
        return self.run_job(context, self.request(), headers=self.model_connection.headers)

    def conclude(self, context: Context, result: RunResult, kept: Mapping[str, Any]) -> BaselineSummary:
        """Emit the baseline."""
        revision = result.revision
        summary = baseline_summary(revision, self.baseline_uri)
        if summary["report_url"] is not None:
            ReportLink.persist(self, context, revision_url=revision.url, connection=self.connection)
        emit_baseline(context, self.monitoring_schedule_name, summary=summary)
        return summary

    def request(self) -> ProcessingJobRequest:
        """The job."""
        common = {"dataset": self.dataset, "output_uri": self.baseline_uri, "environment": self.job_environment}
        return requests_of(self.monitoring_type).baseline_request(**common, **self._own())

    def _own(self) -> dict[str, Any]:
        """What only the requests of this monitor are made of."""
        if self.monitoring_type in CLARIFY:
            return {"config_uri": self.config_uri(self.baseline_uri)}
        own = {
            "dataset_format": self.format_text or "",
            "post_analytics_processor_script": self.post_analytics_processor_script,
        }
        if self.monitoring_type == "ModelQuality":
            return {**own, "attributes": self.attributes}
        return {
            **own,
            "record_preprocessor_script": self.record_preprocessor_script,
            "categorical_drift_method": self.categorical_drift_method,
        }


def _said_by_sdk(
    kwargs: dict[str, Any], dataset: str | None, data: Any, predicted: Any
) -> tuple[dict[str, Any], str | None]:
    """The arguments, with what two objects of AWS's SDK say of them.

    :raises ValueError: said twice
    """
    said = {} if data is None else sdk.data_config(data)
    said |= {} if predicted is None else sdk.predicted_label(predicted)
    given = {**kwargs, "dataset": dataset}
    # What a model calls its answers is part of how it is asked.
    answers = said.pop("label_headers", None)
    if answers is not None and given.get("model_config") is not None:
        given["model_config"] = {**plain_config("model_config", given["model_config"]), "label_headers": answers}
    for name, value in said.items():
        if given.get(name) is not None:
            raise ValueError(
                f"{name}={given[name]!r}: data_config or model_predicted_label_config says {value!r}; give one of "
                "the two"
            )
        given[name] = value
    dataset = given.pop("dataset")
    return given, dataset
