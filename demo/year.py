"""The year as it went: every week is judged, drift retrains the model, and beside it nobody ever retrains."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from airflow_model_monitor.service.model_versions import ModelVersions
from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
from airflow_model_monitor.service.windows import Window
from demo import replay
from demo.airflow_process import AirflowProcess
from demo.job_process import WEEK, JobProcess
from demo.outcome import Outcome
from demo.quality_table import Judgement
from demo.replay import FIRST_WEEK
from demo.table import Week
from demo.traffic import ENDPOINT

if TYPE_CHECKING:
    from airflow_model_monitor.service.revisions import Revision
    from demo.departures import Departures

DATA_MONITOR = "late-arrivals"
QUALITY_MONITOR = "late-arrivals-quality"


class DagRunFailedError(RuntimeError):
    """A DAG run of the demonstration ended otherwise than it should."""


def windows(count: int) -> list[Window]:
    """The first weeks of the year."""
    return [Window(FIRST_WEEK + number * WEEK, FIRST_WEEK + (number + 1) * WEEK) for number in range(count)]


def published(root: Path, monitor: str, window: Window) -> Revision:
    """What the execution over a window published."""
    revision = ExecutionStore(str(root / "executions")).read(ExecutionKey(monitor, window, ENDPOINT))
    if revision is None:
        raise DagRunFailedError(f"the DAG run over {window.folder} succeeded and published nothing for {monitor}")
    return revision


def done(run: Future[Outcome]) -> Outcome:
    """The outcome of a run that is to succeed."""
    outcome = run.result()
    if outcome.state != "success":
        raise DagRunFailedError(f"{outcome.dag_id}: the run ended as {outcome.state}: {outcome.tasks}")
    return outcome


@dataclass
class Retraining:
    """What one run of ``retrain_on_drift`` came to.

    :param week: the week whose violations started it
    :param said: a line for the terminal
    :param deployed: whether another model serves now
    """

    week: date
    said: str
    deployed: bool


@dataclass
class World:
    """One course of the year: what runs in two processes, or in one, on the files below one root.

    :param data: judges the data
    :param quality: merges labels and judges the model
    """

    root: Path
    data: AirflowProcess | JobProcess
    quality: AirflowProcess | JobProcess
    judged: dict[date, Future[Outcome]] = field(default_factory=dict)

    def judge_model(self, window: Window) -> None:
        """Ask for the model's judgement; it may come later than the data's."""
        self.judged[window.start.date()] = self.quality.run("monitor_model_quality", window.end)

    def judge_data(self, window: Window) -> Week:
        """Judge the data now."""
        done(self.data.run("monitor_data_quality", window.end))
        return Week.of(published(self.root, DATA_MONITOR, window))

    def judgement(self, window: Window) -> Judgement:
        """The model's judgement, waited for."""
        done(self.judged[window.start.date()])
        return Judgement.of(published(self.root, QUALITY_MONITOR, window))


class Year:
    """Both worlds, from the first week on.

    :param world: the one in which drift retrains the model
    :param unchanged: the one in which it does not
    :param retrains: runs ``retrain_on_drift``, after what judged the data
    :param flights: every departure that is replayed
    """

    def __init__(
        self, world: World, unchanged: World, retrains: AirflowProcess, flights: Departures, count: int
    ) -> None:
        self._world, self._unchanged, self._retrains, self._flights = world, unchanged, retrains, flights
        self.windows = windows(count)
        self.weeks: list[Week] = []
        self.retrainings: list[Retraining] = []
        self.parted: int | None = None  # number of the first week that another model answered
        self._reached = 0

    def run(self, terminal: TextIO) -> None:
        """Judge every week; a line each."""
        beside = threading.Thread(target=self._guarded(self._run_unchanged), daemon=True)
        beside.start()
        for number, window in enumerate(self.windows):
            self._reached = number
            self._world.judge_model(window)
            week = self._world.judge_data(window)
            self.weeks.append(week)
            print(week.line(), file=terminal, flush=True)
            if week.corrected.violations:
                self._consider(number, window, terminal)
        self._reached = len(self.windows)
        if self.parted is not None:
            beside.join()
        if self._failure is not None:
            raise self._failure

    def unchanged_week(self, number: int) -> tuple[Week, Judgement]:
        """A week after the worlds parted, as it went without retraining."""
        window = self.windows[number]
        data = Week.of(published(self._unchanged.root, DATA_MONITOR, window))
        return data, self._unchanged.judgement(window)

    def _consider(self, number: int, window: Window, terminal: TextIO) -> None:
        """What the violations lead to: most often nothing, for a reason."""
        registry = ModelVersions(str(self._world.root / "models" / ENDPOINT))
        before = registry.deployments()
        asked = ("guards", "compare", "candidate")
        outcome = done(self._retrains.run("retrain_on_drift", window.end, events=True, results=asked))
        after = registry.deployments()
        said = _sentence(outcome, deployed=len(after) > len(before))
        if said is None:
            return
        self.retrainings.append(Retraining(window.start.date(), said, len(after) > len(before)))
        print(f"  → {said}", file=terminal, flush=True)
        serving = registry.serving()
        if len(after) > len(before) and serving is not None and number + 1 < len(self.windows):
            since: datetime | None = after[-1].since
            assert since == window.end
            replay.answer_anew(self._world.root, self._flights, serving.read(), since)
            if self.parted is None:
                self.parted = number + 1

    def _run_unchanged(self) -> None:
        """Backwards from the end of the year, until the weeks are reached that are the same in both worlds."""
        for number in reversed(range(len(self.windows))):
            if number < self.parted if self.parted is not None else number <= self._reached:
                return
            self._unchanged.judge_model(self.windows[number])
            self._unchanged.judge_data(self.windows[number])

    _failure: BaseException | None = None

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001  raised again by the thread that waits
                self._failure = error

        return run


def _sentence(outcome: Outcome, *, deployed: bool) -> str | None:
    """What a run of ``retrain_on_drift`` came to; None when the guards said no."""
    decision = outcome.results["guards"]
    if not decision["allowed"]:
        return None
    candidate, figures = outcome.results["candidate"], outcome.results["compare"]
    if deployed:
        return f"{candidate['reason']}; approved automatically, deployed, and every monitor has a new baseline"
    if candidate is not None:
        return f"{candidate['reason']}; pending approval"
    metric = figures["metric"]
    return (
        f"retrained and rejected: {metric} {figures['champion'][metric]:.4f} → {figures['challenger'][metric]:.4f} on "
        f"{figures['rows']} rows that neither model had seen"
    )
