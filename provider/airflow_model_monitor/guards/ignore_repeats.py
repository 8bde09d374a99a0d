"""What was told before is told once."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_model_monitor.guards.guard import Guard, Verdict
from airflow_model_monitor.guards.situation import Situation


@dataclass(frozen=True)
class IgnoreRepeats(Guard):
    """Drops alarms that another run has dealt with, and windows that were judged again, and stops when nothing is left.

    Queues tell at least once, and a window's violations are told again when late labels revise it.
    """

    def judge(self, situation: Situation) -> Verdict:
        once = {one.key: one for one in situation.findings}
        left = tuple(one for one in once.values() if not situation.told_before(one))
        dropped = len(situation.findings) - len(left)
        if not left:
            return Verdict(False, f"all {dropped} findings were told before", left)
        return Verdict(True, f"{len(left)} findings are new, {dropped} were told before", left)
