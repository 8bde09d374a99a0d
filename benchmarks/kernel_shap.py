"""Kernel SHAP beside shap.KernelExplainer: speed, memory, and error against exact Shapley values.

``section`` gives its part of RESULTS.md; run alone it prints that.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median

import kernel_shap_cases
import numpy as np
import peers
import process
from kernel_shap_cases import Case

HERE = Path(__file__).parent
FASTER = 3
KINDS = ("corrected", "sagemaker", "shap")
TITLES = {"corrected": "ours", "sagemaker": "ours, the original's sampler", "shap": "shap.KernelExplainer"}


def section(folder: Path, repeats: int) -> list[str]:
    """Measure, and return the lines of the report.

    :param folder: of environments and values
    :param repeats: runs of each explainer, in turns; the medians are reported
    """
    commands = {
        "shap": [str(peers.environment("shap", folder)), str(HERE / "peer_shap.py")],
        "corrected": [sys.executable, str(HERE / "kernel_shap_ours.py")],
        "sagemaker": [sys.executable, str(HERE / "kernel_shap_ours.py")],
    }
    speed = kernel_shap_cases.SPEED
    print(f"Kernel SHAP, {speed.rows} rows × {speed.features} features ...", file=sys.stderr)
    runs: dict[str, list[tuple[float, float, int]]] = {kind: [] for kind in KINDS}
    for _ in range(repeats):
        for kind in KINDS:
            runs[kind].append(_run(commands[kind], kind, speed, 0, folder)[0])
    errors = [_error_row(case, commands, folder) for case in kernel_shap_cases.ERRORS]
    return [
        "",
        "## Kernel SHAP",
        "",
        f"{speed.rows} rows × {speed.features} features, {speed.samples} coalitions per row (the default), one",
        f"baseline row, a model of one hidden layer. Medians of {repeats} runs, in turns; seconds of explaining, the",
        "model's time included; peaks are those of the whole process. shap without feature selection (`l1_reg=False`).",
        "",
        "| explainer | rows the model was asked | seconds | so many times faster than shap | peak MB |",
        "|---|---|---|---|---|",
        *(_speed_row(kind, runs[kind], runs["shap"]) for kind in KINDS),
        "",
        "Root mean square error against the exact Shapley values, summed over all coalitions by definition; same",
        "model, same number of coalitions for all. Where these are all there are, every explainer is exact.",
        "",
        "| rows × features | coalitions per row | ours | ours, the original's sampler | shap |",
        "|---|---|---|---|---|",
        *errors,
    ]


def _run(command: list[str], kind: str, case: Case, seed: int, folder: Path) -> tuple[tuple[float, float, int], Path]:
    """Seconds, peak MB and rows asked of one run, and the file of its values."""
    target = folder / f"shap-{kind}-{case.name}.npy"
    arguments = [str(value) for value in (case.rows, case.features, case.samples, seed, kind, target)]
    measured = process.run([*command, *arguments])
    result = json.loads(measured.output.splitlines()[-1])
    return (result["seconds"], measured.peak_mb, result["evaluations"]), target


def _speed_row(kind: str, runs: list[tuple[float, float, int]], shap: list[tuple[float, float, int]]) -> str:
    seconds, theirs = (median(run[0] for run in which) for which in (runs, shap))
    faster = "" if kind == "shap" else f"**{theirs / seconds:.0f}** (≥ {FASTER})"
    peak = max(run[1] for run in runs)
    return f"| {TITLES[kind]} | {runs[0][2]:,} | {seconds:.2f} | {faster} | {peak:.0f} |"


def _error_row(case: Case, commands: dict[str, list[str]], folder: Path) -> str:
    print(f"Kernel SHAP, errors of {case.name} ...", file=sys.stderr)
    exact = kernel_shap_cases.exact(case)
    errors = []
    for kind in KINDS:
        squares = [
            np.mean((np.load(_run(commands[kind], kind, case, seed, folder)[1]) - exact) ** 2)
            for seed in range(case.seeds)
        ]
        errors.append(float(np.sqrt(np.mean(squares))))
    cells = [f"{error:.1e}" for error in errors]
    ours, theirs = errors[0], errors[-1]
    # Below a billionth every one of them is exact, and the rest is the rounding of its arithmetic.
    cells[0] = f"**{cells[0]}**" + (" (≤ shap)" if ours <= max(theirs, 1e-9) else " (shap is closer)")
    return f"| {case.rows} × {case.features} | {case.samples:,} | {' | '.join(cells)} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=HERE.parent / "build" / "bench", help="values and environments")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print("\n".join(section(given.folder.resolve(), given.repeats)))
