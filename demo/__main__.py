"""``make demo``: monitor 52 weeks of real traffic with the DAGs of ``dags/`` and print what they found.

1. a classifier learns from January and February, the baselines' months
2. every departure of the year is put to it; requests and responses become captured-data files
3. ``flights_baseline`` suggests the baseline; ``flights_monitor`` judges one week per DAG run, through Airflow's
   ``dag.test()``: real DAG runs and task runs in this process, no scheduler to wait for
4. the labels that come in time are delivered; ``flights_quality`` merges and judges one week per DAG run
5. the late labels are delivered; one run of ``flights_late_labels`` finds the weeks they touch and revises those
6. ``flights_bias`` compares the airports of origin, week by week
7. the classifier answers over HTTP, and ``flights_attribution`` asks it what it goes by, every fourth week
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from demo import clarify_table, home, labels, quality_table
from demo.baseline import write_bias_baseline, write_data_baseline, write_quality_baseline, write_requests
from demo.endpoint import serving
from demo.quality_table import Judgement
from demo.table import DRIFT, HEADER, Week
from demo.traffic import ENDPOINT

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from airflow_model_monitor.service.revisions import Revision
    from airflow_model_monitor.service.store import ExecutionStore
    from airflow_model_monitor.service.windows import Window
    from demo.classifier import LateArrivals
    from demo.departures import Departures

FIRST_WEEK = datetime(2012, 12, 31, tzinfo=UTC)
WEEK = timedelta(weeks=1)
WEEKS = 52
DATA_MONITOR = "late-arrivals"
QUALITY_MONITOR = "late-arrivals-quality"
BIAS_MONITOR = "late-arrivals-bias"
ATTRIBUTION_MONITOR = "late-arrivals-attribution"
EXPLAINED = 4  # every so many weeks: a week is 190,000 questions to the classifier
LATE_LABELS_RUN = datetime(2014, 2, 1, tzinfo=UTC)  # when the last late label has come
MARK = ".model-monitor-demo"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demonstration; 0 when every DAG run succeeded."""
    parser = argparse.ArgumentParser(prog="make demo", description="A year of departures, monitored week by week.")
    parser.add_argument("--root", type=Path, default=Path(".demo"), help="folder for everything it writes (.demo)")
    parser.add_argument("--weeks", type=int, default=WEEKS, help="how many weeks from 31 December 2012 (52)")
    arguments = parser.parse_args(argv)
    root = arguments.root.resolve()
    began = time.monotonic()
    _clear(root)
    with _quiet(root / "airflow.log") as terminal:
        os.environ.update(home.environment(root))
        migration = home.begin_migration(root)
        end = FIRST_WEEK + arguments.weeks * WEEK if arguments.weeks < WEEKS else None
        replayed = prepare(root, terminal, until=end)
        home.finish_migration(migration, root)
        with serving(replayed.model) as address:
            os.environ["MODEL_MONITOR_DEMO_MODEL"] = address
            dags = _dags()
            weeks = _monitor_data(dags, root, arguments.weeks, terminal)
            _conclude(weeks, terminal)
            _monitor_quality(dags, root, replayed.departures, arguments.weeks, terminal)
            _monitor_bias(dags, root, arguments.weeks, terminal)
            _monitor_attribution(dags, root, arguments.weeks, terminal)
        print(f"\nEverything is under {root}", file=terminal)
        print(f"\n{time.monotonic() - began:.0f} s", file=terminal)
    return 0


@dataclass(frozen=True)
class Replayed:
    """What the demonstration works on: the departures that were put to the classifier, and the classifier."""

    departures: Departures
    model: LateArrivals


