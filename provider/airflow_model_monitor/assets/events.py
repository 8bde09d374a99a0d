"""What rides in the ``extra`` of our asset events.

Event consumers see no data interval: a DAG run that an asset triggered has none. All a guard or a retraining needs to
know is therefore in here, under the same names as in the XCom results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_model_monitor.assets.monitor import baseline_asset, ground_truth_asset, violations_asset

#: Stands for all monitors whose schedules are kept in a folder: their violations update its asset.
SCHEDULER = "model-monitor-scheduler"

if TYPE_CHECKING:
    from airflow.sdk import Asset, BaseOperator, Context

    from airflow_model_monitor.assets.merge_summary import MergeSummary
    from airflow_model_monitor.assets.summary import BaselineSummary, ExecutionSummary


def add_outlet(operator: BaseOperator, asset: Asset) -> None:
    """Declare, when the DAG is parsed, that a task updates an asset; once, also if the author declared it already."""
    if asset not in operator.outlets:
        operator.outlets = [*operator.outlets, asset]


def emit_violations(
    operator: BaseOperator, context: Context, monitor: str, *, summary: ExecutionSummary, baseline: dict[str, Any]
) -> None:
    """Update the monitor's violations when there are some, and leave the asset alone when there are none.

    Airflow updates every outlet of a task that succeeds, so a quiet window takes the outlet back. Only this task
    instance's copy of the operator changes; the declaration stays.

    :param baseline: which baseline judged: its ``uri``, ``version`` and ``revision``.
    """
    asset = violations_asset(monitor)
    if not summary["violations"]:
        operator.outlets = [outlet for outlet in operator.outlets if outlet != asset]
        return
    _extra(context, asset, monitor, {**summary, "baseline": baseline})


def emit_scheduled_violations(
    operator: BaseOperator,
    context: Context,
    monitor: str,
    *,
    summary: ExecutionSummary | None,
    baseline: dict[str, Any],
) -> None:
    """Update, of the violations assets a task declares, the scheduler's and the monitor's own, when there are some.

    A mapped task stands for any monitor, so it declares several: those of other monitors are taken back.

    :param summary: what was found; None when nothing was judged
    """
    found = summary is not None and summary["violations"]
    mine = (violations_asset(SCHEDULER), violations_asset(monitor))
    kept = []
    for outlet in operator.outlets:
        if not str(getattr(outlet, "uri", "")).endswith("/violations"):
            kept.append(outlet)
        elif found and outlet in mine:
            kept.append(outlet)
            _extra(context, outlet, monitor, {**(summary or {}), "baseline": baseline})
    operator.outlets = kept


def emit_baseline(context: Context, monitor: str, *, summary: BaselineSummary) -> None:
    """Update the monitor's baseline."""
    _extra(context, baseline_asset(monitor), monitor, {**summary})


def emit_ground_truth(context: Context, monitor: str, *, summary: MergeSummary) -> None:
    """Update the monitor's merged ground truth."""
    _extra(context, ground_truth_asset(monitor), monitor, {**summary})


def _extra(context: Context, asset: Asset, monitor: str, found: dict[str, Any]) -> None:
    # Backfills emit events like any other run. Without run_type nobody could tell a replay of last year from an alarm.
    run_type = context["dag_run"].run_type
    context["outlet_events"][asset].extra = {
        "monitor": monitor,
        "run_type": str(getattr(run_type, "value", run_type)),
        **found,
    }
