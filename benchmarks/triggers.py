"""Hundreds of deferred tasks in one real triggerer, which is killed on the way.

PostgreSQL from the distribution's packages, ``airflow triggerer``, and a server that answers
``ListMonitoringExecutions`` by SageMaker's rules for filters, order and pages. ``section()`` gives its part of
RESULTS.md.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import deferred_tasks
import limits

ROOT = Path(__file__).parents[1]
CALLS_A_MINUTE = 120
INTERVALS = 2.0
_CORES = 2


class Run(NamedTuple):
    """What was seen; seconds count from a look of a triggerer that has all tasks.

    :param finished: when each task was resumed, in order
    :param late: seconds from the end of each execution to the resumption of its task, in order
    :param calls: when each API call came
    :param killed: when the triggerer was killed
    :param before: how many tasks had been resumed by then
    :param taken: when the next triggerer had taken over the tasks that were left
    :param load: share of one core that the triggerer took before, all its processes together
    :param megabytes: their resident memory
    """

    finished: list[float]
    late: list[float]
    calls: list[float]
    killed: float
    before: int
    taken: float
    load: float
    megabytes: float


def section(count: int = 500, interval: float = 60.0) -> list[str]:
    """Measure, and return the lines of the report.

    :param count: how many tasks are deferred
    :param interval: their ``poke_interval`` in seconds
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_CORES])
    folder = Path(tempfile.mkdtemp(prefix="model-monitor-triggers-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    try:
        run = _measured(folder, count, interval)
    except BaseException:
        for log in sorted(folder.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text()[-3000:]}", file=sys.stderr)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return _lines(run, count, interval)


def _measured(folder: Path, count: int, interval: float) -> Run:
    sys.path.insert(0, str(ROOT))
    from tests.scripted_sagemaker import scripted

    with scripted() as sagemaker, _database(folder) as (port, url):
        for number in range(count):
            sagemaker.execute(deferred_tasks.schedule(number), deferred_tasks.DUE, "InProgress")
        environment = _environment(folder, url, sagemaker.connection(), interval)
        _airflow(folder, environment, "db", "migrate")
        script = [sys.executable, str(Path(__file__).with_name("deferred_tasks.py")), str(count), str(interval)]
        _run(folder, environment, script)
        return _play(folder, environment, port, sagemaker, count, interval)


def _play(folder: Path, environment: dict[str, str], port: int, sagemaker: Any, count: int, interval: float) -> Run:
    """Half of the executions end within an interval; in its middle the triggerer is killed, and the others end."""
    states = _States(port)
    ended: dict[str, float] = {}

    def end(executions: Sequence[dict[str, Any]], within: float) -> None:
        begun = time.monotonic()
        for number, execution in enumerate(executions):
            time.sleep(max(0.0, begun + within * number / len(executions) - time.monotonic()))
            execution["MonitoringExecutionStatus"] = "Completed"
            ended[execution["MonitoringScheduleName"]] = time.monotonic() - start

    half = count // 2
    with _triggerer(folder, environment) as first:
        _wait(lambda: states.assigned() == (1, count), "one triggerer has all tasks", 180, first)
        looks = len(sagemaker.asked("ListMonitoringExecutions"))
        _wait(lambda: len(sagemaker.asked("ListMonitoringExecutions")) > looks, "a look", 4 * interval, first)
        start = time.monotonic()
        seen = _Watch(states, count)
        used = _used(first)
        threading.Thread(target=end, args=(sagemaker.executions[:half], 0.9 * interval), daemon=True).start()
        time.sleep(interval / 2)
        load, megabytes = (_used(first)[0] - used[0]) / (time.monotonic() - start), used[1]
        _kill(first)
        killed = time.monotonic() - start
        before = states.resumed()
        end(sagemaker.executions[half:], 0)
    with _triggerer(folder, environment) as second:
        _wait(states.taken_over, "another triggerer took over", 180, second)
        taken = time.monotonic() - start
        seen.wait(start + 10 * interval)
    finished = {task: at - start for task, at in seen.at.items()}
    outcomes = states.outcomes()
    if outcomes != {"ended": len(finished)}:
        raise RuntimeError(f"the triggers told their tasks {outcomes}, and {len(finished)} executions had ended")
    return Run(
        finished=sorted(finished.values()),
        late=sorted(at - ended[task] for task, at in finished.items()),
        calls=[call.at - start for call in sagemaker.asked("ListMonitoringExecutions")],
        killed=killed,
        before=before,
        taken=taken,
        load=load,
        megabytes=megabytes,
    )


def _used(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Processor seconds and resident megabytes of a process and its children."""
    import psutil

    top = psutil.Process(process.pid)
    tree = [top, *top.children(recursive=True)]
    times = [one.cpu_times() for one in tree]
    return sum(one.user + one.system for one in times), sum(one.memory_info().rss for one in tree) / 1e6


class _States:
    """What Airflow's database says."""

    def __init__(self, port: int) -> None:
        import psycopg2

        self._connection = psycopg2.connect(host="127.0.0.1", port=port, user="airflow", dbname="airflow")
        self._connection.autocommit = True
        self._first: set[int] = set()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def assigned(self) -> tuple[int, int]:
        """How many triggerers have how many triggers."""
        rows = self.ask("SELECT triggerer_id, count(*) FROM trigger WHERE triggerer_id IS NOT NULL GROUP BY 1")
        self._first = {triggerer for triggerer, _ in rows}
        return len(rows), sum(number for _, number in rows)

    def taken_over(self) -> bool:
        """Whether the triggers that are left belong to another triggerer than before."""
        rows = self.ask(
            "SELECT DISTINCT triggerer_id FROM trigger JOIN task_instance ON trigger_id = trigger.id "
            "WHERE triggerer_id IS NOT NULL"
        )
        return not self._first.intersection(triggerer for (triggerer,) in rows)

    def resumed(self) -> int:
        """How many tasks no longer wait."""
        return int(self.ask("SELECT count(*) FROM task_instance WHERE state = 'scheduled'")[0][0])

    def outcomes(self) -> dict[str, int]:
        """Resumed tasks by what their trigger told them."""
        query = (
            "SELECT next_kwargs::jsonb #>> '{event,status}', next_kwargs::jsonb #>> '{__var,event,__var,status}', "
            "count(*) FROM task_instance WHERE state <> 'deferred' GROUP BY 1, 2"
        )
        return {plain or wrapped: number for plain, wrapped, number in self.ask(query)}


class _Watch:
    """When each task was resumed, seen within a quarter of a second."""

    def __init__(self, states: _States, count: int) -> None:
        self.at: dict[str, float] = {}
        self._states, self._count = states, count
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    @property
    def complete(self) -> bool:
        """Whether all are."""
        return len(self.at) == self._count

    def wait(self, until: float) -> None:
        """Until all are, or a point of the monotonic clock."""
        while not self.complete and time.monotonic() < until:
            time.sleep(0.1)
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.25):
            now = time.monotonic()
            for (task,) in self._states.ask("SELECT task_id FROM task_instance WHERE state = 'scheduled'"):
                self.at.setdefault(task, now)


@contextlib.contextmanager
def _database(folder: Path) -> Iterator[tuple[int, str]]:
    from tests.system.postgres import Postgres
    from tests.system.stack import free_ports

    (port,) = free_ports(1)
    postgres = Postgres(folder / "postgres", port)
    try:
        postgres.create("airflow", "airflow", "airflow")
        yield port, f"postgresql+psycopg2://airflow:airflow@127.0.0.1:{port}/airflow"
    finally:
        postgres.stop()


def _environment(folder: Path, url: str, connection: str, interval: float) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "_AIRFLOW"))}
    # At the usual interval everything is as Airflow has it; a small run need not wait as long to miss a dead triggerer.
    patience = {} if interval >= 60 else {"AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "6"}
    return {
        **inherited,
        **patience,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        f"AIRFLOW_CONN_{deferred_tasks.CONNECTION.upper()}": connection,
        "AWS_EC2_METADATA_DISABLED": "true",
        "no_proxy": "127.0.0.1,localhost",
    }


def _airflow(folder: Path, environment: dict[str, str], *arguments: str) -> None:
    _run(folder, environment, [sys.executable, "-m", "airflow", *arguments])


def _run(folder: Path, environment: dict[str, str], command: Sequence[str]) -> None:
    with (folder / "setup.log").open("ab") as log:
        subprocess.run(command, env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT, check=True)


@contextlib.contextmanager
def _triggerer(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "triggerer.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the triggerer and to the process of its that runs the triggers."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait(true: Any, what: str, seconds: float, triggerer: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if triggerer.poll() is not None:
            raise RuntimeError(f"{what}: the triggerer ended with {triggerer.returncode}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


def most_in_a_minute(calls: Sequence[float], seconds: float = 60.0) -> int:
    """The largest number of calls in any stretch of a minute."""
    return max((sum(first <= call < first + seconds for call in calls) for first in calls), default=0)


def _lines(run: Run, count: int, interval: float) -> list[str]:
    whole = run.finished[-1] if len(run.finished) == count else float("inf")
    # A small run of few seconds is mostly Airflow's own start.
    held = INTERVALS if interval >= 60 else None
    rows = [
        ("tasks that were never resumed", limits.at_most(count - len(run.finished), 0)),
        ("intervals until the last one was resumed", limits.at_most(whole / interval, held, 2)),
        ("API calls in the busiest minute", limits.at_most(most_in_a_minute(run.calls), CALLS_A_MINUTE)),
        ("API calls altogether", str(len(run.calls))),
        ("tasks resumed before the SIGKILL", str(run.before)),
        ("seconds without a triggerer that had the tasks", f"{run.taken - run.killed:.0f}"),
        ("seconds from an execution's end to its task, median", f"{run.late[len(run.late) // 2]:.0f}"),
        ("the same, longest", f"{run.late[-1]:.0f}"),
        ("share of a core that the triggerer took", f"{run.load:.0%}"),
        ("its memory, MB", f"{run.megabytes:.0f}"),
    ]
    return [
        "## Triggers",
        "",
        f"{count} deferred `MonitoringExecutionSensor`s in one `airflow triggerer` on {_CORES} cores, each waiting for",
        f"a schedule of its own, `poke_interval` {interval:g} s. Half of the executions end within one interval; in",
        "its middle the triggerer gets a SIGKILL and is started anew, and meanwhile the other half ends too.",
        "Airflow gives the tasks of a dead triggerer to the next one after 30 s. One run; PostgreSQL, and a server",
        "that pages as SageMaker does. With a look of its own for each task it would be",
        f"{count * 60 / interval:.0f} calls a minute.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {what} | {figure} |" for what, figure in rows),
    ]
