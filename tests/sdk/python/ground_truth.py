"""Labels in the layout that AWS documents: JSON lines under ``yyyy/mm/dd/hh``, found by the id of their request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from aws_sdk import S3Uploader, Session


def upload_labels(session: Session, root: str, hour: datetime, labels: Mapping[str, int]) -> str:
    """Upload labels of one hour's requests.

    :param hour: in which the requests were made; labels that come later still belong there
    :param labels: id of the request to label
    """
    lines = [
        json.dumps(
            {
                "groundTruthData": {"data": str(label), "encoding": "CSV"},
                "eventMetadata": {"eventId": inference_id},
                "eventVersion": "0",
            }
        )
        for inference_id, label in labels.items()
    ]
    target_s3_uri = f"{root}/{hour:%Y/%m/%d/%H}/{len(labels)}-{next(iter(labels))}.jsonl"
    return S3Uploader.upload_string_as_file_body("\n".join(lines), target_s3_uri, sagemaker_session=session)
