"""`docs/first-monitor.md` does what it says: its own settings and commands, on the table it makes up."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.captured_data import parse_captured_line
from airflow_model_monitor.contract.ground_truth import parse_ground_truth_line
from demo.home import DAGS, dag_bag
from tests.airflow.conftest import airflow_db, run_dag

__all__ = ["airflow_db", "run_dag"]

PAGE = (Path(__file__).parents[2] / "docs" / "first-monitor.md").read_text()
COMMANDS = [line for block in re.findall(r"```console\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]
(SETTINGS,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)


def commands(beginning: str) -> list[list[str]]:
    """The words of the page's commands that begin so."""
    found = [shlex.split(line.removeprefix("$ ")) for line in COMMANDS if line.startswith(f"$ {beginning}")]
    assert found, beginning
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The reader's home, with the settings in it."""
    home = tmp_path_factory.mktemp("newcomer")
    (home / "model_monitor.toml").write_text(SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("MODEL_MONITOR_SETTINGS", str(home / "model_monitor.toml"))
        patch.setenv("PYTHONPATH", os.pathsep.join((str(DAGS.parent), *sys.path)))
        for name in [name for name in sys.modules if name.startswith("model_monitor_")]:
            patch.delitem(sys.modules, name)
        yield home


def paste(home: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run one of the page's commands that begin with ``python``."""
    arguments = [word.replace("my-dags", str(DAGS)) for word in command[1:]]
    return subprocess.run([sys.executable, *arguments], cwd=home, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def laid_out(home: Path) -> Path:
    """What the first three steps leave: the folder that ``root`` names."""
    for command in (*commands("python -m demo.loans"), *commands("python my-dags/")):
        done = paste(home, command)
        assert done.returncode == 0, done.stderr
    return home / "loans"


def test_the_pages_commands_judge_a_window(laid_out: Path, run_dag: Callable[..., Any]) -> None:
    dags = dag_bag(DAGS).dags
    for _, _, _, dag_id, *at in commands("airflow dags test"):
        moment = {"logical_date": datetime.fromisoformat(at[0])} if at else {}
        assert run_dag(dags[dag_id], **moment).state == "success", dag_id

    (report,) = re.findall(r"`~/loans/(\S+/report\.html)`", PAGE)
    assert (laid_out / report).exists()
    found = json.loads((laid_out / report).with_name("constraint_violations.json").read_text())["violations"]
    drifted = {one["feature_name"] for one in found if one["constraint_check_type"] == "baseline_drift_check"}
    assert {"income", "amount"} <= drifted
    quality = laid_out / report.replace("loans/loans/", "loans/loans-quality/")
    assert quality.with_name("statistics.json").exists()


def test_a_quiet_window_is_as_good_as_the_training_data(laid_out: Path, run_dag: Callable[..., Any]) -> None:
    """The baselines are made of the answers in the table, and not of another model's."""
    dags = dag_bag(DAGS).dags
    quiet = datetime.fromisoformat("2026-02-16T00:00:00+00:00")
    for dag_id, moment in (("baseline", {}), ("monitor_data_quality", quiet), ("monitor_model_quality", quiet)):
        assert run_dag(dags[dag_id], **({"logical_date": moment} if moment else {})).state == "success", dag_id

    data, quality = (
        json.loads((laid_out / "executions/loans" / name / "2026/02/16/00/constraint_violations.json").read_text())
        for name in ("loans", "loans-quality")
    )
    assert not [one for one in data["violations"] if one["constraint_check_type"] == "baseline_drift_check"]
    assert not [one for one in quality["violations"] if one["description"].startswith("Metric auc ")]


def test_its_dags_exist_and_its_record_and_label_can_be_read() -> None:
    (both,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    record, label = both.splitlines()
    named = {command[4] for command in commands("airflow backfill create")}
    unpaused = set(re.findall(r"for dag in (.*?);", PAGE)[0].split())

    (truth,) = parse_ground_truth_line(label)
    assert parse_captured_line(record).event_metadata.event_id == truth.event_id
    assert {f"{dag_id}.py" for dag_id in named | unpaused} <= {file.name for file in DAGS.iterdir()}


@pytest.mark.parametrize(("option", "column"), [("--id", "nobody"), ("--time", "income"), ("--known", "score")])
def test_a_column_that_cannot_be_is_named(home: Path, option: str, column: str) -> None:
    (command,) = commands("python my-dags/")
    cells = {"loan_id": "L1", "asked_at": "2026-02-02T00:00:00Z", "known_at": "2026-02-03T00:00:00Z"}
    cells |= dict.fromkeys(("income", "amount", "purpose", "region", "predicted", "score", "defaulted"), "1")
    (home / "small.csv").write_text(",".join(cells) + "\n" + ",".join(cells.values()) + "\n")
    changed = ["small.csv" if word == "loans.csv" else word for word in command]
    changed[changed.index(option) + 1] = column

    done = paste(home, changed)

    assert done.returncode == 1
    assert column in done.stderr
    assert "Traceback" not in done.stderr
