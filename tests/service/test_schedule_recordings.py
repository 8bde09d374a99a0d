"""Our calls against recordings of what AWS's own SDK did with schedules (fixed clock, region us-west-2).

The recordings are of its version 2; version 3 sends the same but for ``AppManaged``, which no call here has. What is
not compared: downloads of baseline files (only the address is sent) and looking for a default bucket.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_model_monitor.service.api_call import ApiCall
from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from tests.service.schedule_scenarios import BASELINES, CALLS, CREATED, HOURLY, local_scripts

#: Defect 1 of AWS's SDK (aws-api.md 2.3): the cron that an update does not repeat is lost. Ours keeps it.
LOSES_THE_CRON = ("mq_update_resources", "mb_update_resources", "me_update_resources")
NOT_RECORDED = ("dq_stop_start", "mq_update_resources_and_cron")


def recorded(recordings: Path, name: str) -> list[ApiCall]:
    """SageMaker's calls in a recording, except baselining jobs."""
    calls = json.loads((recordings / f"{name}.json").read_text())["calls"]
    found = [ApiCall(call["operation"], call["api_params"]) for call in calls if call["service"] == "sagemaker"]
    return [call for call in found if call.operation != "CreateProcessingJob"]


@pytest.mark.parametrize("name", sorted(set(CALLS) - set(LOSES_THE_CRON) - set(NOT_RECORDED)))
def test_calls_are_the_recorded_ones(recordings: Path, name: str) -> None:
    assert CALLS[name] == recorded(recordings, name)


def test_local_scripts_are_read_from_where_they_are_uploaded(recordings: Path, tmp_path: Path) -> None:
    assert local_scripts(tmp_path) == recorded(recordings, "dq_schedule_local_scripts")


@pytest.mark.parametrize("name", LOSES_THE_CRON)
def test_an_update_keeps_the_cron_that_awss_sdk_loses(recordings: Path, name: str) -> None:
    theirs = recorded(recordings, name)
    (update,) = (call for call in theirs if call.operation == "UpdateMonitoringSchedule")
    assert "ScheduleConfig" not in update.parameters["MonitoringScheduleConfig"]
    update.parameters["MonitoringScheduleConfig"]["ScheduleConfig"] = HOURLY.to_api()
    assert CALLS[name] == theirs


def test_every_recording_of_a_schedule_is_compared(recordings: Path) -> None:
    jobs_only = {
        path.stem for path in recordings.glob("*.json") if "_baseline" in path.stem and "_after_" not in path.stem
    } | {path.stem for path in recordings.glob("ondemand_*.json")}
    there = {path.stem for path in recordings.glob("*.json")} - jobs_only
    assert there == (set(CALLS) | {"dq_schedule_local_scripts"}) - set(NOT_RECORDED)


@pytest.mark.parametrize("name", sorted(set(CREATED) - {"byoc_schedule"}))
def test_a_recorded_monitor_reads_back(recordings: Path, name: str) -> None:
    made, scheduled, *_ = recorded(recordings, name)
    assert JobDefinition.from_api(made.parameters).to_api() == made.parameters
    assert MonitoringSchedule.from_api(scheduled.parameters).to_api() == scheduled.parameters


def test_a_recorded_container_of_ones_own_reads_back(recordings: Path) -> None:
    (scheduled,) = recorded(recordings, "byoc_schedule")
    assert MonitoringSchedule.from_api(scheduled.parameters).to_api() == scheduled.parameters


def test_nothing_in_them_differs_between_the_sdks(recordings: Path) -> None:
    assert all("AppManaged" not in json.dumps(call) for name in CREATED for call in recorded(recordings, name))


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_before_a_schedule_is_the_recorded_one(recordings: Path, name: str) -> None:
    calls = json.loads((recordings / f"{name}.json").read_text())["calls"]
    (call,) = (call for call in calls if call["operation"] == "CreateProcessingJob")
    assert BASELINES[name].to_api(app_managed=False) == call["api_params"]
