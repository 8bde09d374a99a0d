"""The files a batch transform monitor judges: data capture writes manifests, and the data are where they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_model_monitor.contract.dataset_format import CaptureJson, MergeJson
from airflow_model_monitor.contract.environment import AnalyzerEnvironment
from airflow_model_monitor.tables.merge_files import MergeInput, captured_files


def data_urls(
    environment: AnalyzerEnvironment, urls: Sequence[str], storage_options: Mapping[str, Any] | None = None
) -> list[str]:
    """Addresses of a job's data; of batch transform, the files that captured manifests name stand for them.

    :param urls: what is mounted
    :raises ContractError: there is no data
    """
    batch = "BATCH" in (environment.monitoring_input_type or "").upper()
    if not batch or isinstance(environment.dataset_format, CaptureJson | MergeJson):
        return list(urls)
    inputs = [MergeInput(url) for url in urls]
    return [one.file.name for one in captured_files(inputs, storage_options=storage_options, manifests=True)]
