"""``make demo``: monitor 52 weeks of real traffic with the DAGs of ``dags/`` and print what they found.

1. a classifier learns from January and February, the baseline's months
2. every departure of the year is put to it; requests and responses become captured-data files
3. ``flights_baseline`` suggests the baseline; ``flights_monitor`` judges one week per DAG run, through Airflow's
   ``dag.test()``: real DAG runs and task runs in this process, no scheduler to wait for
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from demo import home
from demo.baseline import write_baseline
from demo.table import DRIFT, HEADER, Week

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from airflow_model_monitor.service.store import ExecutionStore

FIRST_WEEK = datetime(2012, 12, 31, tzinfo=UTC)
WEEK = timedelta(weeks=1)
WEEKS = 52
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
        prepare(root, terminal)
        home.finish_migration(migration, root)
        weeks = _monitor(root, arguments.weeks, terminal)
        _conclude(weeks, root, terminal)
        print(f"\n{time.monotonic() - began:.0f} s", file=terminal)
    return 0


def prepare(root: Path, terminal: TextIO, *, since: datetime = FIRST_WEEK, until: datetime | None = None) -> None:
    """Training data, classifier, and the traffic captured at its endpoint.

    :param root: where to write ``training/`` and ``traffic/``
    :param terminal: for a line per step
    :param since: replay departures scheduled from this instant
    :param until: and before this one; default: to the end of the year
    """
    import numpy as np

    from demo import departures, traffic
    from demo.classifier import LateArrivals

    root.mkdir(parents=True, exist_ok=True)
    year = departures.load(root)
    training = year[year.month <= 2]
    model = LateArrivals(training)
    predictions = model.predict(year)
    arrived = ~np.isnan(year.arr_delay)
    right = float(((year.arr_delay > 15) == predictions)[arrived].mean())
    print(f"{len(year):,} departures; the classifier is right about {right:.0%} of the arrivals", file=terminal)
    write_baseline(root / "training" / "january-february.csv", training, model.predict(training))
    replayed = year.scheduled >= np.datetime64(since.replace(tzinfo=None))
    if until is not None:
        replayed &= year.scheduled < np.datetime64(until.replace(tzinfo=None))
    files = traffic.write_captures(root / "traffic", year[replayed], predictions[replayed])
    print(f"{int(replayed.sum()):,} requests captured in {files:,} files under {root / 'traffic'}", file=terminal)


def _monitor(root: Path, count: int, terminal: TextIO) -> list[Week]:
    from airflow_model_monitor.service.store import ExecutionKey, ExecutionStore
    from airflow_model_monitor.service.windows import Window

    dags = _dags()
    _run(dags["flights_baseline"], datetime.now(UTC), terminal)
    store: ExecutionStore = ExecutionStore(str(root / "executions"))
    print(f"\n{HEADER}\n{'-' * len(HEADER)}", file=terminal)
    weeks = []
    for number in range(count):
        window = Window(FIRST_WEEK + number * WEEK, FIRST_WEEK + (number + 1) * WEEK)
        # A manual run takes the last complete interval before its logical date.
        _run(dags["flights_monitor"], window.end, terminal)
        revision = store.read(ExecutionKey("late-arrivals", window, "late-arrivals"))
        if revision is None:
            raise RuntimeError(f"the DAG run over {window.folder} succeeded and published nothing")
        weeks.append(Week.of(revision))
        print(weeks[-1].line(), file=terminal, flush=True)
    return weeks


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


def _conclude(weeks: Sequence[Week], root: Path, terminal: TextIO) -> None:
    drifted = {week.start for week in weeks if week.corrected.by_check.get(DRIFT)}
    originally = {week.start for week in weeks if week.original.by_check.get(DRIFT)}
    quiet = sum(not week.corrected.violations for week in weeks)
    top = max(weeks, key=lambda week: (week.drift, week.corrected.violations))
    print(
        f"\n{quiet} of {len(weeks)} weeks are quiet. Drift in {len(drifted)} of them when every value counts; "
        f"the original, which drops repeated values,\nmisses {len(drifted - originally)} of those and reports "
        f"{len(originally - drifted)} where there is none.\n"
        f"\nReport of the week that drifted most ({top.start}): {top.report}\n"
        f"Everything else: {root}",
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
