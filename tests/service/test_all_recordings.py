"""Every recorded scenario of AWS's SDK is reproduced by our builders: here is where each is compared."""

from __future__ import annotations

from pathlib import Path

from tests.service import schedule_scenarios, test_recordings, test_requests_clarify, test_schedule_recordings

COMPARED = {
    "test_recordings": set(test_recordings.REQUESTS),
    "test_requests_clarify": set(test_requests_clarify.BASELINES),
    "test_schedule_recordings": {
        *(set(schedule_scenarios.CALLS) - set(test_schedule_recordings.NOT_RECORDED)),
        *schedule_scenarios.BASELINES,
        "dq_schedule_local_scripts",
    },
}


def test_no_recording_is_left_out(recordings: Path) -> None:
    assert {path.stem for path in recordings.glob("*.json")} - set().union(*COMPARED.values()) == set()
