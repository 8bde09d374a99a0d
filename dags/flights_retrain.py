"""Runs whenever ``flights_monitor`` finds violations, and decides whether to retrain the model.

Backfills emit asset events too. A replay of last year must not retrain today's model, so the guard looks at the
``run_type`` in every event.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, task

from airflow_model_monitor.assets.monitor import violations_asset

VIOLATIONS = violations_asset("late-arrivals")

with DAG("flights_retrain", schedule=[VIOLATIONS], catchup=False, tags=["model-monitor", "example"], doc_md=__doc__):
    # [START howto_asset_violations]
    @task.short_circuit
    def is_news(triggering_asset_events: Any = None) -> bool:
        """Whether any of the violations comes from today's traffic, not from a replay."""
        return any(event.extra["run_type"] != "backfill" for event in triggering_asset_events[VIOLATIONS])

    # [END howto_asset_violations]

    @task
    def retrain() -> None:
        """Your training goes here."""

    is_news() >> retrain()
