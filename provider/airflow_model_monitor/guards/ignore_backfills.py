"""A replay of last year is no reason to retrain today's model."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_model_monitor.guards.guard import Guard, Verdict
from airflow_model_monitor.guards.situation import Situation


@dataclass(frozen=True)
class IgnoreBackfills(Guard):
    """Drops what a backfill found, and stops when nothing else is left."""

    def judge(self, situation: Situation) -> Verdict:
        left = tuple(one for one in situation.findings if one.run_type != "backfill")
        dropped = len(situation.findings) - len(left)
        if not left:
            return Verdict(False, f"all {dropped} findings come from backfills", left)
        return Verdict(True, f"{len(left)} findings, {dropped} of backfills left out", left)
