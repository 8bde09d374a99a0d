"""A schedule's timing as the API has it: the expression, and the window of data each execution looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.service.cron_expression import CronExpression
from airflow_model_monitor.service.offsets import format_offset, parse_offset
from airflow_model_monitor.service.windows import DAY

LONGEST_ANALYSIS: Final = DAY


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """When executions start, and over which data.

    :param expression: see :class:`~airflow_model_monitor.service.cron_expression.CronExpression`
    :param data_analysis_start_time: beginning of the data, an offset from the scheduled time such as ``-PT3H``; ``NOW``
        needs it
    :param data_analysis_end_time: its end, e.g. ``-PT0H``; at most 24 hours later
    """

    expression: str
    data_analysis_start_time: str | None = None
    data_analysis_end_time: str | None = None

    @property
    def cron(self) -> CronExpression:
        """The expression, understood.

        :raises ValueError: SageMaker knows no such expression
        """
        return CronExpression(self.expression)

    def to_api(self) -> dict[str, str]:
        """The API's ScheduleConfig; what is None is left out."""
        stated = {
            "ScheduleExpression": self.expression,
            "DataAnalysisStartTime": self.data_analysis_start_time,
            "DataAnalysisEndTime": self.data_analysis_end_time,
        }
        return {member: value for member, value in stated.items() if value is not None}

    @classmethod
    def from_api(cls, node: JsonNode) -> ScheduleConfig:
        """The timing in a ScheduleConfig.

        :raises ContractError: naming the member that is missing or of a wrong type
        """
        start, end = node.optional("DataAnalysisStartTime"), node.optional("DataAnalysisEndTime")
        return cls(
            node.child("ScheduleExpression").text(),
            None if start is None else start.text(),
            None if end is None else end.text(),
        )


HOURLY: Final = ScheduleConfig(CronExpression.hourly().text)


def check_schedule_config(config: ScheduleConfig) -> None:
    """Raise unless SageMaker would accept the timing.

    :raises ValueError: naming the argument, its value, what is allowed, and what to do
    """
    now = config.cron.is_now
    given = {
        "data_analysis_start_time": config.data_analysis_start_time,
        "data_analysis_end_time": config.data_analysis_end_time,
    }
    missing = [argument for argument, value in given.items() if value is None]
    if len(missing) == 1 or (missing and now):
        why = "schedule_expression 'NOW' needs both ends" if now else "the window needs both ends, or neither"
        raise ValueError(f"{missing[0]}: None; {why}, e.g. '-PT3H' and '-PT0H'")
    if not missing:
        check_window(given, longest=LONGEST_ANALYSIS)


def check_window(given: dict[str, str | None], *, longest: timedelta | None = None) -> None:
    """Raise unless two offsets from a scheduled time are a window of the past.

    :param given: the start's and the end's argument names with their values; None for one that is not given
    :param longest: the longest window allowed
    :raises ValueError: no offset, one after the scheduled time, an end not after the start, or too long a window
    """
    lengths: list[timedelta] = []
    for argument, value in given.items():
        if value is None:
            continue
        lengths.append(length := parse_offset(value, argument=argument))
        if length > timedelta(0):
            raise ValueError(
                f"{argument}: {value!r} lies after the scheduled time, when there is no data yet; offsets count from "
                f"there, so write '-{value.lstrip('+')}'"
            )
    if len(lengths) < 2:
        return
    (first, _), (last, end) = given.items()
    if lengths[1] <= lengths[0]:
        raise ValueError(
            f"{last}: {end!r} does not lie after {first} {given[first]!r}, so the window is empty; both count from the "
            "scheduled time, e.g. '-PT3H' and '-PT0H'"
        )
    if longest is not None and lengths[1] - lengths[0] > longest:
        raise ValueError(
            f"{last}: {end!r} lies {format_offset(lengths[1] - lengths[0])} after {first} {given[first]!r}; allowed "
            f"are up to {longest // timedelta(hours=1)} hours; use several schedules"
        )
