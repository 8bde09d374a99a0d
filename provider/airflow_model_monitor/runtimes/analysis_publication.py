"""Where the files of an analysis go: the execution of a monitor into its store, anything else into its own folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.contract.processing_job import ProcessingOutput
from airflow_model_monitor.contract.timestamps import parse_utc
from airflow_model_monitor.runtimes.cloudwatch import Clients, publish_metrics
from airflow_model_monitor.service.baseline_store import BaselineStore
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window

METRICS_SENT: Final = "cloudwatch.json"
_HOUR: Final = r"\d{4}/\d{2}/\d{2}/\d{2}"


def publish_analysis(
    environment: Mapping[str, str],
    output: ProcessingOutput,
    folder: Path,
    execution: Execution,
    storage_options: Mapping[str, Any],
) -> Revision:
    """Publish a job's files as one revision.

    :param environment: of the request
    :param output: of the request: for an execution its place in SageMaker's layout, below the store's root
    :param folder: local folder with the files
    """
    key = execution_key(environment)
    root = None if key is None else store_root(output, key)
    if key is not None and root is not None:
        layout = output.uri.rstrip("/").removeprefix(f"{root}/")
        return ExecutionStore(root, storage_options).publish(key, folder, execution, layout=layout)
    return BaselineStore(output.uri, storage_options).publish(folder, execution)


def execution_key(environment: Mapping[str, str]) -> ExecutionKey | None:
    """Which monitor's execution over which window a job is; None for a baseline or an analysis on demand."""
    monitor = environment.get("sagemaker_monitoring_schedule_name")
    start, end = environment.get("start_time"), environment.get("end_time")
    if not monitor or not start or not end:
        return None
    window = Window(parse_utc(start, field="start_time"), parse_utc(end, field="end_time"))
    return ExecutionKey(monitor, window, environment.get("sagemaker_endpoint_name"))


def store_root(output: ProcessingOutput, key: ExecutionKey) -> str | None:
    """The store's root, when the request writes to the execution's place in SageMaker's layout: the monitor's, under an
    hour. Which hour depends on when the execution was due, which need not be the window's end.
    """
    folder = "/".join(part for part in (key.endpoint, key.monitor) if part)
    found = re.fullmatch(rf"(.+)/{re.escape(folder)}/{_HOUR}", output.uri.rstrip("/"))
    return None if found is None else found[1]


def send_metrics_once(
    revision: Revision, records: Iterable[Mapping[str, Any]], *, namespace: str, clients: Clients
) -> tuple[int, int]:
    """Send a revision's metric records to CloudWatch, unless that was done already.

    :param records: as in ``cloudwatch_metrics.jsonl``
    :returns: numbers of records sent and left out
    """
    # Sums in CloudWatch would double when a repeated task sent its records again.
    if revision.folder.read_if_there(METRICS_SENT) is not None:
        return 0, 0
    sent, skipped = publish_metrics(records, namespace=namespace, clients=clients)
    note = {"namespace": namespace, "published": sent, "skipped": skipped}
    revision.folder.create(METRICS_SENT, (json.dumps(note) + "\n").encode())
    return sent, skipped
