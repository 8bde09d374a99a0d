"""Where job requests run: :class:`Worker`, in this process, and :class:`SageMakerProcessing`, as Processing jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_model_monitor.runtimes.sagemaker_processing import SageMakerProcessing
    from airflow_model_monitor.runtimes.worker import Worker

__all__ = ["SageMakerProcessing", "Worker"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: operators import modules of this package while a DAG is parsed.
    if name == "SageMakerProcessing":
        from airflow_model_monitor.runtimes.sagemaker_processing import SageMakerProcessing

        return SageMakerProcessing
    if name == "Worker":
        from airflow_model_monitor.runtimes.worker import Worker

        return Worker
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
