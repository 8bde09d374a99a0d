"""Published executions without a job: what another DAG's monitor would have left in the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract import execution as contract
from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.violations import ConstraintViolations, Violation
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from tests.airflow.traffic import ENDPOINT, MONITOR

HOUR = datetime(2026, 1, 2, 1, tzinfo=UTC)
RUN_AT = HOUR + timedelta(hours=1)
WINDOW = Window(HOUR, RUN_AT)
DRIFT = Violation("dep_delay", "baseline_drift_check", "Baseline drift distance: 0.2 exceeds threshold: 0.1")
HOLES = Violation("dep_delay", "completeness_check", "Data completeness requirement is not met.")
UNKNOWN = Violation("carrier", "categorical_values_check", "Categorical value match requirement is not met.")


def publish(
    root: Path | str,
    *violations: Violation,
    report: str = "<h1>report</h1>",
    status: str | None = None,
    storage_options: dict[str, Any] | None = None,
    scratch: Path | None = None,
) -> Revision:
    """Publish an execution of ``MONITOR`` over ``WINDOW`` with these violations."""
    folder = (scratch or Path(root).parent) / "scratch"
    folder.mkdir(exist_ok=True)
    texts = {"statistics.json": "{}", "constraints.json": "{}", "report.html": report}
    found = ConstraintViolations(violations)
    if violations:
        texts["constraint_violations.json"] = found.to_json()
    files = {}
    for name, text in texts.items():
        files[name] = folder / name
        files[name].write_text(text)
    message = exit_message.completed(len(found))
    execution = contract.Execution(
        monitor_type="DataQuality",
        monitor=MONITOR,
        endpoint=ENDPOINT,
        status=status or exit_message.status_of(message, 0),  # type: ignore[arg-type]
        exit_message=message,
        compatibility="corrected",
        rows=400,
        window=contract.Window(WINDOW.start, WINDOW.end),
        violations=len(found),
        violations_by_check=found.counts(),
        report="report.html",
    )
    store = ExecutionStore(str(root), storage_options)
    return store.publish(ExecutionKey(MONITOR, WINDOW, ENDPOINT), files, execution)
