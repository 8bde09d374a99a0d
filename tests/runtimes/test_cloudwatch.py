from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_model_monitor.runtimes.cloudwatch import MAX_BYTES, MAX_RECORDS, batches, publish_metrics

NOW = datetime(2026, 1, 20, tzinfo=UTC)


class Recorder:
    """A client that remembers what it was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def client(self, service_name: str) -> Recorder:
        assert service_name == "cloudwatch"
        return self

    def put_metric_data(self, **request: Any) -> None:
        self.sent.append(request)


def record(name: str = "m", age: timedelta = timedelta(hours=1)) -> dict[str, Any]:
    return {"MetricName": name, "Timestamp": (NOW - age).isoformat(), "Dimensions": [], "Value": 1.0}


def test_batches_hold_at_most_a_thousand_records() -> None:
    assert [len(batch) for batch in batches([record()] * 2500)] == [MAX_RECORDS, MAX_RECORDS, 500]


def test_batches_hold_at_most_a_megabyte() -> None:
    result = list(batches([record("m" * 10_000)] * 100))
    assert sum(map(len, result)) == 100
    assert all(len(str(batch)) < MAX_BYTES for batch in result)
    assert len(result) == 4


def test_what_cloudwatch_refuses_is_left_out_and_counted() -> None:
    clients = Recorder()
    records = [
        record(),
        record(age=timedelta(days=15)),
        record(age=-timedelta(hours=3)),
        record("größe"),
        record("x" * 256),
    ]
    assert publish_metrics(records, namespace="n", clients=clients, now=NOW) == (1, 4)
    (request,) = clients.sent
    assert request["Namespace"] == "n"
    assert request["MetricData"][0]["Timestamp"] == NOW - timedelta(hours=1)


def test_nothing_to_send_makes_no_client() -> None:
    assert publish_metrics([], namespace="n", clients=None, now=NOW) == (0, 0)  # type: ignore[arg-type]
