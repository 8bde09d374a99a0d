"""A worker process that is killed with SIGKILL at every moment of publication."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.runtimes.worker import Worker
from airflow_model_monitor.service.baseline_store import BaselineStore
from airflow_model_monitor.service.requests_data_quality import baseline_request

KILLED = """
import io, os, signal, sys
from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.runtimes.worker import Worker
from airflow_model_monitor.service import folder
from airflow_model_monitor.service.requests_data_quality import baseline_request

steps = iter(range(int(sys.argv[1])))

def mortal(function):
    def call(*arguments, **options):
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call

folder.Folder.upload = mortal(folder.Folder.upload)
folder.Folder.create = mortal(folder.Folder.create)
request = baseline_request(dataset=sys.argv[2], dataset_format=Csv(), output_uri=sys.argv[3])
Worker(stream=io.StringIO()).run(request)
"""


def tree(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".tmp")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("steps", [0, 2, 3, 4, 6])
def test_killed_and_run_again(tmp_path: Path, steps: int) -> None:
    data = tmp_path / "train.csv"
    data.write_text("late,delay\n1,2.5\n0,3.5\n")

    def run(output: Path) -> None:
        request = baseline_request(dataset=str(data), dataset_format=Csv(), output_uri=str(output))
        Worker(stream=io.StringIO()).run(request)

    killed = tmp_path / "killed"
    arguments = [sys.executable, "-c", KILLED, str(steps), str(data), str(killed)]
    child = subprocess.run(arguments, env=os.environ, capture_output=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    # The claim, constraints.json, statistics.json; then execution.json publishes; then the copies.
    published = BaselineStore(str(killed)).read()
    assert (published is None) == (steps <= 3)
    run(killed)
    run(tmp_path / "undisturbed")
    assert tree(killed) == tree(tmp_path / "undisturbed")