def prepare(root: Path, terminal: TextIO, *, since: datetime = FIRST_WEEK, until: datetime | None = None) -> Replayed:
    """Training data, classifier, and the traffic captured at its endpoint.

    :param root: where to write ``training/`` and ``traffic/``
    :param terminal: for a line per step
    :param since: replay departures scheduled from this instant
    :param until: and before this one; default: to the end of the year
    """
    import numpy as np

    from demo import departures, traffic
    from demo.classifier import THRESHOLD, LateArrivals

    root.mkdir(parents=True, exist_ok=True)
    year = departures.load(root)
    training = year[year.month <= 2]
    model = LateArrivals(training)
    probabilities = model.probabilities(year)
    right = float((year.late == (probabilities > THRESHOLD))[year.arrived].mean())
    print(f"{len(year):,} departures; the classifier is right about {right:.0%} of the arrivals", file=terminal)
    learnt = model.probabilities(training)
    write_data_baseline(root / "training" / "january-february.csv", training, learnt)
    write_quality_baseline(root / "training" / "quality.csv", training, learnt)
    write_bias_baseline(root / "training" / "bias.csv", training, learnt)
    write_requests(root / "training" / "requests.csv", training)
    replayed = year.scheduled >= np.datetime64(since.replace(tzinfo=None))
    if until is not None:
        replayed &= year.scheduled < np.datetime64(until.replace(tzinfo=None))
    year, probabilities = year[replayed], probabilities[replayed]
    files = traffic.write_captures(root / "traffic", year, probabilities)
    print(f"{len(year):,} requests captured in {files:,} files under {root / 'traffic'}", file=terminal)
    return Replayed(year, model)


def _windows(count: int) -> list[Window]:
    from airflow_model_monitor.service.windows import Window

    return [Window(FIRST_WEEK + number * WEEK, FIRST_WEEK + (number + 1) * WEEK) for number in range(count)]


def _published(store: ExecutionStore, monitor: str, window: Window) -> Revision:
    from airflow_model_monitor.service.store import ExecutionKey

    revision = store.read(ExecutionKey(monitor, window, ENDPOINT))
    if revision is None:
        raise RuntimeError(f"the DAG run over {window.folder} succeeded and published nothing for {monitor}")
    return revision


def _monitor_data(dags: dict[str, DAG], root: Path, count: int, terminal: TextIO) -> list[Week]:
    from airflow_model_monitor.service.store import ExecutionStore

    _run(dags["flights_baseline"], datetime.now(UTC), terminal)
    store = ExecutionStore(str(root / "executions"))
    _print_header("Data quality", HEADER, terminal)
    weeks = []
    for window in _windows(count):
        # A manual run takes the last complete interval before its logical date.
        _run(dags["flights_monitor"], window.end, terminal)
        weeks.append(Week.of(_published(store, DATA_MONITOR, window)))
        print(weeks[-1].line(), file=terminal, flush=True)
    return weeks


def _monitor_quality(dags: dict[str, DAG], root: Path, year: Departures, count: int, terminal: TextIO) -> None:
    from airflow_model_monitor.service.store import ExecutionStore

    in_time = labels.punctual(year)
    delivered = labels.deliver(root / "labels", year[in_time], in_time[in_time])
    print(f"\n{delivered:,} labels came the morning after their departure", file=terminal)
    _run(dags["flights_quality_baseline"], datetime.now(UTC), terminal)
    store = ExecutionStore(str(root / "executions"))
    _print_header("Model quality with the labels that came in time", quality_table.HEADER, terminal)
    before = []
    for window in _windows(count):
        _run(dags["flights_quality"], window.end, terminal)
        before.append(Judgement.of(_published(store, QUALITY_MONITOR, window)))
        print(quality_table.line(before[-1]), file=terminal, flush=True)
    delivered = labels.deliver(root / "labels", year[~in_time], in_time[~in_time])
    print(
        f"\n{delivered:,} labels came one to three weeks late; finding and revising the weeks they touch", file=terminal
    )
    _run(dags["flights_late_labels"], LATE_LABELS_RUN, terminal)
    _print_header("Model quality before and after the late labels", quality_table.HEADER, terminal)
    after = [Judgement.of(_published(store, QUALITY_MONITOR, window)) for window in _windows(count)]
    for first, second in zip(before, after, strict=True):
        print(quality_table.line(first, second), file=terminal)
    print(f"\n{quality_table.conclusion(before, after)}", file=terminal)


