"""A monitor as the service sees it: schedule and definition, and what neither says about where its data lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from airflow_model_monitor.service.job_definition import JobDefinition
from airflow_model_monitor.service.job_name import checked_name
from airflow_model_monitor.service.label_window import LabelWindow
from airflow_model_monitor.service.monitoring_input import BatchTransformInput, EndpointInput
from airflow_model_monitor.service.monitoring_schedule import MonitoringSchedule
from airflow_model_monitor.service.offsets import offset_window
from airflow_model_monitor.service.request_parts import check_address, check_source, hour_folders
from airflow_model_monitor.service.requests_merge import SAME_HOURS
from airflow_model_monitor.service.schedule_config import HOURLY, ScheduleConfig
from airflow_model_monitor.service.windows import DAY, HOUR, Window

Side = Literal["input", "output"]
_NONE: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """What is needed to plan the executions of a schedule.

    :param name: of the monitoring schedule
    :param definition: what it runs
    :param timing: when it runs; None is once a day, at a time of SageMaker's choice
    :param captured_data_uri: destination of the endpoint's data capture, which its own configuration says:
        ``<endpoint>/<variant>/yyyy/mm/dd/hh`` is read below it; not for batch transform
    :param variant: the endpoint's production variant
    :param labels: in which hours labels are looked for; the original looks in the window's own
    :param baselining_output_uri: folder the definition's baselining job wrote to; needed where the definition names
        that job instead of the baseline's files
    :raises ValueError: what is no name or address, or one that is missing
    """

    name: str
    definition: JobDefinition
    timing: ScheduleConfig | None = HOURLY
    captured_data_uri: str | None = None
    variant: str = "AllTraffic"
    labels: LabelWindow = SAME_HOURS
    baselining_output_uri: str | None = None

    def __post_init__(self) -> None:
        checked_name("name", self.name)
        check_address("output_uri", self.definition.output_uri)
        if self.definition.ground_truth_uri is not None:
            check_address("ground_truth_uri", self.definition.ground_truth_uri)
        source = self.definition.source
        if isinstance(source, EndpointInput):
            if self.captured_data_uri is None:
                raise ValueError("captured_data_uri: None; give the endpoint's DestinationS3Uri of data capture")
            check_source(source.endpoint, self.captured_data_uri, self.variant)
            return
        check_address("captured_data_uri", source.captured_data_uri)
        if self.captured_data_uri is not None:
            raise ValueError(
                f"captured_data_uri: {self.captured_data_uri!r}; of batch transform the definition says it "
                f"({source.captured_data_uri!r}), so leave it out"
            )

    @classmethod
    def of(
        cls,
        schedule: MonitoringSchedule,
        definition: JobDefinition | None = None,
        *,
        captured_data_uri: str | None = None,
        variant: str = "AllTraffic",
        labels: LabelWindow = SAME_HOURS,
        baselining_output_uri: str | None = None,
    ) -> Monitor:
        """The monitor of a schedule.

        :param definition: the one it names; None where it is inline
        :raises ValueError: no definition, or another one
        """
        found = schedule.inline_definition or definition
        if found is None or (schedule.definition_name is not None and found.name != schedule.definition_name):
            given = None if found is None else found.name
            raise ValueError(
                f"definition: {given!r}, but the schedule runs {schedule.definition_name!r}; give that one"
            )
        return cls(
            name=schedule.name,
            definition=found,
            timing=schedule.timing,
            captured_data_uri=captured_data_uri,
            variant=variant,
            labels=labels,
            baselining_output_uri=baselining_output_uri,
        )

    @property
    def baseline_constraints(self) -> str | None:
        """Address of the file the data are judged by; None judges by none.

        :raises ValueError: only the job that made it is known
        """
        return self._baseline("baseline_constraints", self.definition.kind.baseline_file)

    @property
    def baseline_statistics(self) -> str | None:
        """Address of statistics.json, which only data quality has.

        :raises ValueError: only the job that made it is known
        """
        if "baseline_statistics" not in self.definition.kind.takes:
            return None
        return self._baseline("baseline_statistics", "statistics.json")

    def _baseline(self, argument: str, file: str) -> str | None:
        stated: str | None = getattr(self.definition, argument)
        job = self.definition.baselining_job_name
        if stated is not None or job is None:
            return stated
        if self.baselining_output_uri is None:
            raise ValueError(
                f"baselining_output_uri: None; the definition names the job {job!r} instead of the baseline's files: "
                f"give the folder it wrote to, or {argument} in the definition"
            )
        return f"{self.baselining_output_uri.rstrip('/')}/{file}"

    def window(self, scheduled_time: datetime) -> Window:
        """The data that the execution due at ``scheduled_time`` looks at.

        The schedule's own window comes first, then the definition's offsets; an end that neither states is the last
        due time before, or the scheduled time. ``NOW`` comes at any minute, and captured data lie in whole hours: its
        window is widened to them.

        :param scheduled_time: timezone-aware
        :raises ValueError: a naive time, an offset that is none, or an empty window
        """
        start: str | timedelta | None = self.definition.source.start_time_offset
        end: str | timedelta | None = self.definition.source.end_time_offset
        timing = self.timing
        if timing is not None and timing.data_analysis_start_time is not None:
            start, end = timing.data_analysis_start_time, timing.data_analysis_end_time
        if start is None:
            period = DAY if timing is None else scheduled_time - timing.cron.last_before(scheduled_time)
            start = -period
        found = offset_window(scheduled_time, start, _NONE if end is None else end)
        return _whole_hours(found) if timing is not None and timing.cron.is_now else found

    def captured_hours(self, window: Window, side: Side) -> Mapping[str, str]:
        """Folders of a window's captured data, by their path below the job's data folder.

        :param side: of batch transform, which captures input and output apart
        :raises ValueError: the window is not made of whole UTC hours
        """
        source = self.definition.source
        if isinstance(source, BatchTransformInput):
            return hour_folders(transform_uri(source, side), "", window.covering_prefixes())
        return hour_folders(
            self.captured_data_uri or "", f"{source.endpoint}/{self.variant}", window.covering_prefixes()
        )


def transform_uri(source: BatchTransformInput, side: Side) -> str:
    """Where data capture of batch transform jobs puts one side: ``input`` or ``output`` below its destination."""
    return f"{source.captured_data_uri.rstrip('/')}/{side}"


def _whole_hours(window: Window) -> Window:
    first = window.start.replace(minute=0, second=0, microsecond=0)
    last = window.end.replace(minute=0, second=0, microsecond=0)
    return Window(first, last if last == window.end else last + HOUR)
