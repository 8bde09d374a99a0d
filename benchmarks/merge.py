"""The merge of captures and labels beside a bare scan of both and the same merge in pandas.

``python benchmarks/merge.py`` prints a table; :func:`report` returns it for RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb
import limits
import process

HERE = Path(__file__).parent
ROWS = 1_000_000
LABELLED = 0.9
FILES = 8
HOUR = "2026/01/01/05"
# What the project holds itself to: merge over scan, MB of memory, times faster than pandas.
SCAN_LIMIT = 4.0
PEAK_MB = 1074
PANDAS_LIMIT = 1.0


def write(folder: Path, rows: int = ROWS) -> Path:
    """Write captures and shuffled labels below ``folder``, unless they are there; return their folder.

    A capture has 14 numbers in and one out, and an event id; nine tenths have a label, in one file of random order.
    """
    root = folder / f"merge-{rows}"
    if root.exists():
        return root
    partial = folder / "merge-partial"
    shutil.rmtree(partial, ignore_errors=True)
    captures, labels = partial / "capture/endpoint/AllTraffic" / HOUR, partial / "labels" / HOUR
    captures.mkdir(parents=True)
    labels.mkdir(parents=True)
    connection = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder)})
    connection.execute(f"CREATE TABLE c AS SELECT uuid()::VARCHAR AS id, range AS number FROM range({rows})")
    numbers = ",".join("«printf('%.4f', random())»" for _ in range(14))
    capture = {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": numbers,
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "text/csv; charset=utf-8",
                "mode": "OUTPUT",
                "data": "«random()»\n",
                "encoding": "CSV",
            },
        },
        "eventMetadata": {"eventId": "«id»", "inferenceTime": "2026-01-01T05:03:35Z"},
        "eventVersion": "0",
    }
    label = {
        "groundTruthData": {"data": "«(random() < 0.5)::INT»", "encoding": "CSV"},
        "eventMetadata": {"eventId": "«id»"},
        "eventVersion": "0",
    }
    for file in range(FILES):
        source = f"SELECT {_line(capture)} FROM c WHERE number % {FILES} = {file}"
        _copy(connection, source, captures / f"{file:02d}.jsonl")
    unlabelled = round(1 / (1 - LABELLED))
    source = f"SELECT {_line(label)} FROM c WHERE number % {unlabelled} <> 0 ORDER BY random()"
    _copy(connection, source, labels / "labels.jsonl")
    os.replace(partial, root)
    # What the system still writes to disk would be measured otherwise.
    os.sync()
    return root


def _line(document: dict[str, object]) -> str:
    """SQL for a document as one line; what stands in « » is SQL already."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return "'" + text.replace("«", "' || ").replace("»", " || '") + "'"


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01')")


def compare(root: Path, repeats: int) -> dict[str, float]:
    """Seconds of scan and merge in one process, medians of alternating runs."""
    from airflow_model_monitor.tables.merge import merge
    from airflow_model_monitor.tables.merge_files import MergeInput, captured_files, label_files

    captures = captured_files([MergeInput(str(root / "capture"))])
    labels = label_files([MergeInput(str(root / "labels"))])
    seconds: dict[str, list[float]] = {"scan": [], "merge": []}
    for _ in range(repeats):
        seconds["scan"].append(_timed(lambda: scan(root)))
        with tempfile.TemporaryDirectory(dir=root.parent) as folder:
            output = Path(folder) / "out"
            seconds["merge"].append(_timed(lambda output=output: merge(captures, labels, output, part_seed="bench")))
    return {name: median(values) for name, values in seconds.items()}


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def scan(root: Path) -> None:
    """Decode every field of both inputs: same engine, memory and threads as the merge."""
    side = "STRUCT(observedContentType VARCHAR, mode VARCHAR, data VARCHAR, encoding VARCHAR)"
    metadata = "STRUCT(eventId VARCHAR, inferenceId VARCHAR, inferenceTime VARCHAR)"
    captured = {"captureData": f"STRUCT(endpointInput {side}, endpointOutput {side})", "eventMetadata": metadata}
    labelled = {"groundTruthData": "STRUCT(data VARCHAR, encoding VARCHAR)", "eventMetadata": "STRUCT(eventId VARCHAR)"}
    names = ("observedContentType", "mode", "data", "encoding")
    fields = [f"captureData.{one}.{name}" for one in ("endpointInput", "endpointOutput") for name in names]
    fields += [f"eventMetadata.{name}" for name in ("eventId", "inferenceId", "inferenceTime")]
    with duckdb.connect(config={"memory_limit": "512MB", "threads": 2}) as connection:
        for folder, columns, leaves in (
            ("capture", captured, fields),
            ("labels", labelled, ["groundTruthData.data", "groundTruthData.encoding", "eventMetadata.eventId"]),
        ):
            declared = ", ".join(f"'{name}': '{kind}'" for name, kind in {**columns, "eventVersion": "VARCHAR"}.items())
            hashes = ", ".join(f"bit_xor(hash({leaf}))" for leaf in (*leaves, "eventVersion"))
            connection.execute(
                f"SELECT {hashes} FROM read_json('{root / folder}/**/*.jsonl', columns = {{{declared}}}, "
                "format = 'newline_delimited')"
            ).fetchall()


