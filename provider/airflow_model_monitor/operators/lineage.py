"""What a job read and wrote, as OpenLineage knows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

    from airflow_model_monitor.contract.execution import Execution
    from airflow_model_monitor.contract.processing_job import ProcessingInput, ProcessingJobRequest
    from airflow_model_monitor.runtimes.base import RunResult

# Inputs that are what data are judged by.
_BASELINE = ("constraints", "statistics", "baseline_constraints", "baseline_statistics", "baseline")


def lineage_of(request: ProcessingJobRequest, result: RunResult | None) -> OperatorLineage:
    """Inputs: the data and the baseline; outputs: the report's folders, both SageMaker's and the published revision.

    The data carry what was found in them: the number of rows, and an assertion for each check.

    :param result: None for a job that published nothing
    """
    from airflow.providers.common.compat.openlineage.facet import InputDataset, OutputDataset
    from airflow.providers.openlineage.extractors import OperatorLineage

    execution = None if result is None else result.revision.execution
    inputs = [
        InputDataset(*dataset(one.uri), inputFacets=_facets(execution) if _is_data(one) else {})
        for one in request.inputs
        if not _is_setting(one)
    ]
    written = [one.uri for one in request.outputs]
    if result is not None:
        written.append(result.revision.url)
    return OperatorLineage(
        inputs=inputs, outputs=[OutputDataset(*dataset(address)) for address in dict.fromkeys(written)]
    )


def lineage_of_files(read: Iterable[str | None], written: Iterable[str | None]) -> OperatorLineage:
    """Addresses that were read and written; None is passed over."""
    from airflow.providers.common.compat.openlineage.facet import InputDataset, OutputDataset
    from airflow.providers.openlineage.extractors import OperatorLineage

    return OperatorLineage(
        inputs=[InputDataset(*dataset(one)) for one in dict.fromkeys(read) if one],
        outputs=[OutputDataset(*dataset(one)) for one in dict.fromkeys(written) if one],
    )


def dataset(address: str) -> tuple[str, str]:
    """Namespace and name of a dataset by OpenLineage's rules: ``s3://bucket`` and the key, ``file`` and the path."""
    parts = urlsplit(address)
    if parts.scheme in ("", "file", "local"):
        return "file", parts.path or "/"
    scheme = "s3" if parts.scheme == "s3a" else parts.scheme
    return f"{scheme}://{parts.netloc}", parts.path.strip("/") or "/"


def _is_data(one: ProcessingInput) -> bool:
    return one.name not in _BASELINE


def _is_setting(one: ProcessingInput) -> bool:
    return one.name == "analysis_config" or "script" in one.name


def _facets(execution: Execution | None) -> dict[str, Any]:
    if execution is None:
        return {}
    from openlineage.client.facet_v2 import data_quality_assertions_dataset, data_quality_metrics_input_dataset

    found = {
        "dataQualityMetrics": data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
            columnMetrics={}, rowCount=execution.rows
        )
    }
    if execution.violations_by_check:
        found["dataQualityAssertions"] = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
            assertions=[
                data_quality_assertions_dataset.Assertion(assertion=check, success=False)
                for check in execution.violations_by_check
            ]
        )
    return found
