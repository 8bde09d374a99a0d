"""The captured data that labels are for: of an endpoint, or of batch transform jobs."""

from __future__ import annotations

from airflow_model_monitor.assets.arguments import exactly_one
from airflow_model_monitor.assets.dataset_format import DatasetFormat


def check_captures(
    endpoint_name: str | None,
    captured_data_uri: str | None,
    transform_output_uri: str | None,
    dataset_format: DatasetFormat | None,
) -> None:
    """Refuse, while the DAG is parsed, captures that could not be found or read.

    :raises ValueError: none or both of the two kinds, an endpoint or a format that is missing or means nothing.
    """
    exactly_one(
        "the destination of data capture or the output of batch transform jobs",
        captured_data_uri=captured_data_uri,
        transform_output_uri=transform_output_uri,
    )
    if captured_data_uri is not None:
        if endpoint_name is None:
            raise ValueError("endpoint_name=None: captured data lies below its endpoint's name; give endpoint_name")
        if dataset_format is not None:
            raise ValueError(
                f"dataset_format={dataset_format!r}: captured data says what it is; the format is for "
                "transform_output_uri"
            )
    elif dataset_format is None:
        raise ValueError(
            'dataset_format=None: the output of transform jobs needs one, such as {"csv": {"header": False}}'
        )