def pandas_merge(root: Path) -> None:
    """The merge as one would write it in pandas: read, join, write."""
    import pandas as pd

    files = sorted((root / "capture").rglob("*.jsonl"))
    captures = pd.concat((pd.read_json(file, lines=True, dtype=False) for file in files), ignore_index=True)
    labels = pd.read_json(next((root / "labels").rglob("*.jsonl")), lines=True, dtype=False)
    captures["key"] = [one.get("inferenceId") or one["eventId"] for one in captures["eventMetadata"]]
    labels["key"] = [one["eventId"] for one in labels["eventMetadata"]]
    merged = captures.merge(labels[["key", "groundTruthData"]].drop_duplicates("key", keep="last"), on="key")
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        columns = ["eventVersion", "groundTruthData", "captureData", "eventMetadata"]
        merged[columns].to_json(Path(folder) / "merged.jsonl", orient="records", lines=True)


def report(folder: Path, repeats: int, rows: int = ROWS) -> list[str]:
    """Measure, and return the lines of a section of RESULTS.md."""
    root = write(folder, rows)
    own = [sys.executable, str(HERE / "merge.py"), "--root", str(root)]
    compared = json.loads(process.run([*own, "--step", "compare", "--repeats", str(repeats)]).output)
    with tempfile.TemporaryDirectory(dir=folder) as output:
        job = [sys.executable, "-m", "airflow_model_monitor.cli", "merge", "--dataset", str(root / "capture")]
        job += ["--ground-truth", str(root / "labels"), "--output"]
        jobs = [process.run([*job, f"{output}/{number}"]) for number in range(repeats)]
    pandas = process.run([*own, "--step", "pandas"])
    ratio = compared["merge"] / compared["scan"]
    seconds = median(one.seconds for one in jobs)
    # Of few rows little but the start is measured.
    whole = rows >= ROWS
    cells = [
        f"{rows:,} × {int(rows * LABELLED):,}",
        f"{compared['scan']:.2f}",
        f"{compared['merge']:.2f}",
        limits.at_most(ratio, SCAN_LIMIT if whole else None, 1),
        f"{seconds:.2f}",
        limits.at_most(max(one.peak_mb for one in jobs), PEAK_MB),
        f"{pandas.seconds:.1f}",
        f"{pandas.peak_mb:.0f}",
        limits.at_least(pandas.seconds / seconds, PANDAS_LIMIT if whole else None, 1),
    ]
    return [
        "## Merge with ground truth",
        "",
        "Captured records of 14 numbers and an answer, in eight files; labels shuffled, in one file. *scan* decodes",
        "every field of both; *job* and pandas are whole processes that read, join and write the merged records.",
        "",
        "| captures × labels | scan | merge | merge / scan | job | peak MB | pandas | peak MB | times faster |",
        "|---|---|---|---|---|---|---|---|---|",
        f"| {' | '.join(cells)} |",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=HERE.parent / "build" / "bench")
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--step", choices=("compare", "pandas"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step == "compare":
        print(json.dumps(compare(arguments.root, arguments.repeats)))
    elif arguments.step == "pandas":
        pandas_merge(arguments.root)
    else:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        print("\n".join(report(arguments.folder.resolve(), arguments.repeats, arguments.rows)))


if __name__ == "__main__":
    main()
