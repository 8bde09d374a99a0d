"""Traffic of an endpoint on its way into captured data: sampled, encoded, gathered, written below the destination."""

from __future__ import annotations

import base64
import logging
import random
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from airflow_model_monitor.contract.captured_data import CapturedRecord, Encoding, EventData, EventMetadata, Mode
from airflow_model_monitor.local.clients import client

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

_LOG: Final = logging.getLogger(__name__)
MOST_RECORDS: Final = 1_000
MOST_BYTES: Final = 4_000_000
LONGEST_WAIT: Final = 0.5
"""Seconds, of this machine's, until what was captured is written; SageMaker takes a few minutes."""


class Exchange(NamedTuple):
    """One request and its answer, as they passed through an endpoint."""

    request: bytes
    request_type: str
    answer: bytes
    answer_type: str
    inference_id: str | None = None
    custom_attributes: str | None = None


class _Place(NamedTuple):
    """Where a file goes: one per region, destination, endpoint, variant and hour."""

    region: str
    uri: str
    kms_key: str | None
    hour: str


@dataclass
class _File:
    first: datetime
    since: float
    lines: list[str] = field(default_factory=list)
    size: int = 0


def captured_record(config: Mapping[str, Any], exchange: Exchange, moment: datetime) -> CapturedRecord | None:
    """What a ``DataCaptureConfig`` captures of an exchange; None where that is nothing.

    Types the configuration does not list are captured in base64, and so is what is no text.
    """
    modes = {option["CaptureMode"] for option in config.get("CaptureOptions") or ()}
    types = config.get("CaptureContentTypeHeader") or {}
    both = "InputAndOutput" in modes
    request = _side(types, exchange.request, exchange.request_type, "INPUT") if both or "Input" in modes else None
    answer = _side(types, exchange.answer, exchange.answer_type, "OUTPUT") if both or "Output" in modes else None
    if request is None and answer is None:
        return None
    return CapturedRecord(
        event_metadata=EventMetadata(
            event_id=str(uuid.uuid4()),
            inference_time=f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            inference_id=exchange.inference_id or None,
            custom_attributes=(exchange.custom_attributes,) if exchange.custom_attributes else None,
        ),
        endpoint_input=request,
        endpoint_output=answer,
    )


class Capture:
    """Gathers captured records and writes them, several to a file, soon and before the clock moves on.

    :param aws: whose clock stamps the records
    """

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._files: dict[_Place, _File] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._stopped = False
        self._random = random.Random()
        self._thread = threading.Thread(target=self._loop, name="capture", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what there is, and end."""
        self._stopped = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()

    def take(self, region: str, endpoint: str, variant: str, config: Mapping[str, Any], exchange: Exchange) -> None:
        """Capture an exchange, if the configuration's sampling wants it."""
        if not config.get("EnableCapture", False):
            return
        if self._random.random() * 100 >= config["InitialSamplingPercentage"]:
            return
        moment = self._aws.clock.now()
        record = captured_record(config, exchange, moment)
        if record is None:
            return
        line = record.to_json_line()
        uri = f"{config['DestinationS3Uri'].rstrip('/')}/{endpoint}/{variant}"
        place = _Place(region, uri, config.get("KmsKeyId"), f"{moment:%Y/%m/%d/%H}")
        with self._lock:
            file = self._files.setdefault(place, _File(moment, time.monotonic()))
            file.lines.append(line)
            file.size += len(line)
            full = len(file.lines) >= MOST_RECORDS or file.size >= MOST_BYTES
        if full:
            self.flush()
        self._wake.set()

    def flush(self) -> None:
        """Write all that was captured so far."""
        with self._writing:
            with self._lock:
                files, self._files = self._files, {}
            for place, file in files.items():
                self._write(place, file)

    def _write(self, place: _Place, file: _File) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        bucket, _, prefix = place.uri.removeprefix("s3://").partition("/")
        first = file.first
        name = f"{first:%M-%S}-{first.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
        options = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": place.kms_key} if place.kms_key else {}
        try:
            client(self._aws, "s3", place.region).put_object(
                Bucket=bucket,
                Key=f"{prefix}/{place.hour}/{name}".lstrip("/"),
                Body="".join(f"{line}\n" for line in file.lines).encode(),
                **options,
            )
        except (BotoCoreError, ClientError) as error:
            # SageMaker answers its callers whether or not it can capture, and notes what it could not.
            _LOG.warning("%d captured records cannot be written to %s: %s", len(file.lines), place.uri, error)

    def _loop(self) -> None:
        while not self._stopped:
            self._wake.wait()
            self._wake.clear()
            if self._stopped:
                return
            time.sleep(LONGEST_WAIT)
            self.flush()


def _side(types: Mapping[str, Any], payload: bytes, content_type: str, mode: Mode) -> EventData:
    encoding, data = _encoded(types, payload, content_type)
    return EventData(data=data, encoding=encoding, observed_content_type=content_type, mode=mode)


def _encoded(types: Mapping[str, Any], payload: bytes, content_type: str) -> tuple[Encoding, str]:
    base = content_type.partition(";")[0].strip().lower()
    for encoding, member in (("CSV", "CsvContentTypes"), ("JSON", "JsonContentTypes")):
        if base in (one.lower() for one in types.get(member) or ()):
            try:
                return encoding, payload.decode("utf-8")  # type: ignore[return-value]
            except UnicodeDecodeError:
                break
    return "BASE64", base64.b64encode(payload).decode()
