"""What an error of AWS calls for, for sensors and triggers: see :mod:`airflow_model_monitor.runtimes.aws_failure`."""

from __future__ import annotations

from airflow_model_monitor.runtimes.aws_failure import (
    error_code,
    error_message,
    is_broken_off,
    is_expired,
    is_missing,
    is_transient,
)

__all__ = ["error_code", "error_message", "is_broken_off", "is_expired", "is_missing", "is_transient"]
