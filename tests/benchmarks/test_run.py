"""Every part of the benchmark works, at a size that measures nothing; only a full run writes the results."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.system.postgres import binary

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SMALL = ["--rows", "2000", "--repeats", "1", "--no-peers"]
TABLES = {
    "data-quality": "| 2,000 × 30 | parquet |",
    "merge": "| 2,000 × 1,800 |",
    "model-quality": "| regression |",
    "bias": "| 8 before and 12 after training, beside pandas | 2,000 |",
    "kernel-shap": "| ours, the original's sampler |",
    "triggers": "20 deferred `MonitoringExecutionSensor`s",
}
# Starts PostgreSQL and a triggerer, twice.
SYSTEM = ("triggers",)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = import_module("run")
    monkeypatch.setattr(module, "RESULTS", tmp_path / "RESULTS.md")
    yield module
    for name in ("run", "limits"):
        sys.modules.pop(name)


@pytest.fixture
def run(runner: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def called(*arguments: str, measured: dict[str, list[str] | None]) -> int:
        monkeypatch.setattr(sys, "argv", ["run.py", "--folder", str(tmp_path), *arguments])
        monkeypatch.setattr(runner, "_measured", lambda part, argv: measured.get(part, [f"## {part}"]))
        return runner.main()

    return called


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[pytest.mark.system] if part in SYSTEM else []) for part in TABLES]
)
def test_a_part_at_a_small_size(part: str, tmp_path: Path) -> None:
    if part in SYSTEM:
        binary("initdb")
    results = (BENCHMARKS / "RESULTS.md").read_bytes()
    command = [sys.executable, str(BENCHMARKS / "run.py"), *SMALL, "--parts", part, "--folder", str(tmp_path)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert TABLES[part] in done.stdout
    assert (BENCHMARKS / "RESULTS.md").read_bytes() == results


def test_every_part_is_tried_here(runner: ModuleType) -> None:
    assert list(runner.PARTS) == list(TABLES)


def test_a_full_run_writes_the_results(runner: ModuleType, run) -> None:
    assert run(measured={}) == 0
    assert runner.RESULTS.read_text().count("## ") == len(runner.PARTS)


def test_a_run_of_some_parts_replaces_their_sections(runner: ModuleType, run) -> None:
    run(measured={"merge": ["## Merge", "", "old"], "bias": ["## Bias", "", "| old |"]})
    assert run("--parts", "bias", measured={"bias": ["## Bias", "", "| new |"]}) == 0

    text = runner.RESULTS.read_text()
    assert "## Merge\n\nold\n\n## model-quality\n\n## Bias\n\n| new |\n\n## kernel-shap\n\n## triggers\n" in text
    assert "| old |" not in text


@pytest.mark.parametrize("less", [["--no-peers"], ["--repeats", "3"], ["--rows", "1000000"]])
def test_a_smaller_run_does_not(runner: ModuleType, run, less: list[str]) -> None:
    assert run(*less, measured={}) == 0
    assert not runner.RESULTS.exists()


def test_a_part_that_fails_leaves_the_results_alone(runner: ModuleType, run, capsys) -> None:
    assert run(measured={"merge": None}) == 1
    assert not runner.RESULTS.exists()
    assert "Not measured: merge" in capsys.readouterr().err


def test_a_missed_limit_is_told_and_is_an_exit_code(run, capsys) -> None:
    limits = import_module("limits")
    kept, missed = limits.at_most(6.0, 6.0, 1), limits.at_most(6.04, 6.0, 1)

    assert run(measured={"bias": [kept, missed, limits.at_least(31, 30)]}) == 1
    assert capsys.readouterr().err == "Missed: **6.0** (≤ 6, missed)\n"


def test_a_child_is_not_weighed_with_its_parent() -> None:
    code = (
        "import sys, process; ballast = bytearray(400_000_000); print(process.run([sys.executable, '-c', '']).peak_mb)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS, capture_output=True, text=True, check=True)

    assert float(done.stdout) < 200
