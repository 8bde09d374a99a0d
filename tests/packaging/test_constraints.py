"""The constraints files: one per supported Airflow minor, usable from any mirror, pinning what we ask for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FILES = sorted((ROOT / "constraints").glob("airflow-*.txt"))


def pins(file: Path) -> list[Requirement]:
    return [Requirement(line) for line in file.read_text().splitlines() if line and not line.startswith("#")]


def test_one_file_per_supported_minor() -> None:
    assert [file.name for file in FILES] == [f"airflow-3.{minor}.txt" for minor in range(4)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_index_addresses_and_no_hashes(file: Path) -> None:
    assert not re.search(r"https?:|^--|sha256|@ ", file.read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_pins_satisfy_the_declared_ranges(file: Path) -> None:
    asked = {r.name: r for r in map(Requirement, PROJECT["dependencies"])}
    pinned = {pin.name: next(iter(pin.specifier)).version for pin in pins(file)}

    assert {name for name, wanted in asked.items() if not wanted.specifier.contains(pinned[name])} == set()
    assert pinned["apache-airflow"].startswith(file.stem.removeprefix("airflow-") + ".")
