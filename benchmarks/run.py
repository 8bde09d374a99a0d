"""Measures every part of the engine beside bare scans and beside peers. `make bench` runs it.

At full size (all rows, all repeats, with peers) the parts that were measured replace their sections of RESULTS.md; a
smaller run only prints. The exit code is 1 when a limit was missed or a part could not be measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import limits

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
ROWS = (1_000_000, 10_000_000)
REPEATS = 5


def main() -> int:
    arguments = _arguments()
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if arguments.measure:
        print("\n".join(PARTS[arguments.measure](arguments, folder)))
        return 0
    sections = {part: _measured(part, sys.argv[1:]) for part in PARTS if part in arguments.parts}
    found = [section for section in sections.values() if section is not None]
    text = report(found, arguments.repeats)
    print(text)
    failed = [part for part, section in sections.items() if section is None]
    if failed:
        print(f"Not measured: {', '.join(failed)}. RESULTS.md stays as it is.", file=sys.stderr)
    elif is_full_size(arguments):
        kept = _kept(RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else [])
        kept |= {section[0]: section for section in found}
        RESULTS.write_text(report(list(kept.values()), arguments.repeats), encoding="utf-8")
    missed = limits.missed(text.splitlines())
    for line in missed:
        print(f"Missed: {line}", file=sys.stderr)
    return 1 if failed or missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=tuple(PARTS), default=list(PARTS), metavar="PART")
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS), help="the smallest is every part's size")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--no-peers", action="store_true", help="install and measure nobody else's environment")
    parser.add_argument("--folder", type=Path, default=HERE.parent / "build" / "bench", help="data and environments")
    parser.add_argument("--measure", choices=tuple(PARTS), help=argparse.SUPPRESS)
    return parser.parse_args()


def is_full_size(arguments: argparse.Namespace) -> bool:
    """Whether a run's figures are those that RESULTS.md tells of."""
    return tuple(arguments.rows) == ROWS and arguments.repeats == REPEATS and not arguments.no_peers


def _kept(lines: Sequence[str]) -> dict[str, list[str]]:
    """The sections of a report by their headings, in order."""
    sections: dict[str, list[str]] = {}
    section: list[str] = []
    for line in lines:
        if line.startswith("## "):
            section = sections.setdefault(line, [])
        section.append(line)
    return {heading: _without_blank_end(section) for heading, section in sections.items()}


def _without_blank_end(section: list[str]) -> list[str]:
    while not section[-1]:
        section.pop()
    return section


def _measured(part: str, argv: Sequence[str]) -> list[str] | None:
    """The lines of a part, measured in a process of its own; None where that failed.

    No part finds the memory, the threads or the imports of the one before it.
    """
    command = [sys.executable, str(HERE / "run.py"), *argv, "--measure", part]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip("\n").split("\n") if done.returncode == 0 else None


def report(sections: Sequence[Sequence[str]], repeats: int) -> str:
    """The whole text: what was measured on, then the sections."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "numpy", "pyarrow"))
    machine = f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()}"
    lines = [
        "# Benchmark results",
        "",
        f"Written by `make bench`. {machine}, Python {platform.python_version()}, {packages}.",
        f"Medians of {repeats} runs unless said otherwise. Limits we hold ourselves to stand beside figures. A section",
        "may be of a run of its own; the figures within one are of the same run.",
    ]
    for section in sections:
        lines += ["", *section]
    return "\n".join(lines) + "\n"


def _data_quality(arguments: argparse.Namespace, folder: Path) -> list[str]:
    import data_quality

    return data_quality.section(folder, arguments.rows, arguments.repeats, with_peers=not arguments.no_peers)


def _merge(arguments: argparse.Namespace, folder: Path) -> list[str]:
    import merge

    return merge.report(folder, arguments.repeats, min(arguments.rows))


def _model_quality(arguments: argparse.Namespace, folder: Path) -> list[str]:
    import model_quality

    return model_quality.section(min(arguments.rows), arguments.repeats)


def _bias(arguments: argparse.Namespace, folder: Path) -> list[str]:
    import bias

    return bias.report_lines(min(arguments.rows), min(arguments.rows) // 10, arguments.repeats)


def _kernel_shap(arguments: argparse.Namespace, folder: Path) -> list[str]:
    import kernel_shap

    share = min(1.0, min(arguments.rows) / min(ROWS))
    return kernel_shap.section(folder, arguments.repeats, share=share, with_peer=not arguments.no_peers)


def _triggers(arguments: argparse.Namespace, folder: Path) -> list[str]:
    import triggers

    share = min(1.0, min(arguments.rows) / min(ROWS))
    return triggers.section() if share == 1.0 else triggers.section(count=20, interval=5.0)


PARTS: Mapping[str, Callable[[argparse.Namespace, Path], list[str]]] = {
    "data-quality": _data_quality,
    "merge": _merge,
    "model-quality": _model_quality,
    "bias": _bias,
    "kernel-shap": _kernel_shap,
    "triggers": _triggers,
}

if __name__ == "__main__":
    sys.exit(main())
