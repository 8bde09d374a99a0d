"""An upper bound on what drift may cost."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from airflow_model_monitor.guards.guard import Guard, Verdict, is_template, number
from airflow_model_monitor.guards.situation import Situation


@dataclass(frozen=True)
class MonthlyLimit(Guard):
    """Stops when there were enough retrainings in the calendar month; those that failed count too, they cost as much.

    :param at_most: how many a month
    :param timezone: whose months
    """

    at_most: int
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if not is_template(self.at_most):
            number("MonthlyLimit", "at_most", self.at_most, 0)
        if not is_template(self.timezone):
            self._zone()

    def judge(self, situation: Situation) -> Verdict:
        limit = int(number("MonthlyLimit", "at_most", self.at_most, 0))
        zone = self._zone()
        month = situation.at.astimezone(zone).strftime("%Y-%m")
        count = sum(one.at.astimezone(zone).strftime("%Y-%m") == month for one in situation.retrainings)
        reason = f"{count} retrainings in {month}, at most {limit} are allowed"
        return Verdict(count < limit, reason, situation.findings)

    def _zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                f"MonthlyLimit(timezone={self.timezone!r}): there is no such time zone; e.g. 'Europe/Berlin'"
            ) from None
