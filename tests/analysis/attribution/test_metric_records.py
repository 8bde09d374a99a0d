"""Metrics of an explanation as CloudWatch takes them."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow_model_monitor.analysis.attribution.metric_records import metric_records
from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.contract.explanations import Explanations, LabelExplanation

START = datetime(2026, 7, 1, tzinfo=UTC)
FOUND = Explanations({"label0": LabelExplanation({"Age": 0.06, "Hours per week": 0.04}, 0.25)})


def test_features_then_the_expected_value():
    records = metric_records(FOUND, MetricContext("flights", "hourly", START))

    assert [(record.metric_name, record.value) for record in records] == [
        ("feature_Age", 0.06),
        ("feature_Hours per week", 0.04),
        ("ExpectedValue", 0.25),
    ]
    assert records[0].dimensions == {
        "Endpoint": "flights",
        "MonitoringSchedule": "hourly",
        "ExplainabilityMethod": "KernelShap",
        "Label": "label0",
        "ValueType": "GlobalShapValues",
    }
    assert records[-1].dimensions["ValueType"] == "ExpectedValue"
    assert {record.timestamp for record in records} == {START}


def test_a_batch_monitor_has_no_endpoint():
    records = metric_records(FOUND, MetricContext(None, "hourly", START))

    assert "Endpoint" not in records[0].dimensions
