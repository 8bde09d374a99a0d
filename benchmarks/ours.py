"""One measured process of this project. Run by run.py; prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from airflow_model_monitor.analysis.data_quality import analyze
from airflow_model_monitor.analysis.profile import profile
from airflow_model_monitor.contract.dataset_format import Csv, DatasetFormat, Parquet
from airflow_model_monitor.tables.dataset import open_dataset
from airflow_model_monitor.tables.relation import Relation

FORMATS: dict[str, DatasetFormat] = {"parquet": Parquet(), "csv": Csv(header=True)}


def compare(path: str, kind: str, repeats: int) -> dict[str, float]:
    """Medians, in seconds, of opening, a bare scan, a profile, and a profile with the checks, in one process."""

    def opened() -> float:
        start = time.perf_counter()
        open_dataset(path, FORMATS[kind]).close()
        return time.perf_counter() - start

    opening = median(opened() for _ in range(repeats))
    with open_dataset(path, FORMATS[kind]) as relation:
        baseline = analyze(relation)
        jobs: dict[str, Callable[[], object]] = {
            "scan": lambda: scan(relation, path, kind),
            "profile": lambda: profile(relation),
            "profile_and_check": lambda: analyze(
                relation, baseline_constraints=baseline.constraints, baseline_statistics=baseline.statistics
            ),
        }
        times: dict[str, list[float]] = {name: [] for name in jobs}
        # In turns, so that a change of the machine's speed meets all of them.
        for _ in range(repeats):
            for name, job in jobs.items():
                start = time.perf_counter()
                job()
                times[name].append(time.perf_counter() - start)
    return {"open": opening} | {name: median(values) for name, values in times.items()}


def scan(relation: Relation, path: str, kind: str) -> None:
    """Decode every value, with the same engine and threads: one hash per value, xor-ed per column."""
    source = f"read_{kind}('{path}')"
    names = [row[0] for row in relation.connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    hashes = ", ".join(f"bit_xor(hash({name}))" for name in names)
    relation.connection.execute(f"SELECT {hashes} FROM {source}").fetchall()


def once(path: str, kind: str) -> dict[str, float]:
    """What a baseline job does: statistics and constraints as text."""
    with open_dataset(path, FORMATS[kind]) as relation:
        result = analyze(relation)
    assert result.statistics is not None
    assert result.constraints is not None
    return {"bytes": len(result.statistics.to_json()) + len(result.constraints.to_json())}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["compare", path, kind, repeats]:
            print(json.dumps(compare(path, kind, int(repeats))))
        case ["once", path, kind]:
            print(json.dumps(once(path, kind)))
        case _:
            sys.exit("usage: ours.py compare PATH KIND REPEATS | once PATH KIND")
