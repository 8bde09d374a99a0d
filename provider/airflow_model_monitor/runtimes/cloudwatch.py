"""Metric records on their way to Amazon CloudWatch, in the batches ``PutMetricData`` takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

MAX_RECORDS = 1000
MAX_BYTES = 1_000_000
# A record in the query protocol's form spells each member's path out and escapes it: about three times the JSON.
_BYTES_PER_JSON_BYTE = 3
_REQUEST_BYTES = 1_000
_PAST = timedelta(days=14)
_FUTURE = timedelta(hours=2)
_LONGEST_NAME = 255


class Clients(Protocol):
    """Whatever makes boto3 clients: a ``boto3.Session``, or ``ModelMonitorHook``."""

    def client(self, service_name: str) -> Any: ...


def publish_metrics(
    records: Iterable[Mapping[str, Any]], *, namespace: str, clients: Clients, now: datetime | None = None
) -> tuple[int, int]:
    """Send metric records to CloudWatch.

    CloudWatch refuses records older than two weeks or more than two hours ahead, and one refused record refuses its
    whole batch. A backfill over history is the normal case here, so such records are left out and counted; so are names
    of other than 1 to 255 ASCII characters (a feature's name is part of them).

    :param records: as in ``cloudwatch_metrics.jsonl``, ``Timestamp`` as text
    :param namespace: CloudWatch namespace
    :param clients: makes the ``cloudwatch`` client
    :param now: the present; the clock's when None
    :returns: numbers of records sent and left out
    """
    present = now or datetime.now(UTC)
    accepted: list[dict[str, Any]] = []
    skipped = 0
    for record in records:
        moment = datetime.fromisoformat(record["Timestamp"])
        name = record["MetricName"]
        if present - _PAST < moment < present + _FUTURE and name.isascii() and 1 <= len(name) <= _LONGEST_NAME:
            accepted.append({**record, "Timestamp": moment})
        else:
            skipped += 1
    if accepted:
        cloudwatch = clients.client("cloudwatch")
        for batch in batches(accepted):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=batch)
    return len(accepted), skipped


def batches(records: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The records in order, in batches of at most 1000 and about a megabyte as sent."""
    batch: list[dict[str, Any]] = []
    size = _REQUEST_BYTES
    for record in records:
        one = len(json.dumps(record, default=str)) * _BYTES_PER_JSON_BYTE
        if batch and (len(batch) == MAX_RECORDS or size + one > MAX_BYTES):
            yield batch
            batch, size = [], _REQUEST_BYTES
        batch.append(record)
        size += one
    if batch:
        yield batch
