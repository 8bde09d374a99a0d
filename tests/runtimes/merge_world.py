"""Captured traffic and labels at one address, merged by a worker."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import fsspec

from airflow_model_monitor.contract.merged_record import parse_merged_line
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
from airflow_model_monitor.runtimes.base import RunResult
from airflow_model_monitor.runtimes.worker import Worker
from airflow_model_monitor.service.folder import Folder
from airflow_model_monitor.service.ground_truth_upload import upload_ground_truth
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.merge_store import MergeKey, MergeStore
from airflow_model_monitor.service.requests_merge import window_merge_request
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.windows import HOUR, Window

START = datetime(2026, 1, 2, 2, tzinfo=UTC)
WINDOW = Window(START, START + 2 * HOUR)
KEY = MergeKey("quality", WINDOW, "churn")
RULE = LabelWindow(days_after=1)


class MergeWorld:
    """An endpoint's captures below ``capture``, labels below ``labels``, merges below ``reports``."""

    def __init__(self, url: str, storage_options: dict[str, Any] | None = None) -> None:
        self.url, self.options = url, storage_options or {}
        self.log = io.StringIO()

    def write(self, name: str, text: str) -> None:
        options = self.options if self.url.startswith("s3://") else {}
        with fsspec.open(f"{self.url}/{name}", "w", auto_mkdir=True, **options) as stream:
            stream.write(text)

    def capture(self, hour: datetime, ids: Iterable[str], name: str = "x") -> None:
        lines = "".join(json.dumps(captured(one)) + "\n" for one in ids)
        self.write(f"capture/churn/AllTraffic/{hour:%Y/%m/%d/%H}/{name}.jsonl", lines)

    def label(
        self, labels: Mapping[str, object] | Iterable[tuple[str, object]], hour: datetime = START, **options: Any
    ) -> None:
        pairs = labels.items() if isinstance(labels, Mapping) else labels
        rows = [{"id": one, "label": value} for one, value in pairs]
        upload_ground_truth(rows, f"{self.url}/labels", hour=hour, storage_options=self.options, **options)

    def request(self, window: Window = WINDOW, **arguments: Any) -> ProcessingJobRequest:
        return window_merge_request(
            **{
                "monitor": "quality",
                "window": window,
                "endpoint": "churn",
                "captured_data_uri": f"{self.url}/capture",
                "ground_truth_uri": f"{self.url}/labels",
                "output_uri": f"{self.url}/reports",
                "labels": RULE,
                **arguments,
            }
        )

    def merge(self, window: Window = WINDOW, **arguments: Any) -> RunResult:
        worker = Worker(storage_options=self.options, stream=self.log)
        return worker.run(self.request(window, **arguments))

    @property
    def store(self) -> MergeStore:
        return MergeStore(f"{self.url}/reports", self.options)

    def files(self, below: str = "reports") -> dict[str, bytes]:
        folder = Folder(f"{self.url}/{below}", self.options)
        return {
            path.removeprefix(f"{folder._path}/"): folder._fs.cat_file(path) for path in folder._fs.find(folder._path)
        }


def captured(inference_id: str) -> dict[str, Any]:
    side = {"observedContentType": "text/csv", "encoding": "CSV"}
    return {
        "captureData": {
            "endpointInput": {**side, "mode": "INPUT", "data": "1,2"},
            "endpointOutput": {**side, "mode": "OUTPUT", "data": "0.7"},
        },
        "eventMetadata": {
            "eventId": f"event-{inference_id}",
            "inferenceId": inference_id,
            "inferenceTime": "2026-01-02T02:00:00Z",
        },
        "eventVersion": "0",
    }


def labels_of(revision: Revision) -> list[tuple[str | None, str]]:
    """Inference id and label of every merged record of a revision, in order."""
    return [
        (record.event_metadata.inference_id, record.ground_truth_data.data)
        for name in revision.files
        for record in map(parse_merged_line, revision.read(name).splitlines())
        if record.ground_truth_data is not None
    ]
