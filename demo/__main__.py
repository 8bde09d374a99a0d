"""``make demo``: 52 weeks of real traffic, the DAGs of ``dags/``, and what they found and did.

1. a classifier learns from January and February; ``baseline`` puts it in service and suggests the baselines
2. every departure is put to the model that serves; requests and responses become captured-data files
3. ``monitor_data_quality`` and ``monitor_model_quality`` judge one week per DAG run, through Airflow's ``dag.test()``
4. violations start ``retrain_on_drift``; when its guards let it pass, a model learns from recent labelled weeks, and
   when it is better on newer ones, it serves from then on and every monitor gets a new baseline
5. the same weeks are judged as they would have gone without retraining, by the same jobs without DAG runs around them
6. ``monitor_bias`` and ``monitor_attribution`` look at some weeks, or at all of them (``--all``)
7. with ``--all`` the late labels come, and ``ground_truth_backfill`` revises the weeks they touch
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from demo import clarify_table, home, labels, quality_table, replay, two_worlds
from demo.airflow_process import AirflowProcess
from demo.forked import ForkedProcess
from demo.job_process import WEEK, JobProcess
from demo.quality_table import Judgement
from demo.replay import prepare
from demo.table import DRIFT, HEADER
from demo.year import QUALITY_MONITOR, World, Year, done, published

if TYPE_CHECKING:
    from demo.departures import Departures

WEEKS = 52
SOME = 26  # of bias and attribution every so many weeks
EXPLAINED = 4  # of attribution with --all: a week is 190,000 questions to the model
BIAS_MONITOR = "late-arrivals-bias"
ATTRIBUTION_MONITOR = "late-arrivals-attribution"
LATE_LABELS_RUN = datetime(2014, 2, 1, tzinfo=UTC)  # when the last late label has come
MARK = ".model-monitor-demo"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demonstration; 0 when every DAG run succeeded."""
    parser = argparse.ArgumentParser(prog="make demo", description="A year of departures, monitored week by week.")
    parser.add_argument("--root", type=Path, default=Path(".demo"), help="folder for everything it writes (.demo)")
    parser.add_argument("--weeks", type=int, default=WEEKS, help="how many weeks from 31 December 2012 (52)")
    parser.add_argument(
        "--all", action="store_true", help="bias of every week, attribution of every fourth, and the late labels"
    )
    parser.add_argument(
        "--approve",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="approve a better model without asking anybody; --no-approve leaves it pending (--approve)",
    )
    arguments = parser.parse_args(argv)
    root = arguments.root.resolve()
    began = time.monotonic()
    _clear(root)
    os.environ.update(home.environment(root))
    terminal = sys.stdout
    with ExitStack() as stack:
        approval = "automatic" if arguments.approve else "later"
        names = ("airflow-data", "airflow-quality")
        data, quality = (stack.enter_context(closing(AirflowProcess(root, name, approval=approval))) for name in names)
        other = root / "unchanged"
        beside = stack.enter_context(closing(JobProcess(other, "jobs", nice=3)))
        database = data.make_database()
        data.warm_up()
        quality.warm_up()
        end = replay.FIRST_WEEK + arguments.weeks * WEEK if arguments.weeks < WEEKS else None
        flights = prepare(root, terminal, until=end).departures
        in_time = labels.punctual(flights)
        delivered = labels.deliver(root / "labels", flights[in_time], in_time[in_time])
        print(f"{delivered:,} labels came the morning after their departure", file=terminal)
        quality.give_database(database.result())
        done(data.run("baseline", datetime.now(UTC)))
        replay.parallel_world(root, other)
        world = World(root, data, quality)
        year = Year(world, World(other, beside, beside), data, flights, arguments.weeks)
        if arguments.approve:
            print("\nA retrained model that is better is approved automatically here (--approve)", file=terminal)
        _print_header("Data quality", HEADER, terminal)
        year.run(terminal)
        judged = _print_quality(year, world, terminal)
        _print_both(year, judged, terminal)
        _print_clarify(data, root, year, terminal, everything=arguments.all)
        if arguments.all:
            _revise(quality, root, flights, year, judged, terminal)
        _conclude(year, terminal)
        seconds = _processor_seconds(data, quality, beside)
    print(f"\nEverything is under {root}", file=terminal)
    print(f"\n{time.monotonic() - began:.0f} s, {seconds:.0f} s of processor time", file=terminal)
    return 0


