"""Two retrainings at once would compare with the same champion and race to replace it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.guards.guard import Guard, Verdict, is_template, number
from airflow_model_monitor.guards.situation import Situation


@dataclass(frozen=True)
class OneAtATime(Guard):
    """Stops while another retraining goes on, one that waits for approval too.

    A retraining goes on from its beginning until its outcome is recorded, or its DAG run has failed.

    :param give_up_after_days: one that was begun so long ago and came to nothing is no longer waited for
    """

    give_up_after_days: float = 90

    def __post_init__(self) -> None:
        if not is_template(self.give_up_after_days):
            number("OneAtATime", "give_up_after_days", self.give_up_after_days, 0)

    def judge(self, situation: Situation) -> Verdict:
        patience = timedelta(days=number("OneAtATime", "give_up_after_days", self.give_up_after_days, 0))
        running = [
            one for one in situation.retrainings if one.id in situation.running and situation.at - one.at < patience
        ]
        if running:
            one = running[-1]
            reason = f"retraining {one.number} of run {one.run_id} goes on since {format_utc(one.at)}"
            return Verdict(False, reason, situation.findings)
        return Verdict(True, "no other retraining goes on", situation.findings)
