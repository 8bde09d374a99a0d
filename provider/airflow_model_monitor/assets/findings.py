"""From what Airflow tells a task to the findings behind its DAG run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow_model_monitor.guards.finding import Finding, finding_of


def findings_of(context: Mapping[str, Any]) -> tuple[Finding, ...]:
    """The findings of the asset events that made this DAG run; of a run that none made, the request it is itself.

    :param context: the task's context
    """
    told = context.get("triggering_asset_events") or {}
    found = [
        finding_of(event.extra or {}, asset=event.asset.name, at=event.timestamp)
        for events in told.values()
        for event in events
    ]
    if found:
        return tuple(found)
    run = context["dag_run"]
    run_type = str(getattr(run.run_type, "value", run.run_type))
    return (Finding("request", run.dag_id, made_at(context), f"request|{run.dag_id}|{run.run_id}", run_type),)


def made_at(context: Mapping[str, Any]) -> datetime:
    """When the DAG run was made; the same for every try of its tasks."""
    run = context["dag_run"]
    moment: datetime = getattr(run, "run_after", None) or run.logical_date or run.start_date
    return moment
