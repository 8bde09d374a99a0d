"""The message is short, and says what, since when, how much and where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_model_monitor.contract.alarm_message import parse_alarm_message
from airflow_model_monitor.contract.clarify_violations import (
    AttributionViolation,
    BiasViolation,
    ClarifyViolations,
    attribution_drift_description,
    bias_drift_description,
)
from airflow_model_monitor.contract.execution import Execution, Window
from airflow_model_monitor.contract.violations import ConstraintViolations, Violation
from airflow_model_monitor.report.drift_message import alarm_message, drift_message
from tests.contract.test_alarm_message import NOTIFICATION
from tests.golden_folder import golden_folder

START = datetime(2026, 6, 15, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


def execution(kind: Any, violations: int, **changed: Any) -> Execution:
    return Execution(
        monitor_type=kind,
        status="CompletedWithViolations",
        exit_message="CompletedWithViolations",
        compatibility="corrected",
        monitor="churn",
        endpoint="churn-endpoint",
        window=Window(START, START + HOUR),
        rows=400,
        violations=violations,
        **changed,
    )


def drift(name: str) -> Violation:
    text = "Baseline drift distance: 0.4217391304347826 exceeds threshold: 0.1"
    return Violation(name, "baseline_drift_check", text)


def test_data_quality() -> None:
    found = ConstraintViolations((drift("age"), Violation("fee", "completeness_check", "Expected: 100.0%.")))

    result = drift_message(
        execution("DataQuality", 2),
        found.to_json(),
        since=Window(START - 2 * HOUR, START - HOUR),
        windows=3,
        report="https://airflow/report",
        files="s3://b/out",
    )

    assert result.subject == "churn: 2 violations of data quality: age: drift 0.4217, threshold 0.1"
    assert result.text == (
        "Monitor churn, endpoint churn-endpoint: 2 violations of data quality\n"
        "Window 2026-06-15 11:00 to 12:00 UTC, 400 rows\n"
        "In violation since 2026-06-15 09:00 UTC, the 3rd window in a row\n"
        "\n"
        "* age: drift 0.4217, threshold 0.1\n"
        "* fee: Expected: 100.0%.\n"
        "\n"
        "Report: https://airflow/report\n"
        "Files: s3://b/out"
    )


def test_forty_features_are_five_lines_and_a_number() -> None:
    found = ConstraintViolations(tuple(drift(f"f{number}") for number in range(40)))

    result = drift_message(execution("DataQuality", 40), found.to_json())

    assert result.text.count("\n* ") == 6
    assert "* and 35 more" in result.text


def test_model_quality_of_a_real_run() -> None:
    path = golden_folder() / "model-quality" / "churn-2021-05-26" / "constraint_violations.json"

    result = drift_message(execution("ModelQuality", 1), path.read_bytes())

    assert "* auc: 0.5154, threshold 0.9395" in result.text


def test_bias_and_attribution() -> None:
    bias = ClarifyViolations((BiasViolation("sex", "1", "DPL", bias_drift_description(0.31, -0.12345678)),))
    attribution = ClarifyViolations((AttributionViolation("label0", attribution_drift_description(0.7323, 0.9)),))

    results = [
        drift_message(execution("ModelBias", 1), bias.to_json()),
        drift_message(execution("ModelExplainability", 1), attribution.to_json()),
    ]

    assert "* DPL of sex=1: 0.31, baseline -0.1235" in results[0].text
    assert "* attribution for label0: NDCG 0.7323, threshold 0.9" in results[1].text


def test_without_the_file_the_counts_are_told() -> None:
    result = drift_message(execution("DataQuality", 3, violations_by_check={"baseline_drift_check": 3}), None)

    assert "* 3 baseline_drift_check" in result.text


def test_a_subject_is_what_sns_takes() -> None:
    found = ConstraintViolations((drift("größe\n" + "x" * 200),))

    subject = drift_message(execution("DataQuality", 1), found.to_json()).subject

    assert len(subject) < 100
    assert subject.isascii()
    assert "gr??e" in subject.replace("ö", "?").replace("ß", "?")
    assert "\n" not in subject


@pytest.mark.parametrize(("number", "text"), [(2, "2nd"), (11, "11th"), (23, "23rd"), (101, "101st")])
def test_rows_of_windows(number: int, text: str) -> None:
    assert f"the {text} window in a row" in drift_message(execution("DataQuality", 1), None, windows=number).text


def test_an_alarm() -> None:
    import json

    alarm = parse_alarm_message(json.dumps(NOTIFICATION)).to_document()  # type: ignore[union-attr]

    result = alarm_message(alarm)

    assert result.subject == "ALARM: churn-drift"
    assert result.text.splitlines() == [
        "Alarm churn-drift is ALARM: monitor churn, endpoint churn-endpoint",
        "Since 2026-11-22 18:05 UTC",
        "Metric feature_baseline_drift_age, threshold 0.1",
        "Threshold Crossed",
    ]
