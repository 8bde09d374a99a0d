"""A job request run in the task's own worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO, cast

from airflow_model_monitor.operators.log_stream import LogStream

if TYPE_CHECKING:
    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.operators.connected import ConnectedOperator
    from airflow_model_monitor.runtimes.base import RunResult


def run_in_worker(
    operator: ConnectedOperator, request: ProcessingJobRequest, headers: Mapping[str, str] | None = None
) -> RunResult:
    """Run a request to its end with the operator's connection, and show its progress in the operator's log.

    :param headers: of requests to a model behind HTTP
    :raises MonitoringJobFailed: it ended with the contract's failure status; the text is its exit message
    """
    from airflow_model_monitor.runtimes.worker import Worker

    addresses = [*(one.uri for one in request.inputs), *(one.uri for one in request.outputs)]
    remote = next((address for address in addresses if address.startswith(("s3://", "s3a://"))), "")
    with LogStream(operator.log.info) as stream:
        result = Worker(
            storage_options=operator.hook.storage_options(remote),
            session=operator.hook,
            headers=headers,
            stream=cast("TextIO", stream),
        ).run(request)
    if result.metrics_skipped:
        operator.log.warning(
            "CloudWatch takes no records older than two weeks or with such names: %s of %s were left out",
            result.metrics_skipped,
            result.metrics_skipped + result.metrics_published,
        )
    operator.log.info("%s Files: %s", result.message, result.revision.url)
    return result
