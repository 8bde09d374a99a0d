"""Alarms of CloudWatch on what a monitor publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_args

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.operators.alarmed_metrics import AlarmedMetrics, list_of
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.service.alarm_threshold import DRIFT_CHECK
from airflow_model_monitor.service.drift_alarm import AlarmActions, AlarmSettings, DriftAlarm, put_metric_alarm
from airflow_model_monitor.service.limit_checks import check_tags

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.hooks.cloudwatch_alarms import CloudWatchAlarms
    from airflow_model_monitor.service.alarm_threshold import AlarmThreshold
    from airflow_model_monitor.service.api_call import ApiCall
    from airflow_model_monitor.service.monitor_kind import MonitoringType

CheckMetrics = Literal["warn", "fail", "off"]


class CreatedAlarms(TypedDict):
    """What ``CreateDriftAlarmOperator`` returns.

    ``alarm_name`` is the alarm to wait for, ``alarm_names`` all that were made, it the last of them; ``deleted`` are
    those of an earlier run that are wanted no more; ``unknown_metrics`` those CloudWatch has no values of yet.
    """

    alarm_name: str
    alarm_names: list[str]
    deleted: list[str]
    unknown_metrics: list[str]


class CreateDriftAlarmOperator(ConnectedOperator):
    """Make CloudWatch alarms on the metrics of a monitor, or bring those there are up to date.

    Use it once per monitor, after its baseline. The metrics are those that SageMaker Model Monitor and
    ``RunMonitoringOperator(publish_cloudwatch_metrics=True)`` publish. Thresholds come from the baseline
    (``baseline_uri``): the alarms then ring where the monitor reports violations. Or give ``threshold`` and what it is
    for: ``features`` or ``metric_names``. Several metrics get an alarm each, and a composite alarm ``alarm_name`` that
    is in ALARM when one of them is and that alone tells ``alarm_actions``; more than a hundred are grouped.

    An alarm without all the dimensions of its metric never leaves INSUFFICIENT_DATA, so missing ones are refused. The
    metrics are looked up in CloudWatch, which lists them some minutes after the first execution that published them.

    Run again it changes the alarms of the same names, and deletes those below ``alarm_name`` that are wanted no more.
    Returns :class:`CreatedAlarms`. Needs ``cloudwatch:PutMetricAlarm``, ``PutCompositeAlarm``, ``DescribeAlarms``,
    ``DeleteAlarms``, ``ListMetrics``, and ``TagResource`` with tags.

    :param monitoring_schedule_name: the monitor: the value of the dimension ``MonitoringSchedule``. (templated)
    :param endpoint_name: the endpoint it watches: the value of the dimension ``Endpoint``. (templated)
    :param batch_transform: it watches batch transform jobs instead, whose metrics name no endpoint.
    :param monitoring_type: ``"DataQuality"``, ``"ModelQuality"``, ``"ModelBias"`` or ``"ModelExplainability"``.
    :param alarm_name: name of the alarm; default: the monitor's name and ``-drift``. (templated)
    :param baseline_uri: folder of the monitor's baseline, for thresholds. (templated)
    :param features: features to watch. Data quality (default with a baseline: all) and explainability. (templated)
    :param checks: what to watch of them: ``"baseline_drift_check"``, ``"completeness_check"``. Data quality.
    :param metric_names: instead, names of metrics in CloudWatch, such as ``"f1"``; with a baseline those of its own to
        watch. (templated)
    :param dimensions: further dimensions of the metrics, for bias ``BiasStage``, ``Label``, ``LabelValue``, ``Facet``
        and ``FacetValue``, which a baseline names itself, and for explainability ``Label``; as a mapping or as the API
        has them. (templated)
    :param threshold: where the alarm rings, instead of what the baseline says.
    :param comparison_operator: ``"GreaterThanThreshold"``, ``"LessThanThreshold"`` and their like; default: what the
        metric's name suggests.
    :param statistic: over the values of a period; default: ``Maximum`` for greater, ``Minimum`` for less.
    :param period: seconds; that of the monitor's schedule.
    :param evaluation_periods: how many of the last periods are looked at.
    :param datapoints_to_alarm: how many of them must be beyond the threshold; default: all.
    :param treat_missing_data: what a period without a value counts as: ``"notBreaching"``, ``"missing"``,
        ``"breaching"`` or ``"ignore"``.
    :param alarm_actions: ARNs that are told of ALARM, such as an SNS topic's. (templated)
    :param ok_actions: ARNs that are told of OK. (templated)
    :param insufficient_data_actions: ARNs that are told of INSUFFICIENT_DATA. (templated)
    :param tags: of all the alarms.
    :param check_metrics: what metrics do that CloudWatch does not list: ``"warn"``, ``"fail"``, or ``"off"`` to ask
        nothing.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        "monitoring_schedule_name",
        "endpoint_name",
        "alarm_name",
        "baseline_uri",
        "features",
        "metric_names",
        "dimensions",
        "alarm_actions",
        "ok_actions",
        "insufficient_data_actions",
        *ConnectedOperator.template_fields,
    )
    template_fields_renderers = {"dimensions": "json"}  # noqa: RUF012  as in BaseOperator

    def __init__(
        self,
        *,
        monitoring_schedule_name: str | None = None,
        endpoint_name: str | None = None,
        batch_transform: bool = False,
        monitoring_type: MonitoringType = "DataQuality",
        alarm_name: str | None = None,
        baseline_uri: str | None = None,
        features: Sequence[str] | None = None,
        checks: Sequence[str] = (DRIFT_CHECK,),
        metric_names: Sequence[str] | None = None,
        dimensions: Mapping[str, str] | Sequence[Mapping[str, str]] | None = None,
        threshold: float | None = None,
        comparison_operator: str | None = None,
        statistic: str | None = None,
        period: int = 3600,
        evaluation_periods: int = 1,
        datapoints_to_alarm: int | None = None,
        treat_missing_data: str = "notBreaching",
        alarm_actions: Sequence[str] | None = None,
        ok_actions: Sequence[str] | None = None,
        insufficient_data_actions: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        check_metrics: CheckMetrics = "warn",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        one_of("check_metrics", check_metrics, get_args(CheckMetrics))
        self.monitoring_schedule_name = monitoring_schedule_name
        self.endpoint_name = endpoint_name
        self.batch_transform = batch_transform
        self.monitoring_type = monitoring_type
        self.alarm_name = alarm_name
        self.baseline_uri = baseline_uri
        self.features = list_of("features", features)
        self.checks = list_of("checks", checks)
        self.metric_names = list_of("metric_names", metric_names)
        self.dimensions = dimensions
        self.threshold = threshold
        self.comparison_operator = comparison_operator
        self.statistic = statistic
        self.period = period
        self.evaluation_periods = evaluation_periods
        self.datapoints_to_alarm = datapoints_to_alarm
        self.treat_missing_data = treat_missing_data
        self.alarm_actions = list_of("alarm_actions", alarm_actions)
        self.ok_actions = list_of("ok_actions", ok_actions)
        self.insufficient_data_actions = list_of("insufficient_data_actions", insufficient_data_actions)
        self.tags = dict(tags or {})
        self.check_metrics = check_metrics
        self._settings.check()
        check_tags(self.tags)
        self._metrics.check_arguments()

    def execute(self, context: Context) -> CreatedAlarms:
        """Look the metrics up, make the alarms, and clear away what is left of an earlier run."""
        from airflow_model_monitor.hooks.cloudwatch_alarms import CloudWatchAlarms

        for argument in ("features", "metric_names", "alarm_actions", "ok_actions", "insufficient_data_actions"):
            # A template renders to a text unless the DAG says render_template_as_native_obj=True.
            setattr(self, argument, list_of(argument, getattr(self, argument)))
        self._metrics.check_arguments()
        alarms = CloudWatchAlarms.of(self.hook)
        name = self.alarm_name or f"{self._metrics.schedule}-drift"
        calls = self.calls(name, self._thresholds())
        unknown = self._unknown(alarms, calls)
        alarms.put(calls)
        names = [call.parameters["AlarmName"] for call in calls]
        deleted = alarms.delete(one for one in alarms.below(name) if one.name not in names)
        self.log.info("Alarm %s: %s alarms made or renewed, %s deleted", name, len(names), len(deleted))
        return CreatedAlarms(alarm_name=name, alarm_names=names, deleted=deleted, unknown_metrics=unknown)

    def calls(self, name: str, thresholds: Sequence[AlarmThreshold]) -> tuple[ApiCall, ...]:
        """The requests that make the alarms, in their order."""
        from airflow_model_monitor.service.composite_alarm import child_name, composite_calls

        actions = AlarmActions(self.alarm_actions or (), self.ok_actions or (), self.insufficient_data_actions or ())
        alone = len(thresholds) == 1
        made = [
            put_metric_alarm(
                DriftAlarm(
                    name=name if alone else child_name(name, one.subject),
                    metric=self._metrics.metric(one),
                    threshold=one.threshold,
                    comparison=one.comparison,
                    statistic=self.statistic,
                    description=f"{one.subject} of monitor {self._metrics.schedule}"[:1024],
                    settings=self._settings,
                    actions=actions if alone else AlarmActions(),
                    tags=self.tags,
                )
            )
            for one in thresholds
        ]
        if alone:
            return tuple(made)
        children = [call.parameters["AlarmName"] for call in made]
        text = f"One of {len(children)} alarms of monitor {self._metrics.schedule}"
        return (*made, *composite_calls(name, children, description=text, actions=actions, tags=self.tags))

    def _thresholds(self) -> list[AlarmThreshold]:
        if self.threshold is not None:
            return self._metrics.explicit_thresholds()
        assert self.baseline_uri is not None
        found = self._metrics.baseline_thresholds(self.baseline_uri, self.hook.storage_options(self.baseline_uri))
        usable = []
        for one in found:
            try:
                self._metrics.metric(one).check()
            except ValueError as error:
                self.log.warning("No alarm on %s: %s", one.subject, error)
            else:
                usable.append(one)
        if not usable:
            raise AirflowFailException(f"baseline_uri={self.baseline_uri!r}: it holds nothing to set an alarm on")
        return usable

    def _unknown(self, alarms: CloudWatchAlarms, calls: Sequence[ApiCall]) -> list[str]:
        from airflow_model_monitor.service.metric_check import unknown_metrics
        from airflow_model_monitor.service.monitor_metric import MonitorMetric

        if self.check_metrics == "off":
            return []
        wanted = [
            MonitorMetric(
                call.parameters["Namespace"],
                call.parameters["MetricName"],
                {one["Name"]: one["Value"] for one in call.parameters["Dimensions"]},
            )
            for call in calls
            if call.operation == "PutMetricAlarm"
        ]
        listed = alarms.metrics(wanted[0].namespace, self._metrics.schedule)
        unknown = [str(one) for one in unknown_metrics(wanted, listed)]
        if unknown and self.check_metrics == "fail":
            raise AirflowFailException(
                f"CloudWatch lists no such metrics in {wanted[0].namespace}: {'. '.join(unknown[:5])}. It lists a "
                "metric some minutes after the first execution that published it, and for two weeks; "
                'check_metrics="warn" makes the alarm all the same'
            )
        for one in unknown:
            self.log.warning("Metric %s (metrics are listed some minutes after they were first published)", one)
        return unknown

    @property
    def _settings(self) -> AlarmSettings:
        return AlarmSettings(
            period=self.period,
            evaluation_periods=self.evaluation_periods,
            datapoints_to_alarm=self.datapoints_to_alarm,
            treat_missing_data=self.treat_missing_data,
        )

    @property
    def _metrics(self) -> AlarmedMetrics:
        return AlarmedMetrics(
            monitoring_type=self.monitoring_type,
            monitoring_schedule_name=self.monitoring_schedule_name,
            endpoint_name=self.endpoint_name,
            batch_transform=self.batch_transform,
            dimensions=self.dimensions,
            features=self.features,
            checks=self.checks or [],
            metric_names=self.metric_names,
            threshold=self.threshold,
            comparison_operator=self.comparison_operator,
            baseline_uri=self.baseline_uri,
        )
