"""What every operator that asks for an analysis has in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from airflow_model_monitor.assets.arguments import one_of, whole_number
from airflow_model_monitor.assets.dataset_format import DatasetFormat, format_text, plain_format
from airflow_model_monitor.contract.compatibility import CORRECTED, SAGEMAKER, Compatibility
from airflow_model_monitor.links.report import ReportLink
from airflow_model_monitor.operators.clarify_config import Config, config_of, kept_config
from airflow_model_monitor.operators.job import JobOperator
from airflow_model_monitor.operators.model_connection import ModelConnection, model_connection
from airflow_model_monitor.operators.monitoring_type import (
    CLARIFY,
    ONLY_OF,
    MonitoringType,
    Takers,
    model_quality_attributes,
    refuse_arguments_of_others,
)
from airflow_model_monitor.service.clarify_attributes import ClarifyAttributes

if TYPE_CHECKING:
    from airflow_model_monitor.contract.analysis_config import ConfigRole
    from airflow_model_monitor.contract.problem_type import ProblemType
    from airflow_model_monitor.service.model_quality_attributes import ModelQualityAttributes


class MonitoringJobOperator(JobOperator):
    """Builds the request of an analysis and hands it to a runtime. The base of our operators, not one itself.

    :param monitoring_type: which of the monitors: ``"DataQuality"``, ``"ModelQuality"``, ``"ModelBias"`` or
        ``"ModelExplainability"``.
    :param dataset_format: what the data is: an object of ``contract.dataset_format``, a mapping or JSON text in
        SageMaker's form, such as ``{"csv": {"header": True}}``. (templated)
    :param problem_type: ``"Regression"``, ``"BinaryClassification"`` or ``"MulticlassClassification"``. Model quality.
    :param inference_attribute: where the prediction stands: in captured answers an index such as ``"0"`` (CSV), a name,
        a JSONPath or JMESPath (JSON); in a dataset its column. Model quality and bias.
    :param probability_attribute: where the probability of the positive class stands, written likewise.
    :param probability_threshold_attribute: with a probability alone, the prediction is positive above it; 0 to 1.
    :param ground_truth_attribute: the column of the label in a dataset, or the label's place in a label that is a JSON
        object of several members. Model quality, and the executions of bias.
    :param positive_label: the positive class, where it is not 1. Model quality.
    :param headers: names of the columns: the features in their order and, where it is one of the data's columns, the
        label. This and all below are for bias and explainability.
    :param label: the observed label: a column of ``headers``, or a JMESPath where the data is JSON.
    :param features_attribute: the features in a JSON record or request, a JMESPath.
    :param bias_config: ``facet``, ``label_values_or_threshold`` and, if wanted, ``group_variable``, as
        analysis_config.json has them, or a ``BiasConfig`` of AWS's SDK. Bias.
    :param shap_config: settings of Kernel SHAP, as analysis_config.json has them below ``methods.shap``, or a
        ``SHAPConfig``; ``seed`` is 0 unless given, so that a repeated task publishes the same. Explainability.
    :param model_config: the model to ask, as analysis_config.json has it below ``predictor``, or a ``ModelConfig``:
        ``endpoint_url`` (HTTP, ``/invocations``), ``model_uri`` (an ONNX file) or ``endpoint_name`` (SageMaker).
        ``endpoint_name`` of the task is what is watched; it is never asked unless it stands here too.
    :param model_conn_id: Airflow connection of type HTTP to the model: its address, which then need not stand in
        ``model_config``, and its credentials. (templated)
    :param analysis_config: instead of all these settings a whole analysis_config.json, as a mapping or as its address.
        (templated)
    :param record_preprocessor_script: Python file with ``preprocess_handler``; needs ``enable_scripts``. Data quality.
        (templated)
    :param post_analytics_processor_script: Python file with ``postprocess_handler``; needs ``enable_scripts``. Data
        and model quality. (templated)
    :param enable_scripts: allow the two scripts to run, in a subprocess with limits of time and memory.
    :param compatibility: ``"corrected"`` mends the original's bugs, ``"sagemaker"`` reproduces them to the byte; see
        ``docs/compatibility.md``. Default: ``"corrected"``; on AWS's own image, which is the original, ``"sagemaker"``.
    :param exact_rows: up to this many rows the arithmetic is the original's, value by value; default 200,000.
    :param report: write an HTML report beside the contract files.

    The other arguments are those of :class:`~airflow_model_monitor.operators.job.JobOperator`.
    """

    template_fields: Sequence[str] = (
        "dataset_format",
        "analysis_config",
        "model_conn_id",
        "record_preprocessor_script",
        "post_analytics_processor_script",
        *JobOperator.template_fields,
    )
    template_fields_renderers = {  # noqa: RUF012  as in BaseOperator
        "dataset_format": "json",
        "analysis_config": "json",
        **JobOperator.template_fields_renderers,
    }
    operator_extra_links = (ReportLink(), *JobOperator.operator_extra_links)

    #: What an analysis_config.json is written for: a baseline's ``job``, or a ``monitor``.
    config_role: ClassVar[ConfigRole]
    #: Arguments that not every monitor takes here, and those that do.
    only_of: ClassVar[Takers] = ONLY_OF

    def __init__(
        self,
        *,
        monitoring_type: MonitoringType = "DataQuality",
        dataset_format: DatasetFormat | None = None,
        problem_type: ProblemType | None = None,
        inference_attribute: str | None = None,
        probability_attribute: str | None = None,
        probability_threshold_attribute: float | None = None,
        ground_truth_attribute: str | None = None,
        positive_label: str | None = None,
        headers: Sequence[str] | None = None,
        label: str | int | None = None,
        features_attribute: str | None = None,
        bias_config: Config | None = None,
        shap_config: Config | None = None,
        model_config: Config | None = None,
        model_conn_id: str | None = None,
        analysis_config: Any = None,
        record_preprocessor_script: str | None = None,
        post_analytics_processor_script: str | None = None,
        enable_scripts: bool = False,
        compatibility: Compatibility | None = None,
        exact_rows: int | None = None,
        report: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("monitoring_type", monitoring_type, get_args(MonitoringType))
        if compatibility is not None:
            one_of("compatibility", compatibility, get_args(Compatibility))
        if compatibility == CORRECTED and self.on_aws_image:
            raise ValueError(
                "compatibility='corrected': AWS's image is the original and knows only 'sagemaker'; leave it out, give "
                "this package's image as image_uri, or use runtime='worker'"
            )
        if exact_rows is not None:
            whole_number("exact_rows", exact_rows, minimum=0)
        scripts = {
            "record_preprocessor_script": record_preprocessor_script,
            "post_analytics_processor_script": post_analytics_processor_script,
        }
        for argument, script in scripts.items():
            if script is not None and not enable_scripts:
                raise ValueError(
                    f"{argument}={script!r}: user scripts run only when switched on; give enable_scripts=True"
                )
        answers = {
            "inference_attribute": inference_attribute,
            "probability_attribute": probability_attribute,
            "probability_threshold_attribute": probability_threshold_attribute,
        }
        quality = {
            "problem_type": problem_type,
            **answers,
            "ground_truth_attribute": ground_truth_attribute,
            "positive_label": positive_label,
        }
        clarify = {
            "analysis_config": analysis_config,
            "headers": headers,
            "label": label,
            "features_attribute": features_attribute,
            "bias_config": bias_config,
            "shap_config": shap_config,
            "model_config": model_config,
            "model_conn_id": model_conn_id,
        }
        refuse_arguments_of_others(monitoring_type, {**scripts, **quality, **clarify}, self.only_of)
        self.dataset_format = plain_format(dataset_format)
        self.analysis_config = None
        self.attributes: ModelQualityAttributes | ClarifyAttributes | None = None
        if monitoring_type == "ModelQuality":
            self.attributes = model_quality_attributes(**quality)  # type: ignore[arg-type]
        elif monitoring_type in CLARIFY:
            self.attributes = ClarifyAttributes(
                features_attribute=features_attribute,
                inference_attribute=inference_attribute,
                probability_attribute=probability_attribute,
                probability_threshold=probability_threshold_attribute,
                ground_truth_attribute=ground_truth_attribute,
            )
            self.analysis_config = config_of(
                CLARIFY[monitoring_type],
                self.config_role,
                dataset_format=self.format_text,
                **answers,  # type: ignore[arg-type]
                **clarify,  # type: ignore[arg-type]
            )
        self.monitoring_type = monitoring_type
        self.model_conn_id = model_conn_id
        self.record_preprocessor_script = record_preprocessor_script
        self.post_analytics_processor_script = post_analytics_processor_script
        self.enable_scripts = enable_scripts
        self.compatibility = compatibility
        self.exact_rows = exact_rows
        self.report = report

    @property
    def format_text(self) -> str | None:
        """``dataset_format`` as the job's environment spells it; None for the request's default."""
        return format_text(self.dataset_format)

    @property
    def job_environment(self) -> dict[str, str]:
        """The variables of our engine, which AWS's images do not know."""
        settings = {
            "compatibility": self.compatibility or (SAGEMAKER if self.on_aws_image else CORRECTED),
            "enable_scripts": "true" if self.enable_scripts else "false",
            "report_enabled": "true" if self.report else "false",
        }
        if self.exact_rows is not None:
            settings["exact_rows"] = str(self.exact_rows)
        if (url := self.model_connection.url) is not None:
            settings["endpoint_url"] = url
        return {**settings, **self.environment}

    @property
    def model_connection(self) -> ModelConnection:
        """How to reach the model to ask, beyond what the configuration says."""
        return ModelConnection() if self.model_conn_id is None else model_connection(self.model_conn_id)

    def config_uri(self, root_uri: str) -> str:
        """The address of the configuration of a bias or explainability job, kept below an output's address."""
        return kept_config(
            self.analysis_config,
            CLARIFY[self.monitoring_type],
            self.config_role,
            root_uri=root_uri,
            storage_options=self.hook.storage_options(root_uri),
            model_named_elsewhere=self.model_conn_id is not None,
        )
