"""The merged data that a window is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_model_monitor.service.merge_store import MergeKey
    from airflow_model_monitor.service.revisions import Revision


def newest_merge(key: MergeKey, output_uri: str, storage_options: Mapping[str, Any]) -> Revision:
    """The newest published merge of a window.

    :param key: the monitor it was merged for, the window, endpoint and variant.
    :param output_uri: root of the monitors' output.
    :raises LookupError: there is none.
    :raises JobInputsHadNoData: it holds no record.
    """
    from airflow_model_monitor.runtimes.base import JobInputsHadNoData
    from airflow_model_monitor.service.merge_store import MergeStore

    revision = MergeStore(output_uri, storage_options).read(key)
    if revision is None:
        raise LookupError(
            f"{key.monitor} has no merged data of the window {key.window.folder} below {output_uri}: run "
            "MergeGroundTruthOperator first, over the same window, with the same monitoring_schedule_name, "
            "endpoint_name and output_uri; if it merges for another monitor, name that one in "
            "ground_truth_schedule_name"
        )
    if not revision.execution.rows:
        raise JobInputsHadNoData(
            f"Job inputs had no data: no captured record of the window {key.window.folder} has a label ({revision.url})"
        )
    return revision
