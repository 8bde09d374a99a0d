"""A drift alarm, or a monitor's violations, retrain the model: once, checked, approved, and with baselines of its own.

guards → labels → training on recent windows → champion against challenger on newer ones that neither has seen →
approval → deployment → re-baselining → monitoring goes on. A worse challenger ends at the comparison.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task
from model_monitor_approval import ask_for_approval
from model_monitor_loop import (
    CONNECTED,
    FINDINGS,
    LEDGER,
    MONITORS,
    RETRIED,
    S,
    asked_at,
    models,
    put_in_service,
    storage_options,
)

from airflow_model_monitor.guards import CoolDown, IgnoreBackfills, IgnoreRepeats, MonthlyLimit, OneAtATime
from airflow_model_monitor.guards import ViolatedWindows as Violated
from airflow_model_monitor.operators.collect_labelled_windows import CollectLabelledWindowsOperator
from airflow_model_monitor.operators.compare_models import CompareModelsOperator
from airflow_model_monitor.operators.record_retraining import RecordRetrainingOperator
from airflow_model_monitor.operators.retraining_guard import RetrainingGuardOperator
from airflow_model_monitor.sensors.monitoring_execution import MonitoringExecutionSensor

R = S.retraining
LABELLED = {
    "monitoring_schedule_name": MONITORS["ModelQuality"],
    "output_uri": S.executions,
    "endpoint_name": S.endpoint,
    **CONNECTED,
}
MONITORED = {"monitor": MONITORS["DataQuality"], "output_uri": S.executions, "endpoint_name": S.endpoint}
SERIES = {"at_least": R.at_least, "of_the_last": R.of_the_last, "checks": R.checks}

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
            Violated(**SERIES, **MONITORED),
            CoolDown(days=R.cool_down_days),
            MonthlyLimit(at_most=R.at_most_a_month),
        ],
        **LEDGER,
    )

    @task
    def window(decision: dict[str, Any]) -> dict[str, str]:
        """The newest window that was judged when it was decided; an alarm knows of none."""
        from datetime import datetime

        from airflow_model_monitor.service.store import ExecutionStore
        from airflow_model_monitor.service.windows import iso

        store = ExecutionStore(S.executions, storage_options(S.executions))
        judged = [key.window for key, _ in store.list(MONITORS["DataQuality"], endpoint=S.endpoint)]
        newest = max(one for one in judged if one.end <= datetime.fromisoformat(decision["at"]))
        return {"start": iso(newest.start), "end": iso(newest.end)}

    # Drift is known before the labels are.
    labels = MonitoringExecutionSensor(
        task_id="labels",
        window_start="{{ ti.xcom_pull(task_ids='window')['start'] }}",
        window_end="{{ ti.xcom_pull(task_ids='window')['end'] }}",
        deferrable=True,
        poke_interval=5,
        timeout=86400,
        **LABELLED,
    )
    gather: dict[str, Any] = {
        "dataset_uri": f"{S.training}/windows",
        "headers": S.request.features,
        "label": S.label.name,
        "until": "{{ ti.xcom_pull(task_ids='window')['end'] }}",
        **LABELLED,
    }
    recent = CollectLabelledWindowsOperator(
        task_id="recent_windows",
        windows=R.train_on,
        skip_newest=R.compare_on,
        captured_data_uri=S.captures,
        **gather,
    )
    newest = CollectLabelledWindowsOperator(task_id="newest_windows", windows=R.compare_on, **gather)

    @task
    def retrain(rows: dict[str, Any]) -> dict[str, Any]:
        """Train a challenger; it is kept as a version, and serves nobody yet."""
        from model_monitor_training import train

        trained_on = {"start": rows["start"], "end": rows["end"]}
        content = train(rows["dataset"], S.label.name, storage_options(rows["dataset"]))
        version = models().add({"model.onnx": content}, {"rows": rows["dataset"], "trained_on": trained_on})
        return {"version": version.version, "model": {"model_uri": version.url_of(), "trained_on": trained_on}}

    @task
    def champion() -> dict[str, Any]:
        """The model that serves."""
        version = models().serving()
        return {"model": {**asked_at(version.url_of()), "trained_on": version.about.get("trained_on")}}

    if S.runtime == "sagemaker":
        from model_monitor_sagemaker import train_on_sagemaker

        challenger = train_on_sagemaker(recent.output)
    else:
        challenger = retrain(recent.output)
    serving = champion()
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

    @task
    def candidate(
        version: str, rows: Any, figures: dict[str, Any], window: Any, number: str, run_id: Any = None
    ) -> dict[str, Any]:
        """What is proposed, as a person reads it and as the deployment needs it."""
        metric = figures["metric"]
        return {
            # The same rows give the same version again; every retraining is a question of its own.
            "candidate": f"{version}-{number}",
            "version": version,
            "rows": rows["dataset"],
            "requests": rows["requests"],
            "since": window["end"] if R.clock == "data" else "",
            "run_id": run_id,
            "reason": f"retrained after drift up to {window['end']}: {metric} {figures['champion'][metric]:.4f} → "
            f"{figures['challenger'][metric]:.4f} on {figures['rows']} rows that neither model had seen",
        }

    judged = window(guards.output)
    judged >> labels >> [recent, newest, serving]
    number = "{{ ti.xcom_pull(task_ids='guards')['number'] }}"
    proposed = candidate(challenger["version"], recent.output, compare.output, judged, number)
    approved = ask_for_approval(proposed)
    in_service = put_in_service(approved)
    finished = RecordRetrainingOperator(task_id="finished", outcome="finished", **LEDGER)
    failed = RecordRetrainingOperator(task_id="failed", outcome="failed", trigger_rule="one_failed", **LEDGER)
    in_service >> finished
    [labels, recent, newest, challenger, compare, in_service] >> failed
