"""Changes of state of jobs and schedules, as SageMaker tells EventBridge of them.

The detail mirrors the Describe operation, times in milliseconds since 1970, as SageMaker's documented events do. AWS
publishes no sample of the schedules' event: its detail is inferred from the others'.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from airflow_model_monitor.local.event_bridge import send_event
from airflow_model_monitor.local.schedules import REGION
from airflow_model_monitor.local.service_model import answer

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

SOURCE: Final = "aws.sagemaker"


class _Kind(NamedTuple):
    detail_type: str
    describe: str
    arn: str


KINDS: Final = {
    "processing-job": _Kind("SageMaker Processing Job State Change", "DescribeProcessingJob", "ProcessingJobArn"),
    "training-job": _Kind("SageMaker Training Job State Change", "DescribeTrainingJob", "TrainingJobArn"),
    "monitoring-schedule": _Kind(
        "SageMaker Monitoring Schedule State Change", "DescribeMonitoringSchedule", "MonitoringScheduleArn"
    ),
}


class StateEvents:
    """Sends an event for each change, where rules may listen.

    :param aws: the local SageMaker this belongs to
    """

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        aws.when_changed.append(self._send)

    def start(self) -> None:
        """Nothing to do: changes come by themselves."""

    def stop(self) -> None:
        """Nothing to do."""

    def _send(self, kind: str, document: Mapping[str, Any]) -> None:
        if not self._aws.listened():
            return
        self._aws.moto_ready()
        stated = KINDS[kind]
        delivered = send_event(
            account=self._aws.account,
            region=document[REGION],
            source=SOURCE,
            kind=stated.detail_type,
            resources=[document[stated.arn]],
            detail={**_in_milliseconds(answer(stated.describe, document)), "Tags": {}},
            now=datetime.fromtimestamp(document["LastModifiedTime"], UTC),
        )
        if delivered:
            self._aws.sync()


def _in_milliseconds(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: round(value * 1000) if name.endswith("Time") and isinstance(value, int | float) else value
        for name, value in document.items()
    }
