from __future__ import annotations

from pathlib import Path

from tests.local_aws import LocalAwsProcess


def test_it_answers_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    with LocalAwsProcess(data=tmp_path / "data") as aws:
        assert aws.sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []
        assert aws.get("/_model_monitor/clock") == {"now": "2026-01-01T00:00:00Z", "simulated": True}
        assert aws.url.startswith("http://127.0.0.1:")
        assert aws.stop() == 0


def test_a_simulated_clock_goes_on_where_it_stood(tmp_path: Path) -> None:
    with LocalAwsProcess(data=tmp_path / "data") as aws:
        aws.advance("P1DT2H")
        aws.kill()
    with LocalAwsProcess(data=tmp_path / "data", clock=None) as aws:
        assert aws.get("/_model_monitor/clock")["now"] == "2026-01-02T02:00:00Z"