def _monitor_bias(dags: dict[str, DAG], root: Path, count: int, terminal: TextIO) -> None:
    from airflow_model_monitor.service.store import ExecutionStore

    _run(dags["flights_bias_baseline"], datetime.now(UTC), terminal)
    store = ExecutionStore(str(root / "executions"))
    title = "Bias: predicted late elsewhere minus at this airport (in truth), as shares"
    _print_header(title, clarify_table.BIAS_HEADER, terminal)
    for window in _windows(count):
        _run(dags["flights_bias"], window.end, terminal)
        print(clarify_table.bias_line(_published(store, BIAS_MONITOR, window)), file=terminal, flush=True)


def _monitor_attribution(dags: dict[str, DAG], root: Path, count: int, terminal: TextIO) -> None:
    from airflow_model_monitor.service.store import ExecutionStore

    _run(dags["flights_attribution_baseline"], datetime.now(UTC), terminal)
    store = ExecutionStore(str(root / "executions"))
    _print_header("Attribution: what the classifier goes by", clarify_table.ATTRIBUTION_HEADER, terminal)
    for window in _windows(count)[::EXPLAINED]:
        _run(dags["flights_attribution"], window.end, terminal)
        print(clarify_table.attribution_line(_published(store, ATTRIBUTION_MONITOR, window)), file=terminal, flush=True)


def _print_header(title: str, header: str, terminal: TextIO) -> None:
    print(f"\n{title}\n{header}\n{'-' * len(header)}", file=terminal)


def _dags() -> dict[str, DAG]:
    bag = home.dag_bag(home.DAGS)
    if bag.import_errors:
        raise RuntimeError(f"the example DAGs could not be imported: {bag.import_errors}")
    return dict(bag.dags)


def _run(dag: DAG, logical_date: datetime, terminal: TextIO) -> None:
    run = dag.test(logical_date=logical_date)
    if run.state != "success":
        print(f"{dag.dag_id}: the run of {logical_date:%Y-%m-%d} ended as {run.state}", file=terminal)
        raise SystemExit(1)


def _conclude(weeks: Sequence[Week], terminal: TextIO) -> None:
    drifted = {week.start for week in weeks if week.corrected.by_check.get(DRIFT)}
    originally = {week.start for week in weeks if week.original.by_check.get(DRIFT)}
    quiet = sum(not week.corrected.violations for week in weeks)
    top = max(weeks, key=lambda week: (week.drift, week.corrected.violations))
    print(
        f"\n{quiet} of {len(weeks)} weeks are quiet. Drift in {len(drifted)} of them when every value counts; "
        f"the original, which drops repeated values,\nmisses {len(drifted - originally)} of those and reports "
        f"{len(originally - drifted)} where there is none.\n"
        f"\nReport of the week that drifted most ({top.start}): {top.report}",
        file=terminal,
    )


def _clear(root: Path) -> None:
    """Start afresh, but never delete a folder that this demonstration did not make."""
    if root.exists() and any(root.iterdir()):
        if not (root / MARK).exists():
            raise SystemExit(f"{root} is not empty and was not made by this demonstration; give another --root")
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / MARK).touch()


@contextmanager
def _quiet(log: Path) -> Iterator[TextIO]:
    """The terminal for us alone: what Airflow prints goes to a file, whichever way it prints it."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    with log.open("wb", buffering=0) as file, os.fdopen(os.dup(1), "w", buffering=1) as terminal:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield terminal
        except BaseException:
            print(f"The demonstration stopped; Airflow's log is {log}", file=terminal)
            raise
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(saved[0], 1)
            os.dup2(saved[1], 2)
            for descriptor in saved:
                os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
