"""A local SageMaker as a user starts it, ``model-monitor local-aws``, for as long as it is needed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PATIENCE = 60.0
START = "2026-03-02T08:00:00Z"


@contextmanager
def running_service(data: Path, log: Path) -> Iterator[str]:
    """Start one that keeps its data in a folder and whose clock is simulated; its address."""
    command = [
        *(sys.executable, "-m", "airflow_model_monitor.cli", "local-aws"),
        *("--port", "0", "--clock", START, "--data", str(data)),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it answers, which its first line says."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        for word in log.read_text(errors="replace").split():
            url = word.rstrip(".,;")
            if url.startswith("http://127.0.0.1:") and _answers(url):
                return url
        time.sleep(0.1)
    raise RuntimeError(f"the local SageMaker did not start; it said:\n{log.read_text(errors='replace')}")


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/_model_monitor/health", timeout=5) as answer:
            return int(answer.status) == 200
    except URLError:
        return False
