"""What every analysis is given, and what it hands back: the frame around it is the same for all monitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

from airflow_model_monitor.contract.environment import AnalyzerEnvironment
from airflow_model_monitor.contract.execution import Execution
from airflow_model_monitor.contract.metric_record import MetricRecord
from airflow_model_monitor.jobs.location import Location, Mounts
from airflow_model_monitor.jobs.scripts import Scripts
from airflow_model_monitor.jobs.transform_files import data_urls


@dataclass(frozen=True, slots=True)
class AnalysisJob:
    """One analyzer job, its addresses resolved.

    :param environment: what was asked for
    :param where: the mounted folders
    :param sources: the data, in the order of time
    :param constraints: the baseline's constraints.json, or None
    :param statistics: the baseline's statistics.json, or None
    :param scripts: what may run beside the analysis
    :param stream: log and progress
    """

    environment: AnalyzerEnvironment
    where: Mounts
    sources: tuple[Location, ...]
    constraints: Location | None
    statistics: Location | None
    scripts: Scripts
    stream: TextIO

    @property
    def source_urls(self) -> list[str]:
        """Addresses of the data.

        :raises ContractError: a batch transform monitor has none
        """
        return data_urls(self.environment, [source.url for source in self.sources], self.where.storage_options)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an analysis found.

    :param execution: the record of it, still without its files
    :param texts: the files, by name, but execution.json
    :param metrics: CloudWatch metric records; empty unless asked for
    """

    execution: Execution
    texts: Mapping[str, str]
    metrics: tuple[MetricRecord, ...] = field(default=())
