"""One bad window is weather; several are a climate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from airflow_model_monitor.contract.timestamps import format_utc
from airflow_model_monitor.guards.guard import Guard, Verdict, is_template, number
from airflow_model_monitor.guards.situation import JudgedWindow, Situation, WindowsAsked


@dataclass(frozen=True)
class ViolatedWindows(Guard):
    """Stops unless enough of a monitor's last windows were in violation. A window that was revised counts once.

    A window whose execution failed, for want of data say, was never judged: it is left out, neither bad nor quiet.

    :param at_least: how many
    :param of_the_last: of how many judged windows, up to that of the newest finding
    :param monitor: the monitor whose windows are counted; None: that of the newest violations
    :param output_uri: root of the monitors' output, where its executions are
    :param endpoint_name: the endpoint it watches; None for batch-transform data
    :param checks: only these violations count, such as ``["baseline_drift_check"]``; None: all
    :param newest_too: whether the newest window itself must be in violation
    """

    at_least: int
    of_the_last: int
    output_uri: str
    monitor: str | None = None
    endpoint_name: str | None = None
    checks: Collection[str] | None = None
    newest_too: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.checks, str):
            raise ValueError(f"ViolatedWindows(checks={self.checks!r}): expected a list, [{self.checks!r}]")
        if not is_template(self.at_least) and not is_template(self.of_the_last):
            self._counts()

    def judge(self, situation: Situation) -> Verdict:
        at_least, of_the_last = self._counts()
        monitor = self.monitor or _monitor_in(situation)
        if monitor is None:
            reason = "no finding names a monitor whose windows could be counted; give ViolatedWindows(monitor=…)"
            return Verdict(False, reason, situation.findings)
        asked = WindowsAsked(monitor, self.endpoint_name, self.output_uri, situation.at, of_the_last)
        found = situation.windows(asked)
        last = found.judged
        left_out = f"; {found.failed} whose execution failed are left out" if found.failed else ""
        if not last:
            reason = f"monitor {monitor} has judged no window below {self.output_uri} by {format_utc(situation.at)}"
            return Verdict(False, f"{reason}{left_out}", situation.findings)
        newest = last[-1].window
        bad = [one for one in last if self._is_bad(one)]
        reason = (
            f"{len(bad)} of the last {len(last)} windows of {monitor} were in violation, "
            f"{at_least} of {of_the_last} are asked for{left_out}"
        )
        if self.newest_too and not self._is_bad(last[-1]):
            return Verdict(False, f"{reason}; the newest, {newest.folder}, is quiet", situation.findings, newest)
        return Verdict(len(bad) >= at_least, reason, situation.findings, newest)

    def _is_bad(self, one: JudgedWindow) -> bool:
        return bool(one.checks if self.checks is None else one.checks & set(self.checks))

    def _counts(self) -> tuple[int, int]:
        at_least = int(number("ViolatedWindows", "at_least", self.at_least, 1))
        return at_least, int(number("ViolatedWindows", "of_the_last", self.of_the_last, at_least))


def _monitor_in(situation: Situation) -> str | None:
    """The monitor of the newest violations."""
    told = [one for one in situation.findings if one.window is not None]
    return max(told, key=lambda one: one.at).subject if told else None
