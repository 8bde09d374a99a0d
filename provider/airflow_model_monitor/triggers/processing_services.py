"""The clients with which a triggerer looks at processing jobs, shared by all triggers of the same settings."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from airflow_model_monitor.hooks.aws_reader import AwsSettings
    from airflow_model_monitor.runtimes.processing_service import ProcessingService

#: How long a triggerer goes on with the clients it has made of a connection, before it looks at the connection again.
_KEPT_SECONDS: Final = 900
_LOCK = threading.Lock()
_SERVICES: dict[AwsSettings, tuple[float, ProcessingService]] = {}


def processing_service(settings: AwsSettings) -> ProcessingService:
    """The processing jobs these settings lead to, asked without repeating; one service for a whole process.

    A client takes a second and tens of megabytes to make, and hundreds of triggers share one triggerer. Blocks on the
    connection when it is made. boto3's clients may be used by several threads.
    """
    from airflow_model_monitor.runtimes.processing_service import ProcessingService

    with _LOCK:
        known = _SERVICES.get(settings)
        if known is None or time.monotonic() - known[0] > _KEPT_SECONDS:
            known = (time.monotonic(), ProcessingService(settings.hook(), patience=0.0))
            _SERVICES[settings] = known
        return known[1]
