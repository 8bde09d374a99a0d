"""Profile and check of a table beside a bare scan of the same file and beside whylogs and Evidently.

``section()`` gives its part of RESULTS.md.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Literal, NamedTuple

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
FLAGS = {"parquet": ["--format", "parquet"], "csv": ["--format", "csv", "--header"]}
PEER_ROWS = 1_000_000
# A peer that takes longer is stopped, and counts as that long.
PATIENCE = 1_200.0


class Peer(NamedTuple):
    """What a peer is asked to do, and how many times faster the same task must be here."""

    name: str
    task: Literal["profile", "profile and check"]
    calls: str
    limit: float


# A profile beside a profile; a profile that is checked against a baseline beside one that is compared with a reference.
PEERS = (
    Peer("whylogs", "profile", "`whylogs.log`", 10),
    Peer("evidently", "profile", "`DataSummaryPreset`", 30),
    Peer("evidently", "profile and check", "`DataSummaryPreset`, `DataDriftPreset`", 30),
)


def section(folder: Path, rows: Sequence[int] = ROWS, repeats: int = 5, *, with_peers: bool = True) -> list[str]:
    """Measure, and return the lines of the report.

    :param folder: of data and environments
    :param rows: sizes of the table; peers get the smallest
    :param repeats: runs of ours; a peer runs once
    """
    pythons = {peer.name: peers.environment(peer.name, folder) for peer in PEERS} if with_peers else {}
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
    monitoring = {kind: _monitoring(folder, kind, smallest, repeats) for kind in FLAGS}
    peer_rows = []
    for peer in PEERS if with_peers else ():
        for kind, path in data.write(folder, smallest).items():
            print(f"{peer.name}, {peer.task}, {smallest:,} rows, {kind} ...", file=sys.stderr)
            files = [str(path)] if peer.task == "profile" else [str(path)] * 2
            command = [str(pythons[peer.name]), str(HERE / f"peer_{peer.name}.py"), *files]
            run = process.run(command, patience=PATIENCE)
            checked = median(one.seconds for one in monitoring[kind])
            own = jobs[kind, smallest] if peer.task == "profile" else checked
            peer_rows.append(_peer_row(peer, kind, smallest, run, own))
    return _lines(engine_rows, peer_rows, monitoring, smallest, repeats)


def _monitoring(folder: Path, kind: str, rows: int, repeats: int) -> list[process.Measured]:
    """The command that judges a file by a baseline: here of the very same rows, whose files it reads."""
    path = data.write(folder, rows)[kind]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        analyze = [sys.executable, "-m", "airflow_model_monitor.cli", "analyze", *FLAGS[kind]]
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


def _peer_row(peer: Peer, kind: str, rows: int, run: process.Measured, ours: float) -> str:
    limit = peer.limit if rows == PEER_ROWS else None
    cells = [
        peer.task,
        f"{peer.name} {peers.version_of(peer.name)}, {peer.calls}",
        f"{rows:,} × 30",
        kind,
        f"{run.seconds:.1f}" if run.ended else f"over {run.seconds:.0f}",
        f"{run.peak_mb:.0f}",
        f"{ours:.2f}",
        limits.at_least(run.seconds / ours, limit),
    ]
    return f"| {' | '.join(cells)} |"


def _lines(
    engine_rows: list[str],
    peer_rows: list[str],
    monitoring: Mapping[str, list[process.Measured]],
    smallest: int,
    repeats: int,
) -> list[str]:
    checked = [
        f"{median(run.seconds for run in runs):.2f} s, {limits.at_most(max(run.peak_mb for run in runs), PEAK_MB)} MB "
        f"({kind})"
        for kind, runs in monitoring.items()
    ]
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
        f"`model-monitor analyze` of {smallest:,} rows, judged by a baseline of as many, files and imports included:",
        f"{', '.join(checked)}.",
    ]
    if peer_rows:
        lines += [
            "",
            "Peers are whole processes, each in an environment of its own, reading the same file through pandas; one",
            "run each. A *profile* is beside our *job*. *Profile and check* is beside the command above, which reads",
            "the baseline's statistics and constraints where the peer reads the reference data again.",
            "",
            "| task | peer | rows | format | seconds | peak MB | ours, seconds | so many times faster |",
            "|---|---|---|---|---|---|---|---|",
            *peer_rows,
        ]
    return lines
