"""Measures time and memory beside a bare scan and beside peers; writes RESULTS.md. `make bench` runs it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median

import data
import peers
import process

HERE = Path(__file__).parent
KINDS = ("parquet", "csv")
# What the project holds itself to: profile over scan, MB of memory, times faster than a peer.
LIMITS = {("parquet", 1_000_000): 6.0, ("parquet", 10_000_000): 8.0, ("csv", 1_000_000): 4.0, ("csv", 10_000_000): 4.0}
PEAK_MB = 1074
PEERS = {"whylogs": 10, "evidently": 30}


def main() -> None:
    arguments = _arguments()
    folder = arguments.folder.resolve()
    pythons = {} if arguments.no_peers else {name: peers.environment(name, folder) for name in PEERS}
    engine_rows: list[str] = []
    whole: dict[tuple[str, int], float] = {}
    for rows in arguments.rows:
        for kind, path in data.write(folder, rows).items():
            print(f"{rows:,} rows, {kind} ...", file=sys.stderr)
            ours = [sys.executable, str(HERE / "ours.py")]
            compared = json.loads(process.run([*ours, "compare", str(path), kind, str(arguments.repeats)]).output)
            runs = [process.run([*ours, "once", str(path), kind]) for _ in range(arguments.repeats)]
            whole[kind, rows] = median(run.seconds for run in runs)
            engine_rows.append(_engine_row(kind, rows, compared, runs))
    peer_rows = []
    smallest = min(arguments.rows)
    for name, python in pythons.items():
        for kind, path in data.write(folder, smallest).items():
            print(f"{name}, {smallest:,} rows, {kind} ...", file=sys.stderr)
            run = [process.run([str(python), str(HERE / f"peer_{name}.py"), str(path)])]
            peer_rows.append(_peer_row(name, kind, smallest, run, whole[kind, smallest]))
    text = _report(engine_rows, peer_rows, arguments.repeats)
    arguments.output.write_text(text)
    print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--folder", type=Path, default=HERE.parent / "build" / "bench", help="data and environments")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    return parser.parse_args()


def _engine_row(kind: str, rows: int, compared: dict[str, float], runs: list[process.Measured]) -> str:
    ratio, limit = compared["profile"] / compared["scan"], LIMITS.get((kind, rows))
    peak = max(run.peak_mb for run in runs)
    cells = [
        f"{rows:,} × 30",
        kind,
        f"{compared['open']:.2f}",
        f"{compared['scan']:.2f}",
        f"{compared['profile']:.2f}",
        f"**{ratio:.1f}**" + (f" (≤ {limit:.0f})" if limit else ""),
        f"{compared['profile_and_check']:.2f}",
        f"{median(run.seconds for run in runs):.2f}",
        f"{peak:.0f} (≤ {PEAK_MB})",
    ]
    return f"| {' | '.join(cells)} |"


def _peer_row(name: str, kind: str, rows: int, runs: list[process.Measured], ours: float) -> str:
    seconds = median(run.seconds for run in runs)
    cells = [
        name,
        version_of(name),
        f"{rows:,} × 30",
        kind,
        f"{seconds:.1f}",
        f"{max(run.peak_mb for run in runs):.0f}",
        f"**{seconds / ours:.0f}** (≥ {PEERS[name]})",
    ]
    return f"| {' | '.join(cells)} |"


def version_of(name: str) -> str:
    """The version the peer's requirements pin."""
    lines = (HERE / f"requirements-{name}.txt").read_text().split()
    return next(line.split("==")[1] for line in lines if line.startswith(f"{name}=="))


def _report(engine_rows: list[str], peer_rows: list[str], repeats: int) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "numpy", "pyarrow"))
    machine = f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}"
    lines = [
        "# Benchmark results",
        "",
        f"Written by `make bench`. {machine}, Python {platform.python_version()}, {packages}.",
        "",
        "30 columns: 15 floats, 5 integers, 7 texts of few values, 2 of many, 1 boolean; 2 % of the values missing.",
        f"Seconds, medians of {repeats} runs; peaks are the largest resident memory of any run, in MB.",
        "",
        "* *scan* decodes every value (`bit_xor(hash(column))` per column): same file, engine, threads and process",
        "* *profile* is one pass over all columns: types, counts, moments, sketches, distinct counts, histograms",
        "* *with checks* is a whole monitoring analysis: profile, statistics, constraints, six checks, drift",
        "* *job* is a whole process, imports included: open, profile, and write statistics and constraints",
        "",
        "| rows | format | open | scan | profile | profile / scan | with checks | job | job, peak MB |",
        "|---|---|---|---|---|---|---|---|---|",
        *engine_rows,
    ]
    if peer_rows:
        lines += [
            "",
            "## Peers",
            "",
            "Whole processes, each in an environment of its own, reading the same file through pandas; one run each.",
            "whylogs: `whylogs.log`; Evidently: `DataSummaryPreset`.",
            "",
            "| peer | version | rows | format | seconds | peak MB | our job is so many times faster |",
            "|---|---|---|---|---|---|---|",
            *peer_rows,
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
