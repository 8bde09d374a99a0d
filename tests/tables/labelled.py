"""Merged records written and read, for the tests of labelled columns."""

from __future__ import annotations

import json
from typing import Any

from airflow_model_monitor.contract.dataset_format import MergeJson
from airflow_model_monitor.tables.labelled_columns import LabelAttributes, LabelledColumns, labelled_columns

MERGED = MergeJson()


def merged(label: Any, answer: Any, *, encodings: tuple[str, str] = ("CSV", "CSV"), **more: Any) -> str:
    side = more.get("side", "endpointOutput")
    document = {
        "eventVersion": "0",
        "groundTruthData": {"data": label, "encoding": encodings[0]},
        "captureData": {side: {"data": answer, "encoding": encodings[1], **more.get("content", {})}},
        "eventMetadata": {"eventId": "e"},
    }
    return json.dumps(document) + "\n"


def read(
    location: str, dataset_format: Any = MERGED, compatibility: Any = "sagemaker", **named: Any
) -> LabelledColumns:
    return labelled_columns(location, dataset_format, LabelAttributes.of(**named), compatibility=compatibility)
