"""Time for a new model to show what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.guards.guard import Guard, Verdict, is_template, number
from airflow_model_monitor.guards.situation import Situation


@dataclass(frozen=True)
class CoolDown(Guard):
    """Stops until some time has passed since the last retraining began, or ended if it has.

    Retrainings that failed do not count. Neither does time on a clock: what counts is the time of the findings.

    :param days: together with ``hours`` how long
    :param hours: see ``days``
    """

    days: float = 0
    hours: float = 0

    def __post_init__(self) -> None:
        for argument in ("days", "hours"):
            if not is_template(getattr(self, argument)):
                number("CoolDown", argument, getattr(self, argument), 0)

    def judge(self, situation: Situation) -> Verdict:
        pause = timedelta(
            days=number("CoolDown", "days", self.days, 0), hours=number("CoolDown", "hours", self.hours, 0)
        )
        counted = [one for one in situation.retrainings if one.ended is None or one.ended.outcome != "failed"]
        last = max((max(one.at, one.ended.at) if one.ended else one.at for one in counted), default=None)
        if last is None:
            return Verdict(True, "there was no retraining before", situation.findings)
        since = situation.at - last
        if since < pause:
            reason = f"the last retraining was at {format_utc(last)}; the cool-down of {pause} ends at "
            return Verdict(False, f"{reason}{format_utc(last + pause)}", situation.findings)
        return Verdict(True, f"{since} since the last retraining, {pause} are enough", situation.findings)
