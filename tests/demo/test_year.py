"""The demonstration tells the truth: the whole year, run as `make demo` runs it, in minutes."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from airflow_model_monitor.service.store import ExecutionStore
from demo.table import Week

pytestmark = pytest.mark.year

ROOT = Path(__file__).parents[2]
DRIFTED = ["05-20", "06-24", "07-08", "07-22", "09-02", "09-23", "12-09", "12-16", "12-23"]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[date, Week]]:
    """What it printed, and the executions it published, by the week's first day."""
    root = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "demo", "--root", str(root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    published = ExecutionStore(str(root / "executions")).list("late-arrivals", endpoint="late-arrivals")
    weeks = [Week.of(revision) for _, revision in published]
    return done.stdout, {week.start: week for week in weeks}


def section(text: str, title: str) -> list[str]:
    """The lines of weeks below a title."""
    lines = text.split(f"\n{title}", 1)[1].split("\n\n", 1)[0].splitlines()
    return [line for line in lines if re.match(r"201\d-", line)]


def test_every_week_is_judged_and_printed(said: tuple[str, dict[date, Week]]) -> None:
    text, weeks = said

    assert len(weeks) == 52
    printed = section(text, "Data quality")
    assert printed == [week.line() for week in weeks.values()]
    assert (
        sum(week.rows for week in weeks.values()) == 336_776 - 1_896
    )  # the last two days of the year are another week


def test_nine_weeks_drift_when_every_value_counts(said: tuple[str, dict[date, Week]]) -> None:
    _, weeks = said

    drifted = [week.start for week in weeks.values() if "baseline_drift_check" in week.corrected.by_check]

    assert [f"{start:%m-%d}" for start in drifted] == DRIFTED
    assert max(weeks.values(), key=lambda week: week.drift).start == date(2013, 6, 24)
    assert weeks[date(2013, 6, 24)].drift == pytest.approx(0.216, abs=0.002)


def test_the_blizzard_shows_in_completeness(said: tuple[str, dict[date, Week]]) -> None:
    blizzard = said[1][date(2013, 2, 4)]

    assert blizzard.worst == "dep_delay (84.8% present)"
    assert dict(blizzard.corrected.by_check) == {"completeness_check": 1}


def test_most_weeks_are_quiet(said: tuple[str, dict[date, Week]]) -> None:
    assert sum(week.corrected.violations == 0 for week in said[1].values()) == 36


def test_the_originals_bug_hides_some_of_it(said: tuple[str, dict[date, Week]]) -> None:
    _, weeks = said

    seen = [week.start for week in weeks.values() if "baseline_drift_check" in week.original.by_check]

    assert [f"{start:%m-%d}" for start in seen] == ["06-24", "07-08", "07-22", "09-23", "12-16"]


def test_it_names_the_report_of_the_worst_week(said: tuple[str, dict[date, Week]]) -> None:
    text, weeks = said
    (path,) = re.findall(r"drifted most \(2013-06-24\): (\S+)", text)

    assert path == weeks[date(2013, 6, 24)].report
    assert "dep_delay" in Path(path).read_text()


def test_late_labels_revise_every_week(said: tuple[str, dict[date, Week]]) -> None:
    in_time = section(said[0], "Model quality with the labels that came in time")
    revised = section(said[0], "Model quality before and after the late labels")

    assert len(in_time) == len(revised) == 52
    assert all("% → " in line for line in revised)
    shares = [tuple(map(float, re.findall(r"([\d.]+)%", line))) for line in revised]
    assert all(before < after <= 100 for before, after in shares)
    assert 85 < sum(before for before, _ in shares) / 52 < 90 < sum(after for _, after in shares) / 52


def test_the_december_storms_cost_accuracy(said: tuple[str, dict[date, Week]]) -> None:
    (path,) = re.findall(r"least accurate week \(2013-12-09\): (\S+)", said[0])

    assert "accuracy" in Path(path).read_text()


def test_airports_and_features(said: tuple[str, dict[date, Week]]) -> None:
    assert len(section(said[0], "Bias")) == 52
    explained = section(said[0], "Attribution")
    assert len(explained) == 13
    assert all("dep_delay" in line.split("  ")[-1].split(",")[0] for line in explained)
