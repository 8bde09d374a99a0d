"""Waits for alarms in a queue of the local AWS, and asks guards about each."""

from __future__ import annotations

import os

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, AssetWatcher

from airflow_model_monitor.guards import CoolDown, IgnoreRepeats, OneAtATime
from airflow_model_monitor.operators.record_retraining import RecordRetrainingOperator
from airflow_model_monitor.operators.retraining_guard import RetrainingGuardOperator
from airflow_model_monitor.triggers.alarm_message import AlarmMessageTrigger

LEDGER = f"{os.environ['MODEL_MONITOR_DEMO']}/alarm-ledger"
QUEUE = "http://local-aws/123456789012/system-test-alarms"
ALARMS = Asset(
    "system-test-alarms",
    watchers=[
        AssetWatcher(
            name="queue",
            trigger=AlarmMessageTrigger(
                queue_url=QUEUE, alarm_name_prefix="churn-", aws_conn_id="local_aws", poll_interval=1
            ),
        )
    ],
)

with DAG("on_alarm", schedule=[ALARMS], catchup=False, max_active_runs=1):
    guard = RetrainingGuardOperator(
        task_id="guard", ledger_uri=LEDGER, guards=[IgnoreRepeats(), CoolDown(hours=24), OneAtATime()]
    )
    finished = RecordRetrainingOperator(task_id="finished", ledger_uri=LEDGER, outcome="finished")
    guard >> EmptyOperator(task_id="retrain") >> finished
