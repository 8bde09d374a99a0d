"""The demonstration's labels: when they come, and that none comes twice or is left out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from demo import labels
from demo.departures import Departures

COUNT = 2000
START = np.datetime64("2013-06-24T00:00:00")


@pytest.fixture
def departures() -> Departures:
    delays = np.where(np.arange(COUNT) % 50 == 0, np.nan, np.arange(COUNT) % 40)
    numbers = np.arange(COUNT)
    return Departures(
        scheduled=START + (numbers * 300).astype("timedelta64[s]"),
        month=np.full(COUNT, 6),
        dep_delay=delays,
        arr_delay=delays,
        distance=numbers,
        hour=numbers % 24,
        carrier=np.full(COUNT, "UA"),
        flight=numbers,
        origin=np.full(COUNT, "EWR"),
    )


def delivered(root: Path) -> dict[str, tuple[datetime, str]]:
    """By inference id: the hour folder its label lies in, and the label."""
    found: dict[str, tuple[datetime, str]] = {}
    for path in sorted(root.glob("2*/**/*.jsonl")):
        hour = datetime.strptime("/".join(path.parts[-5:-1]), "%Y/%m/%d/%H")  # noqa: DTZ007
        for text in path.read_text().splitlines():
            record = json.loads(text)
            assert record["eventMetadata"]["eventId"] not in found
            found[record["eventMetadata"]["eventId"]] = hour, record["groundTruthData"]["data"]
    return found


def test_every_arrival_gets_its_label_once(departures: Departures, tmp_path: Path) -> None:
    in_time = labels.punctual(departures)
    first = labels.deliver(tmp_path, departures[in_time], in_time[in_time])
    second = labels.deliver(tmp_path, departures[~in_time], in_time[~in_time])

    found = delivered(tmp_path)
    known = departures[departures.arrived]
    assert first + second == len(found) == len(known)
    assert {name: label for name, (_, label) in found.items()} == dict(
        zip(known.inference_ids(), np.where(known.late, "1", "0").tolist())
    )


def test_most_come_the_morning_after_and_the_rest_within_three_weeks(departures: Departures, tmp_path: Path) -> None:
    in_time = labels.punctual(departures)
    labels.deliver(tmp_path, departures, in_time)

    found = delivered(tmp_path)
    asked = dict(zip(departures.inference_ids(), departures.scheduled.astype(object).tolist()))
    waits = [hour - asked[name] for name, (hour, _) in found.items()]
    prompt = [wait for wait in waits if wait < timedelta(hours=31)]
    assert 0.87 < len(prompt) / len(waits) < 0.93
    assert all(timedelta(days=6) < wait < timedelta(days=22) for wait in waits if wait not in prompt)
