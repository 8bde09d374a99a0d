"""Makes a monitoring schedule, or makes an existing one what it shall be."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.assets.literal import is_literal
from airflow_model_monitor.operators.clarify_config import config_of, kept_config
from airflow_model_monitor.operators.monitoring_type import CLARIFY, MonitoringType, refuse_arguments_of_others
from airflow_model_monitor.operators.schedule_arguments import SCRIPTS, ScheduleArgumentsOperator
from airflow_model_monitor.service.images import image_uri as image_of
from airflow_model_monitor.service.monitor_kind import kind_of

if TYPE_CHECKING:
    from airflow_model_monitor.runtimes.schedule_lifecycle import ScheduleChange, ScheduleLifecycle
    from airflow_model_monitor.service.job_definition import JobDefinition
    from airflow_model_monitor.service.sdk_configs import Config

IfExists = Literal["update", "skip", "fail"]

#: Stand for what is known only when the task runs, while the rest is checked.
_ANY_IMAGE = "image"
_ANY_ADDRESS = "s3://bucket/file"


class CreateMonitoringScheduleOperator(ScheduleArgumentsOperator):
    """Create a monitoring schedule with its job definition, or update the one that is there.

    Use it after a baseline, in the DAG that deploys a model. It may run as often as you like: a definition is named by
    its content, so the same arguments make the same one; the schedule is changed only where it says something else, its
    expression stays unless another is given, and definitions that nothing uses any more are deleted, those of killed
    attempts too. When SageMaker does not make the schedule, the definition made for it is taken back.

    With ``runtime="sagemaker"`` the service starts the executions. In an account that is closed to Model Monitor it
    fails at once, without retries. With ``runtime="worker"`` the same documents go to ``store_uri``, and the DAG
    ``model_monitor_scheduler`` runs what is due; role, machines and image then mean nothing, and addresses may be
    folders of this machine.

    Returns a :class:`~airflow_model_monitor.operators.monitoring_schedule.ScheduleSummary`.

    :param monitoring_type: ``"DataQuality"``, ``"ModelQuality"``, ``"ModelBias"`` or ``"ModelExplainability"``.
    :param inline: put the definition into the schedule itself, as the SDK's ``ModelMonitor`` does: for a container of
        your own (``image_uri``), with ``monitoring_type="DataQuality"``.
    :param if_exists: what to do about a schedule of this name: ``"update"`` it, ``"skip"`` (leave it alone) or
        ``"fail"``.
    :param analysis_config: of bias and explainability: the address of analysis_config.json, its content, or a
        ``BiasAnalysisConfig`` or ``ExplainabilityAnalysisConfig``; content is written below ``output_uri``. (templated)
    :param bias_config: instead, a ``BiasConfig`` or its content; with ``headers`` and ``label``. Bias.
    :param shap_config: instead, a ``SHAPConfig`` or its content; with ``model_config`` and ``headers``. Explainability.
    :param model_config: the model to ask, a ``ModelConfig`` or its content. Explainability.
    :param headers: names of the columns.
    :param label: the observed label, a column of ``headers``.

    The other arguments are those of
    :class:`~airflow_model_monitor.operators.schedule_arguments.ScheduleArgumentsOperator`.
    """

    def __init__(
        self,
        *,
        monitoring_type: MonitoringType = "DataQuality",
        inline: bool = False,
        if_exists: IfExists = "update",
        analysis_config: Any = None,
        bias_config: Config | None = None,
        shap_config: Config | None = None,
        model_config: Config | None = None,
        headers: Sequence[str] | None = None,
        label: str | int | None = None,
        **kwargs: Any,
    ) -> None:
        one_of("monitoring_type", monitoring_type, get_args(MonitoringType))
        one_of("if_exists", if_exists, get_args(IfExists))
        if inline and monitoring_type != "DataQuality":
            raise ValueError(
                f"inline=True, monitoring_type={monitoring_type!r}: a definition inside its schedule is for data "
                "quality and for containers of your own; leave inline out"
            )
        parts = {
            "analysis_config": analysis_config,
            "bias_config": bias_config,
            "shap_config": shap_config,
            "model_config": model_config,
            "headers": headers,
            "label": label,
        }
        refuse_arguments_of_others(
            monitoring_type, {**parts, "model_conn_id": kwargs.get("model_conn_id")}, _ONLY_OF_MONITORS
        )
        if monitoring_type in CLARIFY:
            analysis_config = config_of(
                CLARIFY[monitoring_type],
                "monitor",
                model_conn_id=kwargs.get("model_conn_id"),
                **parts,  # type: ignore[arg-type]
            )
        super().__init__(analysis_config=analysis_config, **kwargs)
        self.monitoring_type = monitoring_type
        self.inline = inline
        self.if_exists = if_exists
        if self.is_known:
            self._check()

    def change(self, lifecycle: ScheduleLifecycle) -> ScheduleChange:
        """Create or update."""
        from airflow_model_monitor.runtimes.schedule_lifecycle import WantedSchedule

        request = self.request
        definition = self.staged(self._definition(self._image(), self._config_uri()))
        wanted = WantedSchedule(definition, request.timing(), self.inline, request.tag_map())
        return lifecycle.create(wanted, self.if_exists)

    def _definition(self, image: str | None, config_uri: str | None) -> JobDefinition:
        request = dataclasses.replace(self.request, config_uri=config_uri, image_uri=image)
        aws = self.runtime == "sagemaker"
        if request.publish_cloudwatch_metrics is None and not (self.inline and aws):
            # As the SDK does; a container of one's own is told nothing, and in a worker metrics cost extra.
            request = dataclasses.replace(request, publish_cloudwatch_metrics=aws)
        if not aws:
            ours = {"compatibility": "corrected", "report_enabled": "true"}
            request = dataclasses.replace(request, environment={**ours, **(request.environment or {})})
        return request.definition(self.monitoring_type, with_cluster=aws)

    def _image(self) -> str | None:
        if self.image_uri is not None or self.runtime == "worker":
            return self.image_uri
        return image_of(self.sagemaker.meta.region_name, kind_of(self.monitoring_type).image)

    def _config_uri(self) -> str | None:
        if self.monitoring_type not in CLARIFY:
            return None
        root = _address(self.output_uri)
        return kept_config(
            self.analysis_config,
            CLARIFY[self.monitoring_type],
            "monitor",
            root_uri=root,
            storage_options=self.hook.storage_options(root),
            model_named_elsewhere=self.model_conn_id is not None,
        )

    def _check(self) -> None:
        """Refuse, while the DAG is parsed, what the keeper of the schedule would refuse."""
        from airflow_model_monitor.service.job_definition_calls import create_definition
        from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
        from airflow_model_monitor.service.monitoring_schedule_calls import create_schedule
        from airflow_model_monitor.service.run_time_cap import check_run_time
        from airflow_model_monitor.service.uploads import is_local
        from airflow_model_monitor.service.worker_settings import monitor_of

        config = _ANY_ADDRESS if self.monitoring_type in CLARIFY else None
        image = self.image_uri or (_ANY_IMAGE if self.runtime == "sagemaker" else None)
        definition, timing = self._definition(image, config), self.request.timing()
        name = self.monitoring_schedule_name if is_literal(self.monitoring_schedule_name) else "schedule"
        named = definition.named(name)
        schedule = MonitoringSchedule(
            name=name,
            timing=timing,
            definition_name=None if self.inline else named.name,
            monitoring_type=None if self.inline else self.monitoring_type,
            inline_definition=definition if self.inline else None,
            tags=self.request.tag_map(),
        )
        if self.runtime == "worker":
            monitor_of(schedule, named)
            check_run_time(named.max_runtime_in_seconds, named.kind, timing)
            return
        # A local script is uploaded first, so its path says nothing.
        local = [name for name in SCRIPTS if (uri := getattr(definition, name)) is not None and is_local(uri)]
        remote = dataclasses.replace(definition, **dict.fromkeys(local, _ANY_ADDRESS))
        if self.inline:
            create_schedule(dataclasses.replace(schedule, inline_definition=remote))
            return
        create_definition(dataclasses.replace(remote, name=named.name))
        create_schedule(schedule, definition=named)


_ONLY_OF_MONITORS: dict[str, tuple[MonitoringType, ...]] = {
    "analysis_config": ("ModelBias", "ModelExplainability"),
    "bias_config": ("ModelBias",),
    "shap_config": ("ModelExplainability",),
    "model_config": ("ModelExplainability",),
    "model_conn_id": ("ModelExplainability",),
    "headers": ("ModelBias", "ModelExplainability"),
    "label": ("ModelBias", "ModelExplainability"),
}


def _address(output: Any) -> str:
    from airflow_model_monitor.service.sdk_arguments import output as output_of

    return str(output_of(output)["S3Uri"])
