from __future__ import annotations

import json
from datetime import UTC, datetime
from math import inf, nan

from airflow_model_monitor.analysis.metric_records import MetricContext
from airflow_model_monitor.analysis.model_quality.metric_records import metric_records, model_metrics_namespace
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.model_quality_statistics import Metric, ModelQualityStatistics

WINDOW = datetime(2013, 6, 24, tzinfo=UTC)
ENDPOINT = MetricContext("flights", "hourly", WINDOW)
BATCH = MetricContext(None, "hourly", WINDOW)
BINARY = ModelQualityStatistics("BinaryClassification", 9, {"recall": Metric(0.5, 0.1), "au_prc": Metric(0.75)})


def test_one_record_per_number():
    recall, au_prc, violations = metric_records(BINARY, 2, ENDPOINT)

    assert json.loads(recall.to_json_line()) == {
        "MetricName": "recall",
        "Timestamp": "2013-06-24T00:00:00Z",
        "Dimensions": [
            {"Name": "Endpoint", "Value": "flights"},
            {"Name": "MonitoringSchedule", "Value": "hourly"},
        ],
        "Value": 0.5,
        "Unit": "None",
    }
    assert (au_prc.metric_name, au_prc.value) == ("au_prc", 0.75)
    assert (violations.metric_name, violations.value) == ("total_number_of_violations", 2.0)


def test_before_2023():
    records = metric_records(BINARY, 2, ENDPOINT, generation=Generation.G2020)

    assert [record.metric_name for record in records] == ["recall"]


def test_a_batch_has_no_endpoint_and_a_namespace_of_its_own():
    (record,) = metric_records(BINARY, None, BATCH, generation=Generation.G2020)

    assert dict(record.dimensions) == {"MonitoringSchedule": "hourly"}
    assert model_metrics_namespace(BATCH) == "aws/sagemaker/ModelMonitoring/model-metrics"
    assert model_metrics_namespace(ENDPOINT) == "aws/sagemaker/Endpoints/model-metrics"


def test_what_cloudwatch_cannot_take_is_left_out():
    statistics = ModelQualityStatistics("Regression", 9, {"mae": Metric(inf), "mse": Metric(1.0), "r2": Metric(nan)})

    assert [record.metric_name for record in metric_records(statistics, None, ENDPOINT)] == ["mse"]
