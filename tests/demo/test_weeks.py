"""The demonstration from end to end, on its first two weeks; `make test-demo` runs the year."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo import home, replay
from demo.year import DATA_MONITOR, QUALITY_MONITOR, published, windows

ROOT = Path(__file__).parents[2]
LAST = windows(2)[-1]
RUN_JOBS = """
import datetime
import sys

from demo.job_process import run_jobs

run_jobs(sys.argv[1], datetime.datetime.fromisoformat(sys.argv[2]))
"""


@dataclass(frozen=True)
class Said:
    """What the demonstration printed, and what it left behind."""

    text: str
    root: Path


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    root = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "demo", "--root", str(root), "--weeks", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return Said(done.stdout, root)


def test_two_weeks(said: Said) -> None:
    # Data quality and model quality; bias and attribution of the first week.
    assert len(re.findall(r"^2012-12-31 ", said.text, flags=re.MULTILINE)) == 4
    assert len(re.findall(r"^2013-01-07 ", said.text, flags=re.MULTILINE)) == 2
    assert "2 of 2 weeks are quiet" in said.text
    assert re.search(r"^2013-01-07 +89.9% +0.94", said.text, flags=re.MULTILINE)


def test_it_says_how_much_processor_time_all_its_processes_took(said: Said) -> None:
    seconds = int(re.findall(r"^\d+ s, (\d+) s of processor time$", said.text, flags=re.MULTILINE)[0])

    # Airflow alone is more than three; the process that prints this imports none of it.
    assert seconds > 10


def test_jobs_without_airflow_around_them_publish_what_dag_runs_publish(said: Said, tmp_path: Path) -> None:
    replay.parallel_world(said.root, tmp_path)
    (tmp_path / "jobs").mkdir()
    for dag_id, monitor in (("monitor_data_quality", DATA_MONITOR), ("monitor_model_quality", QUALITY_MONITOR)):
        subprocess.run(
            [sys.executable, "-c", RUN_JOBS, dag_id, LAST.end.isoformat()],
            cwd=ROOT,
            env=os.environ | home.environment(tmp_path, "jobs"),
            check=True,
        )
        by_dag_run, by_jobs = published(said.root, monitor, LAST), published(tmp_path, monitor, LAST)

        assert by_jobs.execution.verdict == by_dag_run.execution.verdict
        assert set(by_jobs.execution.files) == set(by_dag_run.execution.files)
        for name in by_dag_run.execution.files:
            # The report says where the baseline lies.
            content = by_jobs.read(name).replace(bytes(tmp_path), bytes(said.root))
            assert content == by_dag_run.read(name), name
