from __future__ import annotations

import json
from datetime import UTC, datetime
from math import inf

from airflow_model_monitor.analysis.drift.feature_drift import FeatureDrift
from airflow_model_monitor.analysis.metric_records import MetricContext, metric_records
from airflow_model_monitor.contract.constraints import Constraints, FeatureConstraints
from airflow_model_monitor.contract.statistics import (
    Common,
    FeatureStatistics,
    NumericalStatistics,
    Statistics,
    StringStatistics,
)

CONTEXT = MetricContext("flights", "hourly", datetime(2013, 6, 24, tzinfo=UTC))
DELAY = FeatureStatistics("delay", "Fractional", NumericalStatistics(Common(3, 1), 2.0, 6.0, 0.8, 1.0, 3.0))
ORIGIN = FeatureStatistics("origin", "String", None, StringStatistics(Common(4, 0), 3.0))


def records(*features, drift=None, overrides=None):
    constraints = Constraints(
        tuple(FeatureConstraints(f.name, f.inferred_type, monitoring_config_overrides=overrides) for f in features)
    )
    return metric_records(Statistics(4, features), drift or {}, constraints, CONTEXT)


def test_a_numeric_feature_has_three_metrics():
    data, non_null, drift = records(DELAY, drift={"delay": FeatureDrift(0.25, 0.1)})

    assert json.loads(data.to_json_line()) == {
        "MetricName": "feature_data_delay",
        "Timestamp": "2013-06-24T00:00:00Z",
        "Dimensions": [
            {"Name": "Endpoint", "Value": "flights"},
            {"Name": "MonitoringSchedule", "Value": "hourly"},
        ],
        "StatisticValues": {"SampleCount": 3.0, "Sum": 6.0, "Minimum": 1.0, "Maximum": 3.0},
        "Unit": "None",
    }
    assert (non_null.metric_name, non_null.value) == ("feature_non_null_delay", 0.75)
    assert (drift.metric_name, drift.value) == ("feature_baseline_drift_delay", 0.25)


def test_a_text_has_no_values_to_sum_up():
    assert [record.metric_name for record in records(ORIGIN)] == ["feature_non_null_origin"]


def test_a_column_of_nulls_is_incomplete():
    (record,) = records(FeatureStatistics("u", "Unknown"))

    assert (record.metric_name, record.value) == ("feature_non_null_u", 0.0)


def test_emit_metrics_disabled():
    assert records(DELAY, overrides={"emit_metrics": "Disabled"}) == ()


def test_what_cloudwatch_cannot_take_is_left_out():
    endless = FeatureStatistics("x", "Fractional", NumericalStatistics(Common(4, 0), inf, inf, inf, 1.0, inf))

    names = [record.metric_name for record in records(endless, drift={"x": FeatureDrift(inf, 0.1)})]

    assert names == ["feature_non_null_x"]
