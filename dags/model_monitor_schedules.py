"""When the example DAGs run: every window, when training data arrive, or when something was found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, AssetWatcher
from airflow.timetables.interval import CronDataIntervalTimetable
from model_monitor_monitors import MONITORS
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.assets.monitor import violations_asset

#: A worker or a scheduler may die; every task may be repeated.
RETRIED = {"retries": 2, "retry_delay": timedelta(seconds=20)}
#: One DAG run per window; named, because a plain cron string gives runs an empty interval in Airflow 3.
EVERY_WINDOW = CronDataIntervalTimetable(S.windows.schedule, timezone="UTC")
WINDOWED: dict[str, Any] = {
    "start_date": S.windows.start,
    "end_date": S.windows.end,
    "catchup": False,
    "default_args": RETRIED,
    "tags": ["model-monitor", "example"],
}
TRAINING_DATA = Asset("model-monitor-training-data", uri=f"model-monitor-training://{S.name}/rows")

#: What may be a reason to retrain: violations, and alarms where a queue is named.
FINDINGS: Any = violations_asset(MONITORS["DataQuality"]) | violations_asset(MONITORS["ModelQuality"])
if S.alarm and S.alarm.queue_url:
    from airflow_model_monitor.triggers.alarm_message import AlarmMessageTrigger

    ALARMS = Asset(
        "model-monitor-alarms",
        watchers=[
            AssetWatcher("queue", AlarmMessageTrigger(queue_url=S.alarm.queue_url, aws_conn_id=S.connection)),
        ],
    )
    FINDINGS = FINDINGS | ALARMS
