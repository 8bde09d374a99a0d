"""Profile and check of a table beside a bare scan of the same file and beside whylogs and Evidently.

``section()`` gives its part of RESULTS.md.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import data
import limits
import peers
import process

HERE = Path(__file__).parent
ROWS = (1_000_000, 10_000_000)
# What the project holds itself to: profile over scan, MB of memory, times faster than a peer.
SCAN_LIMITS = {
    ("parquet", 1_000_000): 6.0,
    ("parquet", 10_000_000): 8.0,
    ("csv", 1_000_000): 4.0,
    ("csv", 10_000_000): 4.0,
}
PEAK_MB = 1074
PEER_ROWS = 1_000_000
PEER_LIMITS = {"whylogs": 10, "evidently": 30}
SUMMARIES = {"whylogs": "`whylogs.log`", "evidently": "`DataSummaryPreset`"}


def section(folder: Path, rows: Sequence[int] = ROWS, repeats: int = 5, *, with_peers: bool = True) -> list[str]:
    """Measure, and return the lines of the report.

    :param folder: of data and environments
    :param rows: sizes of the table; peers get the smallest
    :param repeats: runs of ours; a peer runs once
    """
    pythons = {name: peers.environment(name, folder) for name in PEER_LIMITS} if with_peers else {}
    engine_rows: list[str] = []
    jobs: dict[tuple[str, int], float] = {}
    for count in rows:
        for kind, path in data.write(folder, count).items():
            print(f"{count:,} rows, {kind} ...", file=sys.stderr)
            ours = [sys.executable, str(HERE / "ours.py")]
            compared = json.loads(process.run([*ours, "compare", str(path), kind, str(repeats)]).output)
            runs = [process.run([*ours, "once", str(path), kind]) for _ in range(repeats)]
            jobs[kind, count] = median(run.seconds for run in runs)
            engine_rows.append(_engine_row(kind, count, compared, runs))
    smallest = min(rows)
    monitoring = _monitoring(folder, smallest, repeats)
    peer_rows = []
    for name, python in pythons.items():
        for kind, path in data.write(folder, smallest).items():
            print(f"{name}, {smallest:,} rows, {kind} ...", file=sys.stderr)
            run = process.run([str(python), str(HERE / f"peer_{name}.py"), str(path)])
            peer_rows.append(_peer_row(name, SUMMARIES[name], kind, smallest, run, jobs[kind, smallest]))
    if "evidently" in pythons:
        print(f"evidently, {smallest:,} rows, drift ...", file=sys.stderr)
        path = str(data.write(folder, smallest)["parquet"])
        run = process.run([str(pythons["evidently"]), str(HERE / "peer_evidently.py"), path, path])
        seconds = median(one.seconds for one in monitoring)
        peer_rows.append(_peer_row("evidently", "`DataDriftPreset`", "parquet", smallest, run, seconds))
    return _lines(engine_rows, peer_rows, monitoring, smallest, repeats)


def _monitoring(folder: Path, rows: int, repeats: int) -> list[process.Measured]:
    """The command that judges a file by a baseline: here of the very same rows, whose files it reads."""
    path = data.write(folder, rows)["parquet"]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        analyze = [sys.executable, "-m", "airflow_model_monitor.cli", "analyze", "--format", "parquet"]
        analyze += ["--dataset", str(path), "--message-file", f"{scratch}/message", "--output"]
        process.run([*analyze, f"{scratch}/baseline"])
        for name in ("constraints", "statistics"):
            analyze[-1:-1] = [f"--{name}", f"{scratch}/baseline/{name}.json"]
        return [process.run([*analyze, f"{scratch}/execution-{number}"]) for number in range(repeats)]


def _engine_row(kind: str, rows: int, compared: dict[str, float], runs: list[process.Measured]) -> str:
    ratio = limits.at_most(compared["profile"] / compared["scan"], SCAN_LIMITS.get((kind, rows)), 1)
    cells = [
        f"{rows:,} × 30",
        kind,
        f"{compared['open']:.2f}",
        f"{compared['scan']:.2f}",
        f"{compared['profile']:.2f}",
        ratio,
        f"{compared['profile_and_check']:.2f}",
        f"{median(run.seconds for run in runs):.2f}",
        limits.at_most(max(run.peak_mb for run in runs), PEAK_MB),
    ]
    return f"| {' | '.join(cells)} |"


def _peer_row(name: str, what: str, kind: str, rows: int, run: process.Measured, ours: float) -> str:
    limit = PEER_LIMITS[name] if rows == PEER_ROWS else None
    cells = [
        f"{name} {peers.version_of(name)}, {what}",
        f"{rows:,} × 30",
        kind,
        f"{run.seconds:.1f}",
        f"{run.peak_mb:.0f}",
        f"{ours:.2f}",
        limits.at_least(run.seconds / ours, limit),
    ]
    return f"| {' | '.join(cells)} |"


def _lines(
    engine_rows: list[str], peer_rows: list[str], monitoring: list[process.Measured], smallest: int, repeats: int
) -> list[str]:
    seconds, peak = median(run.seconds for run in monitoring), max(run.peak_mb for run in monitoring)
    lines = [
        "## Data quality",
        "",
        "30 columns: 15 floats, 5 integers, 7 texts of few values, 2 of many, 1 boolean; 2 % of the values missing.",
        f"Seconds, medians of {repeats} runs; peaks are the largest resident memory of any run, in MB.",
        "",
        "* *scan* decodes every value (`bit_xor(hash(column))` per column): same file, engine, threads and process",
        "* *profile* is one pass over all columns: types, counts, moments, sketches, distinct counts, histograms",
        "* *with checks* is a whole monitoring analysis: profile, statistics, constraints, six checks, drift",
        "* *job* is a whole process, imports included: open, profile, and statistics and constraints as text",
        "",
        "| rows | format | open | scan | profile | profile / scan | with checks | job | job, peak MB |",
        "|---|---|---|---|---|---|---|---|---|",
        *engine_rows,
        "",
        f"`model-monitor analyze` of {smallest:,} rows in Parquet, judged by a baseline of as many: {seconds:.2f} s,",
        f"{limits.at_most(peak, PEAK_MB)} MB; files and imports included.",
    ]
    if peer_rows:
        lines += [
            "",
            "Peers are whole processes, each in an environment of its own, reading the same file through pandas; one",
            "run each. A summary is beside our *job*. Drift, from the same file as reference, is beside the command",
            "above, which reads the reference's statistics and constraints instead.",
            "",
            "| peer | rows | format | seconds | peak MB | ours, seconds | so many times faster |",
            "|---|---|---|---|---|---|---|",
            *peer_rows,
        ]
    return lines
