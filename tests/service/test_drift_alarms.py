"""Requests of alarms: whatever CloudWatch's service model forbids is refused, and what would never ring too."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import pytest

from airflow_model_monitor.analysis import metric_records as data
from airflow_model_monitor.analysis.attribution import metric_records as attribution
from airflow_model_monitor.analysis.bias import metric_records as bias
from airflow_model_monitor.analysis.model_quality import metric_records as quality
from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.composite_alarm import child_name, composite_calls, deletion_batches, is_child
from airflow_model_monitor.service.drift_alarm import AlarmActions, AlarmSettings, DriftAlarm, put_metric_alarm
from airflow_model_monitor.service.monitor_metric import MonitorMetric, check_dimensions, metrics_namespace
from tests.service.test_service_model import broken, required

TOPIC = "arn:aws:sns:eu-west-1:111122223333:drift"
DIMENSIONS = {"Endpoint": "churn-endpoint", "MonitoringSchedule": "churn"}
METRIC = MonitorMetric("aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_age", DIMENSIONS)
ALARM = DriftAlarm(
    name="churn-drift",
    metric=METRIC,
    threshold=0.1,
    description="drift of age",
    actions=AlarmActions([TOPIC], [TOPIC], [TOPIC]),
    tags={"team": "churn"},
)


@cache
def shape(operation: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model("cloudwatch").operation_model(operation).input_shape


def from_api(given: dict[str, Any]) -> DriftAlarm:
    """The alarm that would make this request."""
    return DriftAlarm(
        name=given["AlarmName"],
        metric=MonitorMetric(
            given["Namespace"], given["MetricName"], {one["Name"]: one["Value"] for one in given["Dimensions"]}
        ),
        threshold=given["Threshold"],
        comparison=given["ComparisonOperator"],
        statistic=given["Statistic"],
        description=given["AlarmDescription"],
        settings=AlarmSettings(
            period=given["Period"],
            evaluation_periods=given["EvaluationPeriods"],
            datapoints_to_alarm=given["DatapointsToAlarm"],
            treat_missing_data=given["TreatMissingData"],
        ),
        actions=AlarmActions(given["AlarmActions"], given["OKActions"], given["InsufficientDataActions"]),
        tags={one["Key"]: one["Value"] for one in given["Tags"]},
    )


def refused(make: Any, document: Any) -> bool:
    try:
        make(copy.deepcopy(document))
    except ValueError:
        return True
    return False


def test_the_request_of_awss_documentation() -> None:
    call = put_metric_alarm(ALARM)

    assert (call.operation, call.method) == ("PutMetricAlarm", "put_metric_alarm")
    assert call.parameters["MetricName"] == "feature_baseline_drift_age"
    assert call.parameters["Namespace"] == "aws/sagemaker/Endpoints/data-metrics"
    assert call.parameters["Statistic"] == "Maximum"
    assert call.parameters["Dimensions"] == [
        {"Name": "Endpoint", "Value": "churn-endpoint"},
        {"Name": "MonitoringSchedule", "Value": "churn"},
    ]
    assert list(required(shape("PutMetricAlarm"), call.parameters)) == []
    assert put_metric_alarm(from_api(call.parameters)) == call


def test_what_the_model_forbids_is_refused() -> None:
    request = put_metric_alarm(ALARM).parameters
    tried = list(broken(shape("PutMetricAlarm"), request))

    passed = [place for place, wrong in tried if not refused(lambda one: put_metric_alarm(from_api(one)), wrong)]

    # Thirty-one times the same dimension is one dimension to us; different ones are refused, below.
    assert passed == [".Dimensions"]
    assert len(tried) > 20


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"threshold": float("nan")}, "threshold: nan"),
        ({"statistic": "p99"}, "statistic: 'p99'"),
        ({"settings": AlarmSettings(period=45)}, "period: 45; allowed are 10, 20, 30 and multiples of 60"),
        ({"settings": AlarmSettings(evaluation_periods=169)}, "at most 7 days"),
        ({"settings": AlarmSettings(period=60, evaluation_periods=1441)}, "at most 1 days"),
        ({"settings": AlarmSettings(datapoints_to_alarm=2)}, "datapoints_to_alarm: 2"),
        ({"metric": MonitorMetric("n", "feature_non_null_größe", DIMENSIONS)}, "ASCII"),
        ({"metric": MonitorMetric("n", "m", {str(number): "x" for number in range(31)})}, "dimensions: 31 given"),
        ({"name": "a\nb"}, "control character"),
        ({"actions": AlarmActions(["drift"])}, "alarm_actions: 'drift'"),
        ({"actions": AlarmActions([TOPIC] * 6)}, "alarm_actions: 6 given; allowed are 0 to 5"),
    ],
)
def test_what_cloudwatch_refuses_beyond_its_model(changed: dict[str, Any], message: str) -> None:
    import dataclasses

    with pytest.raises(ValueError, match=message):
        put_metric_alarm(dataclasses.replace(ALARM, **changed))


@pytest.mark.parametrize("batch", [False, True])
def test_namespaces_are_those_we_publish_in(batch: bool) -> None:
    from datetime import UTC, datetime

    context = data.MetricContext(None if batch else "e", "s", datetime(2026, 1, 1, tzinfo=UTC))
    published = {
        "DataQuality": data.data_metrics_namespace(context),
        "ModelQuality": quality.model_metrics_namespace(context),
        "ModelBias": bias.namespace(context),
        "ModelExplainability": attribution.BATCH_NAMESPACE if batch else attribution.ENDPOINT_NAMESPACE,
    }

    assert {kind: metrics_namespace(kind, batch=batch) for kind in published} == published


@pytest.mark.parametrize(
    ("kind", "dimensions", "batch", "message"),
    [
        ("DataQuality", {"MonitoringSchedule": "churn"}, False, "Endpoint missing.*Give endpoint_name"),
        ("DataQuality", {"Endpoint": "e"}, False, "MonitoringSchedule missing.*Give monitoring_schedule_name"),
        ("DataQuality", {"Endpoint": "", "MonitoringSchedule": "churn"}, False, "never leaves INSUFFICIENT_DATA"),
        ("DataQuality", {}, True, "MonitoringSchedule missing"),
        ("DataQuality", DIMENSIONS, True, "no such dimension"),
        ("ModelBias", DIMENSIONS, False, "BiasStage, Label, LabelValue, Facet, FacetValue missing.*baseline_uri"),
        ("ModelExplainability", DIMENSIONS, False, "ExplainabilityMethod, Label, ValueType missing"),
    ],
)
def test_missing_dimensions_are_refused(kind: Any, dimensions: dict[str, str], batch: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_dimensions(kind, dimensions, batch=batch)


def test_a_composite_alarm_watches_its_children() -> None:
    (call,) = composite_calls("churn-drift", ["a", "b"], actions=AlarmActions([TOPIC]))

    assert call.parameters["AlarmRule"] == 'ALARM("a") OR ALARM("b")'
    assert call.parameters["AlarmActions"] == [TOPIC]
    assert list(required(shape("PutCompositeAlarm"), call.parameters)) == []


@pytest.mark.parametrize(("children", "width", "calls"), [(100, 20, 1), (101, 20, 3), (90, 250, 4), (3000, 40, 31)])
def test_many_children_are_grouped(children: int, width: int, calls: int) -> None:
    names = [f"n{number:0{width - 1}d}" for number in range(children)]

    result = composite_calls("churn-drift", names, actions=AlarmActions([TOPIC]))

    assert len(result) == calls
    assert result[-1].parameters["AlarmName"] == "churn-drift"
    assert [bool(call.parameters["AlarmActions"]) for call in result] == [False] * (calls - 1) + [True]
    assert max(len(call.parameters["AlarmRule"]) for call in result) <= 10_240
    assert max(call.parameters["AlarmRule"].count("ALARM(") for call in result) <= 100
    assert sum(_leaves(call, names) for call in result) == children


def _leaves(call: ApiCall, names: list[str]) -> int:
    known = set(names)
    return sum(part in known for part in call.parameters["AlarmRule"].split('"'))


@pytest.mark.parametrize(
    ("name", "children", "message"),
    [
        ("a", [], "children: 0"),
        ('a"b', ["c"], "quote"),
        ("a", ["c"] * 10_001, "children: 10001"),
        ("", ["c"], "alarm_name"),
    ],
)
def test_what_fits_no_rule_is_refused(name: str, children: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        composite_calls(name, children)


def test_names_of_children_are_deterministic_and_tell_them_apart() -> None:
    subjects = ["age", 'a"ge', "a\\ge", "x" * 300, "x" * 301]

    names = [child_name("churn-drift", subject) for subject in subjects]

    assert names[0] == "churn-drift/age"
    assert names == [child_name("churn-drift", subject) for subject in subjects]
    assert len(set(names)) == len(subjects)
    assert max(map(len, names)) <= 255
    assert all(is_child("churn-drift", name) for name in names)
    assert not is_child("churn-drift", "churn-drift-2/age")


def test_one_composite_alarm_per_deletion() -> None:
    result = deletion_batches(["top", "group"], [str(number) for number in range(150)])

    assert [len(batch) for batch in result] == [1, 1, 100, 50]
