"""The address of a monitor's assets: ``model-monitor://<monitor>/<baseline|violations|ground-truth>``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_model_monitor.service.job_name import checked_name

if TYPE_CHECKING:
    from urllib.parse import SplitResult

SCHEME = "model-monitor"
KINDS = ("baseline", "violations", "ground-truth")


def monitor_name(value: str, *, argument: str) -> str:
    """``value`` if it may name a monitoring schedule, and with it an asset.

    :param argument: what the caller calls it, for the message.
    :raises ValueError: a template, or a name that SageMaker's ``MonitoringScheduleName`` does not allow.
    """
    if "{{" in value:
        raise ValueError(
            f"{argument}: {value!r} is a template, but it names an asset and assets are fixed when the DAG is parsed; "
            "give a literal such as 'churn-data-quality'"
        )
    return checked_name(argument, value)


def asset_uri(monitor: str, kind: str) -> str:
    """The asset address of one monitor: ``model-monitor://churn/violations``."""
    return f"{SCHEME}://{monitor_name(monitor, argument='monitor')}/{kind}"


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """Airflow's check of every address with our scheme (``asset-uris`` in the provider metadata).

    :raises ValueError: unless the address reads ``model-monitor://<monitor>/<baseline|violations|ground-truth>``.
    """
    kind = uri.path.strip("/")
    if kind not in KINDS or uri.query or uri.fragment:
        raise ValueError(f"{uri.geturl()!r}: expected {SCHEME}://<monitor>/ followed by one of {', '.join(KINDS)}")
    monitor_name(uri.netloc, argument=f"the monitor in {uri.geturl()!r}")
    return uri._replace(path=f"/{kind}")
