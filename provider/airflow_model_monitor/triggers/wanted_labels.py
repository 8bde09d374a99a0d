"""Whose labels are waited for: the arguments that a sensor and its trigger share, and one look at the store."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.assets.label_rule import label_rule

if TYPE_CHECKING:
    from airflow_model_monitor.service.label_coverage import LabelCoverage


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WantedLabels:
    """Which captures, which labels, and read with which connection. Texts, numbers and None: it travels as JSON.

    :param ground_truth_uri: root of the labels.
    :param window_start: first instant of the window, ISO 8601 with offset.
    :param window_end: first instant after the window, ISO 8601 with offset.
    :param endpoint_name: the endpoint that was captured; None for batch-transform data.
    :param captured_data_uri: destination of data capture.
    :param transform_output_uri: instead, the output of batch transform jobs.
    :param variant_name: the production variant.
    :param dataset_format: of the transform output, as JSON text.
    :param start_time_offset: where the labels' hours begin, counted from the window's end; None: where the window does.
    :param end_time_offset: where they end; None: where the window does.
    :param labels_days_after: days beyond that end.
    :param aws_conn_id: Airflow connection for addresses on S3; local folders need none.
    :param region_name: region, where the connection names none.
    :param verify: TLS verification, as boto3 takes it.
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    ground_truth_uri: str
    window_start: str
    window_end: str
    endpoint_name: str | None = None
    captured_data_uri: str | None = None
    transform_output_uri: str | None = None
    variant_name: str = "AllTraffic"
    dataset_format: str | None = None
    start_time_offset: str | None = None
    end_time_offset: str | None = None
    labels_days_after: int = 0
    aws_conn_id: str | None = "aws_default"
    region_name: str | None = None
    verify: bool | str | None = None
    botocore_config: dict[str, Any] | None = None

    def coverage(self) -> LabelCoverage:
        """What looks at the store; keep it, it remembers its last look. Blocks on the connection."""
        from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
        from airflow_model_monitor.service.label_coverage import LabelCoverage
        from airflow_model_monitor.service.windows import Window

        hook = ModelMonitorHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )
        window = Window(datetime.fromisoformat(self.window_start), datetime.fromisoformat(self.window_end))
        remote = (self.ground_truth_uri, self.captured_data_uri or "", self.transform_output_uri or "")
        address = next((one for one in remote if one.startswith(("s3://", "s3a://"))), "")
        return LabelCoverage(
            window=window,
            ground_truth_uri=self.ground_truth_uri,
            labels=label_rule(
                window.end - window.start, self.start_time_offset, self.end_time_offset, self.labels_days_after
            ),
            endpoint=self.endpoint_name,
            captured_data_uri=self.captured_data_uri,
            transform_output_uri=self.transform_output_uri,
            variant=self.variant_name,
            dataset_format=self.dataset_format,
            storage_options=hook.storage_options(address),
        )
