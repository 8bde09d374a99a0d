"""What an operator module imports, every parse of every DAG file pays."""

from __future__ import annotations

import statistics
import subprocess
import sys

from airflow_model_monitor.provider_info import get_provider_info

MODULES = [
    module
    for kind in ("operators", "sensors", "triggers")
    for group in get_provider_info()[kind]
    for module in group["python-modules"]
]
HEAVY = ["boto3", "botocore", "duckdb", "fsspec", "jinja2", "numpy", "pandas", "pyarrow", "s3fs", "scipy"]
CODE = f"""
import sys, time
import airflow.sdk
before = set(sys.modules)
start = time.process_time()
import {", ".join(MODULES)}
used = time.process_time() - start
print()
print(used, *(name for name in {HEAVY} if name in sys.modules and name not in before))
"""


def test_operators_sensors_and_triggers_are_light() -> None:
    # CPU time, and the median of three: a wall clock on a busy machine measures its neighbours.
    runs = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
        runs.append(done.stdout.splitlines()[-1].split())

    assert [heavy for _, *heavy in runs] == [[], [], []]
    assert statistics.median(float(seconds) for seconds, *_ in runs) <= 0.5
