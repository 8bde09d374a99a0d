"""Several guards, one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from airflow_model_monitor.guards.finding import Finding, newest
from airflow_model_monitor.guards.guard import Guard, Verdict
from airflow_model_monitor.guards.situation import Situation
from airflow_model_monitor.service.windows import Window


@dataclass(frozen=True, slots=True)
class Decision:
    """What the guards came to.

    :param verdicts: guard by guard, in order, up to the first that stops
    :param findings: the reasons that were left
    :param at: the instant of the newest of them, or of the newest there was
    """

    allowed: bool
    verdicts: tuple[tuple[str, Verdict], ...]
    findings: tuple[Finding, ...]
    at: datetime

    @property
    def window(self) -> Window | None:
        """The newest window in violation; where no finding names one (alarms do not), the newest a guard looked at."""
        found = [one.window for one in self.findings if one.window is not None]
        looked_at = [verdict.window for _, verdict in self.verdicts if verdict.window is not None]
        return max(found or looked_at, key=lambda one: one.end, default=None)

    @property
    def reason(self) -> str:
        """In a sentence: the guard that stops and why, or what there is to retrain for."""
        if not self.allowed:
            name, verdict = self.verdicts[-1]
            return f"{name}: {verdict.reason}"
        shown = "; ".join(map(str, self.findings[:3]))
        more = f" and {len(self.findings) - 3} more" if len(self.findings) > 3 else ""
        return f"{shown}{more}"

    @property
    def lines(self) -> list[str]:
        """Every guard's answer, one a line."""
        return [f"{name} {'lets pass' if one.passes else 'stops'}: {one.reason}" for name, one in self.verdicts]


def decide(situation: Situation, guards: Sequence[Guard]) -> Decision:
    """Ask the guards in their order, each about the findings that those before it have left, until one stops."""
    verdicts: list[tuple[str, Verdict]] = []
    for guard in guards:
        verdict = guard.judge(situation)
        verdicts.append((type(guard).__name__, verdict))
        latest = newest(verdict.findings)
        situation = replace(situation, findings=verdict.findings, at=latest.at if latest else situation.at)
        if not verdict.passes:
            return Decision(False, tuple(verdicts), situation.findings, situation.at)
    return Decision(True, tuple(verdicts), situation.findings, situation.at)
