"""A drift alarm, or a monitor's violations, retrain the model: once, checked, approved, and with baselines of its own.

guards → labels → training on recent windows → champion against challenger on newer ones that neither has seen →
approval → deployment → re-baselining → monitoring goes on. A worse challenger ends at the comparison.
"""

from __future__ import annotations

from airflow.sdk import DAG
from model_monitor_approval import LEDGER, ask_for_approval, candidate
from model_monitor_deployment import put_in_service
from model_monitor_models import champion, train_challenger
from model_monitor_monitors import CONNECTED, MONITORS, executions_of
from model_monitor_schedules import FINDINGS, RETRIED
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.guards import CoolDown, IgnoreBackfills, IgnoreRepeats, MonthlyLimit, OneAtATime
from airflow_model_monitor.guards import ViolatedWindows as Violated
from airflow_model_monitor.operators.collect_labelled_windows import CollectLabelledWindowsOperator
from airflow_model_monitor.operators.compare_models import CompareModelsOperator
from airflow_model_monitor.operators.record_retraining import RecordRetrainingOperator
from airflow_model_monitor.operators.retraining_guard import RetrainingGuardOperator
from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor

R = S.retraining
START = "{{ ti.xcom_pull(task_ids='guards')['window']['start'] }}"
END = "{{ ti.xcom_pull(task_ids='guards')['window']['end'] }}"
LABELLED = {**executions_of("ModelQuality"), **CONNECTED}
DATASET = {"dataset_uri": f"{S.training}/windows", "headers": S.request.features, "label": S.label.name, "until": END}
MONITORED = {"monitor": MONITORS["DataQuality"], "endpoint_name": S.endpoint, "output_uri": S.executions}

with DAG(
    "retrain_on_drift",
    schedule=FINDINGS,
    catchup=False,
    default_args=RETRIED,
    max_active_runs=1,
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):
    guards = RetrainingGuardOperator(
        task_id="guards",
        guards=[
            IgnoreBackfills(),
            IgnoreRepeats(),
            OneAtATime(),
            Violated(at_least=R.at_least, of_the_last=R.of_the_last, checks=R.checks, **MONITORED),
            CoolDown(days=R.cool_down_days),
            MonthlyLimit(at_most=R.at_most_a_month),
        ],
        **LEDGER,
    )
    # Drift is known before the labels are.
    wait = {"deferrable": True, "poke_interval": 5, "timeout": 86400}
    labels = MonitoringExecutionSensor(task_id="labels", window_start=START, window_end=END, **wait, **LABELLED)
    recent = CollectLabelledWindowsOperator(
        task_id="recent_windows",
        windows=R.train_on,
        skip_newest=R.compare_on,
        captured_data_uri=S.captures,
        **DATASET,
        **LABELLED,
    )
    newest = CollectLabelledWindowsOperator(task_id="newest_windows", windows=R.compare_on, **DATASET, **LABELLED)
    serving = champion()
    challenger = train_challenger(recent.output)
    compare = CompareModelsOperator(
        task_id="compare",
        dataset=newest.output,
        label=S.label.name,
        champion=serving["model"],
        challenger=challenger["model"],
        metric=R.metric,
        least_gain=R.least_gain,
        **CONNECTED,
    )
    if S.runtime == "sagemaker":
        from model_monitor_asked import ask_beside

        ask_beside(serving, compare, [compare])

    proposed = candidate(challenger["version"], recent.output, compare.output, guards.output)
    approved = ask_for_approval(proposed)
    in_service = put_in_service(approved)
    finished = RecordRetrainingOperator(task_id="finished", outcome="finished", **LEDGER)
    failed = RecordRetrainingOperator(task_id="failed", outcome="failed", trigger_rule="one_failed", **LEDGER)
    guards >> labels >> [recent, newest, serving]
    in_service >> finished
    [labels, recent, newest, challenger, compare, in_service] >> failed
