"""Operators refuse, while the DAG is parsed, what could only fail at night."""

from __future__ import annotations

import importlib
import inspect
import json
from typing import Any

import pytest
from airflow.sdk import BaseOperator

from airflow_model_monitor.assets import baseline_asset, violations_asset
from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.operators.log_stream import LogStream
from airflow_model_monitor.operators.run_monitoring import RunMonitoringOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator
from airflow_model_monitor.provider_info import get_provider_info

MONITOR = {
    "task_id": "monitor",
    "monitoring_schedule_name": "churn",
    "endpoint_name": "churn-endpoint",
    "captured_data_uri": "s3://bucket/capture",
    "baseline_uri": "s3://bucket/baseline",
    "output_uri": "s3://bucket/reports",
}
BASELINE = {
    "task_id": "suggest",
    "monitoring_schedule_name": "churn",
    "dataset": "s3://bucket/train.csv",
    "dataset_format": {"csv": {"header": True}},
    "baseline_uri": "s3://bucket/baseline",
}


def operator_classes() -> list[type[BaseOperator]]:
    info = get_provider_info()
    modules = [name for kind in ("operators", "sensors") for group in info[kind] for name in group["python-modules"]]
    return [
        value
        for module in map(importlib.import_module, modules)
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, BaseOperator) and value.__module__ == module.__name__
    ]


@pytest.mark.parametrize("operator", operator_classes())
def test_template_fields_are_constructor_arguments(operator: type[BaseOperator]) -> None:
    known: set[str] = set()
    for one in operator.__mro__:
        if one is not BaseOperator and "__init__" in vars(one):
            known |= set(inspect.signature(one.__init__).parameters)

    assert set(operator.template_fields) <= known
    assert set(operator.template_fields_renderers) <= set(operator.template_fields)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"monitoring_schedule_name": "churn_v2"}, "monitoring_schedule_name"),
        ({"monitoring_schedule_name": "{{ params.monitor }}"}, "fixed when the DAG is parsed"),
        ({"on_violation": "ignore"}, "on_violation='ignore': expected one of 'continue', 'fail', 'skip'"),
        ({"on_no_data": "continue"}, "on_no_data"),
        ({"compatibility": "aws"}, "compatibility='aws': expected one of 'sagemaker', 'corrected'"),
        ({"runtime": "spark"}, "runtime"),
        ({"monitoring_type": "ModelDrift"}, "monitoring_type='ModelDrift': expected one of 'DataQuality'"),
        ({"exact_rows": -1}, "exact_rows=-1"),
        ({"dataset_uri": "s3://bucket/data"}, "exactly one of them"),
        ({"captured_data_uri": None}, "exactly one of them"),
        ({"endpoint_name": None}, "give endpoint_name"),
        ({"captured_data_uri": None, "dataset_uri": "s3://bucket/data"}, "dataset_format=None"),
        ({"window_end": "2026-01-02T03:00:00Z"}, "without window_start"),
        ({"record_preprocessor_script": "s3://bucket/p.py"}, "enable_scripts=True"),
    ],
)
def test_refuses_by_name_and_value(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunMonitoringOperator(**{**MONITOR, **changed})


def test_outlets_are_declared_at_parse_time_and_once() -> None:
    mine = violations_asset("churn")

    assert RunMonitoringOperator(**MONITOR).outlets == [mine]
    assert RunMonitoringOperator(**MONITOR, outlets=[mine]).outlets == [mine]
    assert SuggestBaselineOperator(**BASELINE).outlets == [baseline_asset("churn")]


@pytest.mark.parametrize(
    "given",
    [
        Csv(header=True),
        {"csv": {"header": True, "output_columns_position": "START"}},
        '{"csv": {"header": true, "output_columns_position": "START"}}',
    ],
)
def test_dataset_format_may_be_an_object_a_mapping_or_text(given: Any) -> None:
    request = SuggestBaselineOperator(**{**BASELINE, "dataset_format": given}).request()

    assert request.environment["dataset_format"] == '{"csv": {"header": true, "output_columns_position": "START"}}'


def test_the_request_carries_our_engines_settings() -> None:
    operator = SuggestBaselineOperator(**BASELINE, exact_rows=7, report=False, environment={"memory_limit": "1GB"})

    environment = operator.request().environment

    assert environment["compatibility"] == "corrected"
    assert environment["exact_rows"] == "7"
    assert environment["report_enabled"] == "false"
    assert environment["memory_limit"] == "1GB"
    json.dumps(dict(environment))


def test_a_jobs_lines_become_log_lines() -> None:
    lines: list[str] = []

    with LogStream(lambda form, line: lines.append(form % line)) as stream:
        stream.write("1 rows\n2 ro")
        stream.write("ws\n\nthe last 100% line")
        assert not stream.isatty()

    assert lines == ["1 rows", "2 rows", "the last 100% line"]
