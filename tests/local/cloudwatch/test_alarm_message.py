"""What an alarm says, beside recorded messages."""

from __future__ import annotations

import json
from typing import Any

from airflow_model_monitor.local.cloudwatch.alarm_message import event_detail, region_name, sns_message, subject
from tests.golden_folder import golden_folder
from tests.local.cloudwatch.book import Kept, hours


def raised() -> Kept:
    kept = Kept()
    kept.put(TreatMissingData="notBreaching")
    kept.publish(0.42, hours(0.5))
    return kept


def shape(document: Any) -> Any:
    """Keys in order, and the kinds of values; what may be null or text counts as either."""
    if isinstance(document, dict):
        return [(key, shape(value)) for key, value in document.items()]
    if isinstance(document, list):
        return "list"
    return "text" if document is None or isinstance(document, str) else "number"


def test_the_message_has_the_shape_of_a_real_one() -> None:
    recorded = json.loads((golden_folder() / "service-jobs" / "cloudwatch-alarm-sqs-raw-delivery.json").read_text())
    assert shape(sns_message(raised().announced[-1])) == shape(json.loads(recorded["Body"]))


def test_the_message_says_what_happened() -> None:
    kept = raised()
    message = sns_message(kept.announced[-1])
    assert message["NewStateReason"] == (
        "Threshold Crossed: 1 datapoint [0.42 (28/02/26 23:31:00)] was greater than the threshold (0.1)."
    )
    assert (message["StateChangeTime"], message["Region"]) == ("2026-03-01T00:30:00.000+0000", "US West (Oregon)")
    assert message["Trigger"]["Statistic"] == "MAXIMUM"
    assert message["Trigger"]["Dimensions"] == [
        {"value": "e", "name": "Endpoint"},
        {"value": "s", "name": "MonitoringSchedule"},
    ]
    assert subject(kept.announced[-1]) == 'ALARM: "drifts" in US West (Oregon)'


def test_a_composite_alarm_names_its_children() -> None:
    kept = Kept()
    kept.put("a")
    kept.book.put_composite_alarm({"AlarmName": "any", "AlarmRule": "ALARM(a)"}, hours(0))
    kept.publish(0.42, hours(0.5))
    message = sns_message(kept.announced[-1])
    assert (message["AlarmName"], message["AlarmRule"]) == ("any", "ALARM(a)")
    assert message["TriggeringChildren"] == [
        {
            "Arn": "arn:aws:cloudwatch:us-west-2:123456789012:alarm:a",
            "State": {"Value": "ALARM", "Timestamp": "2026-03-01T00:30:00.000+0000"},
        }
    ]
    assert "Trigger" not in message


def test_the_event_for_eventbridge() -> None:
    detail = event_detail(raised().announced[-1])
    assert (detail["alarmName"], detail["state"]["value"], detail["previousState"]["value"]) == (
        "drifts", "ALARM", "OK",
    )  # fmt: skip
    data = json.loads(detail["state"]["reasonData"])
    assert (data["recentDatapoints"], data["threshold"], data["statistic"]) == ([0.42], 0.1, "Maximum")
    stat = detail["configuration"]["metrics"][0]["metricStat"]
    assert stat["metric"]["dimensions"] == {"Endpoint": "e", "MonitoringSchedule": "s"}
    assert (stat["period"], stat["stat"]) == (3600, "Maximum")


def test_regions_are_called_as_in_messages() -> None:
    assert [region_name(one) for one in ("ap-northeast-1", "eu-west-1", "us-east-1", "mars-1")] == [
        "Asia Pacific (Tokyo)", "EU (Ireland)", "US East (N. Virginia)", "mars-1",
    ]  # fmt: skip