def _processor_seconds(*processes: ForkedProcess) -> float:
    """Of this process, of those that it asked, and of the one they were forked from."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    used = [process.processor_seconds() for process in processes]
    return own.ru_utime + own.ru_stime + sum(seconds for seconds, _ in used) + max(imports for _, imports in used)


def _print_quality(year: Year, world: World, terminal: TextIO) -> list[Judgement]:
    title = "Model quality with the labels that came in time, each week by the model that served"
    _print_header(title, quality_table.HEADER, terminal)
    judged = []
    for window in year.windows:
        judged.append(world.judgement(window))
        print(quality_table.line(judged[-1]), file=terminal, flush=True)
    return judged


def _print_both(year: Year, judged: Sequence[Judgement], terminal: TextIO) -> None:
    if year.parted is None:
        print("\nNo model was replaced, so there is nothing to compare with", file=terminal)
        return
    print(f"\nWithout retraining, and with it\n{two_worlds.HEADER}\n{two_worlds.RULE}", file=terminal)
    data, quality = {}, {}
    for number in range(year.parted, len(year.windows)):
        unchanged, judgement = year.unchanged_week(number)
        data[unchanged.start] = (unchanged, year.weeks[number])
        quality[unchanged.start] = (judgement, judged[number])
        print(two_worlds.line(data[unchanged.start], quality[unchanged.start]), file=terminal)
    print(f"\n{two_worlds.conclusion(data, quality)}", file=terminal)


def _print_clarify(process: AirflowProcess, root: Path, year: Year, terminal: TextIO, *, everything: bool) -> None:
    title = "Bias: predicted late elsewhere minus at this airport (in truth), as shares"
    _print_header(title, clarify_table.BIAS_HEADER, terminal)
    for window in year.windows[:: 1 if everything else SOME]:
        done(process.run("monitor_bias", window.end))
        print(clarify_table.bias_line(published(root, BIAS_MONITOR, window)), file=terminal, flush=True)
    _print_header("Attribution: what the model goes by", clarify_table.ATTRIBUTION_HEADER, terminal)
    for window in year.windows[:: EXPLAINED if everything else SOME]:
        done(process.run("monitor_attribution", window.end))
        print(clarify_table.attribution_line(published(root, ATTRIBUTION_MONITOR, window)), file=terminal, flush=True)


def _revise(
    process: AirflowProcess,
    root: Path,
    flights: Departures,
    year: Year,
    before: Sequence[Judgement],
    terminal: TextIO,
) -> None:
    in_time = labels.punctual(flights)
    delivered = labels.deliver(root / "labels", flights[~in_time], in_time[~in_time])
    print(
        f"\n{delivered:,} labels came one to three weeks late; finding and revising the weeks they touch", file=terminal
    )
    done(process.run("ground_truth_backfill", LATE_LABELS_RUN))
    _print_header("Model quality before and after the late labels", quality_table.HEADER, terminal)
    after = [Judgement.of(published(root, QUALITY_MONITOR, window)) for window in year.windows]
    for first, second in zip(before, after, strict=True):
        print(quality_table.line(first, second), file=terminal)
    print(f"\n{quality_table.conclusion(before, after)}", file=terminal)


def _print_header(title: str, header: str, terminal: TextIO) -> None:
    print(f"\n{title}\n{header}\n{'-' * len(header)}", file=terminal)


def _conclude(year: Year, terminal: TextIO) -> None:
    """The year by the first baseline alone, and what happened."""
    parted = len(year.windows) if year.parted is None else year.parted
    weeks = [*year.weeks[:parted], *(year.unchanged_week(number)[0] for number in range(parted, len(year.windows)))]
    drifted = {week.start for week in weeks if week.corrected.by_check.get(DRIFT)}
    originally = {week.start for week in weeks if week.original.by_check.get(DRIFT)}
    quiet = sum(not week.corrected.violations for week in weeks)
    top = max(weeks, key=lambda week: (week.drift, week.corrected.violations))
    print(
        f"\nBy the first baseline, {quiet} of {len(weeks)} weeks are quiet. Drift in {len(drifted)} of them when every "
        f"value counts; the original, which drops\nrepeated values, misses {len(drifted - originally)} of those and "
        f"reports {len(originally - drifted)} where there is none.",
        file=terminal,
    )
    for retraining in year.retrainings:
        print(f"Week of {retraining.week}: {retraining.said}.", file=terminal)
    print(f"\nReport of the week that drifted most ({top.start}): {top.report}", file=terminal)


def _clear(root: Path) -> None:
    """Start afresh, but never delete a folder that this demonstration did not make."""
    if root.exists() and any(root.iterdir()):
        if not (root / MARK).exists():
            raise SystemExit(f"{root} is not empty and was not made by this demonstration; give another --root")
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / MARK).touch()


def _stopped(number: int, _frame: object) -> None:
    """Ends with an exception, so that the other processes are ended as well."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stopped)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped. Start it again and it begins afresh.")
