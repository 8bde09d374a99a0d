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
import limits
import numpy as np
import peers
import process
from kernel_shap_cases import Case

HERE = Path(__file__).parent
FASTER = 3
TITLES = {"corrected": "ours", "sagemaker": "ours, the original's sampler", "shap": "shap.KernelExplainer"}


def section(folder: Path, repeats: int, *, share: float = 1.0, with_peer: bool = True) -> list[str]:
    """Measure, and return the lines of the report.

    :param folder: of environments and values
    :param repeats: runs of each explainer, in turns; the medians are reported
    :param share: of the rows to explain, for a quick look
    :param with_peer: whether shap is installed and measured too
    """
    commands = {kind: [sys.executable, str(HERE / "kernel_shap_ours.py")] for kind in ("corrected", "sagemaker")}
    if with_peer:
        commands["shap"] = [str(peers.environment("shap", folder)), str(HERE / "peer_shap.py")]
    speed = kernel_shap_cases.SPEED.scaled(share)
    print(f"Kernel SHAP, {speed.rows} rows × {speed.features} features ...", file=sys.stderr)
    runs: dict[str, list[tuple[float, float, int]]] = {kind: [] for kind in commands}
    for _ in range(repeats):
        for kind in commands:
            runs[kind].append(_run(commands[kind], kind, speed, 0, folder)[0])
    errors = [_error_row(case.scaled(share), commands, folder) for case in kernel_shap_cases.ERRORS]
    return [
        "## Kernel SHAP",
        "",
        f"{speed.rows} rows × {speed.features} features, {speed.samples} coalitions per row (the default), one",
        f"baseline row, a model of one hidden layer. Medians of {repeats} runs, in turns; seconds of explaining, the",
        "model's time included; peaks are those of the whole process. shap without feature selection (`l1_reg=False`).",
        "",
        "| explainer | rows the model was asked | seconds | so many times faster than shap | peak MB |",
        "|---|---|---|---|---|",
        *(_speed_row(kind, runs, share) for kind in commands),
        "",
        "Root mean square error against the exact Shapley values, summed over all coalitions by definition; same",
        "model, same number of coalitions for all. Where these are all there are, every explainer is exact.",
        "",
        f"| rows × features | coalitions per row | {' | '.join(TITLES[kind] for kind in commands)} |",
        f"|---|---|{'---|' * len(commands)}",
        *errors,
    ]


def _run(command: list[str], kind: str, case: Case, seed: int, folder: Path) -> tuple[tuple[float, float, int], Path]:
    """Seconds, peak MB and rows asked of one run, and the file of its values."""
    target = folder / f"shap-{kind}-{case.name}.npy"
    arguments = [str(value) for value in (case.rows, case.features, case.samples, seed, kind, target)]
    measured = process.run([*command, *arguments])
    result = json.loads(measured.output.splitlines()[-1])
    return (result["seconds"], measured.peak_mb, result["evaluations"]), target


def _speed_row(kind: str, runs: dict[str, list[tuple[float, float, int]]], share: float) -> str:
    took = {name: median(run[0] for run in several) for name, several in runs.items()}
    faster = ""
    if kind != "shap" and "shap" in runs:
        # Of a few rows little but the start is measured.
        faster = limits.at_least(took["shap"] / took[kind], FASTER if share == 1.0 else None)
    peak = max(run[1] for run in runs[kind])
    return f"| {TITLES[kind]} | {runs[kind][0][2]:,} | {took[kind]:.2f} | {faster} | {peak:.0f} |"


def _error_row(case: Case, commands: dict[str, list[str]], folder: Path) -> str:
    print(f"Kernel SHAP, errors of {case.name} ...", file=sys.stderr)
    exact = kernel_shap_cases.exact(case)
    errors: dict[str, float] = {}
    for kind, command in commands.items():
        squares = [
            np.mean((np.load(_run(command, kind, case, seed, folder)[1]) - exact) ** 2) for seed in range(case.seeds)
        ]
        errors[kind] = float(np.sqrt(np.mean(squares)))
    cells = {kind: f"{error:.1e}" for kind, error in errors.items()}
    if "shap" in errors:
        # Below a billionth every one of them is exact, and the rest is the rounding of its arithmetic.
        kept = errors["corrected"] <= max(errors["shap"], 1e-9)
        cells["corrected"] += limits.beside("≤", "shap", kept)
    return f"| {case.rows} × {case.features} | {case.samples:,} | {' | '.join(cells.values())} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=HERE.parent / "build" / "bench", help="values and environments")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print("\n".join(section(given.folder.resolve(), given.repeats)))
