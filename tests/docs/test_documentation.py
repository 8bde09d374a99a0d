"""The documentation's links lead somewhere, its DAGs import, its commands exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from demo.home import dag_bag

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = [
    pytest.param(code, id=f"{page.relative_to(ROOT)}-{number}")
    for page in PAGES
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL))
]
OUTSIDE = ("http://", "https://", "#")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text())

    broken = [t for t in targets if not t.startswith(OUTSIDE) and not (page.parent / t.split("#")[0]).exists()]

    assert broken == []


@pytest.mark.parametrize("code", EXAMPLES)
def test_every_example_is_a_dag(code: str, tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(code)

    bag = dag_bag(tmp_path)

    assert bag.import_errors == {}
    assert bag.dags
    assert all(dag.tasks for dag in bag.dags.values())


def test_the_readmes_dag_has_about_twenty_lines() -> None:
    (dag,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)

    assert len([line for line in dag.splitlines() if line.strip()]) <= 22


def test_every_make_target_in_the_documentation_exists() -> None:
    named = {name for page in PAGES for name in re.findall(r"(?:\$ |`)make ([a-z-]+)", page.read_text())}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))

    assert named - targets == set()


def test_make_help_lists_the_entries() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert {"demo", "test", "test-airflow", "test-system", "lint", "types", "bench", "docs"} <= set(
        re.findall(r"make ([a-z-]+)", listed)
    )
