from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from airflow_model_monitor.contract.metric_record import MetricRecord, StatisticValues

MOMENT = datetime(2024, 3, 24, 13, tzinfo=UTC)
DIMENSIONS = {"Endpoint": "churn", "MonitoringSchedule": "hourly"}


def test_value() -> None:
    line = MetricRecord("feature_non_null_age", MOMENT, DIMENSIONS, value=0.5).to_json_line()
    assert json.loads(line) == {
        "MetricName": "feature_non_null_age",
        "Timestamp": "2024-03-24T13:00:00Z",
        "Dimensions": [{"Name": "Endpoint", "Value": "churn"}, {"Name": "MonitoringSchedule", "Value": "hourly"}],
        "Value": 0.5,
        "Unit": "None",
    }


def test_statistic_values() -> None:
    record = MetricRecord("feature_data_age", MOMENT, {}, statistic_values=StatisticValues(2.0, 3.0, 1.0, 2.0))
    expected = {"SampleCount": 2.0, "Sum": 3.0, "Minimum": 1.0, "Maximum": 2.0}
    assert json.loads(record.to_json_line())["StatisticValues"] == expected
    assert record.to_api()["Timestamp"] == MOMENT


@pytest.mark.parametrize("values", [{}, {"value": 1.0, "statistic_values": StatisticValues(1.0, 1.0, 1.0, 1.0)}])
def test_exactly_one_kind_of_value(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="either a value or statistic values"):
        MetricRecord("m", MOMENT, {}, **values)


def test_what_cloudwatch_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        MetricRecord("m", MOMENT, {}, value=float("nan")).to_json_line()
