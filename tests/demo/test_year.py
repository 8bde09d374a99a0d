"""The demonstration tells the truth: the whole year, run as `make demo` runs it, in minutes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import pytest

from airflow_model_monitor.service.baseline_store import BaselineStore
from airflow_model_monitor.service.model_versions import ModelVersions
from airflow_model_monitor.service.revisions import Revision
from airflow_model_monitor.service.store import ExecutionStore
from demo import departures, two_worlds
from demo.classifier import probabilities
from demo.quality_table import Judgement
from demo.replay import between
from demo.table import Week

pytestmark = pytest.mark.year

ROOT = Path(__file__).parents[2]
ENDPOINT = "late-arrivals"
DRIFTED = ["05-20", "06-24", "07-08", "07-22", "09-02", "09-23", "12-09", "12-16", "12-23"]
STORM = date(2013, 6, 24)
JULY = datetime(2013, 7, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What the demonstration printed, and what it left behind."""

    text: str
    root: Path

    def revisions(self, monitor: str, world: str = ".") -> dict[date, Revision]:
        """The newest revision of every week, by its first day; the world without retraining is ``unchanged``."""
        found = ExecutionStore(str(self.root / world / "executions")).list(monitor, endpoint=ENDPOINT)
        return {key.window.start.date(): revision for key, revision in found}

    @cached_property
    def weeks(self) -> dict[date, Week]:
        """As they went."""
        return {start: Week.of(revision) for start, revision in self.revisions("late-arrivals").items()}

    @cached_property
    def by_the_first_baseline(self) -> dict[date, Week]:
        """As they would have gone without retraining."""
        other = self.revisions("late-arrivals", "unchanged")
        return {**self.weeks, **{start: Week.of(revision) for start, revision in other.items() if start > STORM}}

    @cached_property
    def models(self) -> ModelVersions:
        return ModelVersions(str(self.root / "models" / ENDPOINT))

    def section(self, title: str) -> list[str]:
        """The lines of weeks below a title."""
        lines = self.text.split(f"\n{title}", 1)[1].split("\n\n", 1)[0].splitlines()
        return [line for line in lines if re.match(r"201\d-", line)]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    root = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "demo", "--root", str(root), "--all"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Said(done.stdout, root)


def test_every_week_is_judged_and_printed(said: Said) -> None:
    assert len(said.weeks) == 52
    assert said.section("Data quality") == [week.line() for week in said.weeks.values()]
    # The last two days of the year are another week.
    assert sum(week.rows for week in said.weeks.values()) == 336_776 - 1_896


def test_nine_weeks_drift_from_the_first_baseline_when_every_value_counts(said: Said) -> None:
    weeks = said.by_the_first_baseline

    drifted = [week.start for week in weeks.values() if "baseline_drift_check" in week.corrected.by_check]

    assert [f"{start:%m-%d}" for start in drifted] == DRIFTED
    assert max(weeks.values(), key=lambda week: week.drift).start == STORM
    assert weeks[STORM].drift == pytest.approx(0.216, abs=0.002)


def test_the_blizzard_shows_in_completeness(said: Said) -> None:
    blizzard = said.weeks[date(2013, 2, 4)]

    assert blizzard.worst == "dep_delay (84.8% present)"
    assert dict(blizzard.corrected.by_check) == {"completeness_check": 1}


def test_most_weeks_are_quiet_by_the_first_baseline(said: Said) -> None:
    assert sum(week.corrected.violations == 0 for week in said.by_the_first_baseline.values()) == 36
    assert "By the first baseline, 36 of 52 weeks are quiet. Drift in 9 of them" in said.text


def test_it_names_the_report_of_the_worst_week(said: Said) -> None:
    (path,) = re.findall(r"drifted most \(2013-06-24\): (\S+)", said.text)

    assert path == said.weeks[STORM].report
    assert "dep_delay" in Path(path).read_text()


def test_the_storms_of_june_retrain_the_model(said: Said) -> None:
    first, second = said.models.deployments()[:2]

    assert (first.since, second.since) == (None, JULY)
    assert f"→ {second.reason}; approved automatically" in said.text
    lines = said.text.splitlines()
    place = next(number for number, line in enumerate(lines) if "→ retrained after drift" in line)
    assert lines[place - 1].startswith(str(STORM))


def test_neither_model_had_seen_the_weeks_they_were_compared_on(said: Said) -> None:
    old, new = (said.models.get(one.version) for one in said.models.deployments()[:2])

    trained_on = {name: datetime.fromisoformat(new.about["trained_on"][name]) for name in ("start", "end")}
    assert (trained_on["start"], trained_on["end"]) == (
        datetime(2013, 4, 8, tzinfo=UTC),
        datetime(2013, 6, 17, tzinfo=UTC),
    )
    assert "training/rows.csv" in old.about["rows"]  # January and February
    before, after = map(float, re.search(r"auc (0\.\d+) → (0\.\d+)", said.text).groups())  # type: ignore[union-attr]
    assert before < after


def test_later_weeks_are_judged_by_a_baseline_of_the_new_training_window(said: Said) -> None:
    new = said.models.get(said.models.deployments()[1].version)
    for monitor in ("late-arrivals", "late-arrivals-quality"):
        revisions = BaselineStore(str(said.root / "baselines" / monitor)).revisions()[:2]
        digests = [one.execution.files["constraints.json"].sha256 for one in revisions]
        used = {s: r.execution.baseline["constraints"].sha256 for s, r in said.revisions(monitor).items()}
        other = {s: r.execution.baseline["constraints"].sha256 for s, r in said.revisions(monitor, "unchanged").items()}
        assert {used[start] for start in used if start <= STORM} == {digests[0]}
        assert used[JULY.date()] == digests[1]
        assert {other[start] for start in other if start > STORM} == {digests[0]}
        assert len(set(digests)) == 2
    rows = sum(1 for _ in Path(new.about["rows"]).with_name("requests.csv").open()) - 1
    assert revisions[1].execution.rows is not None
    assert BaselineStore(str(said.root / "baselines" / "late-arrivals")).revisions()[1].execution.rows == rows


def test_what_was_captured_later_is_the_new_models_answers(said: Said, tmp_path: Path) -> None:
    year = departures.load(tmp_path)
    hour = year[between(year, JULY, JULY + timedelta(hours=12))]
    captured: dict[str, dict[str, float]] = {"with": {}, "without": {}}
    for world, root in (("with", said.root), ("without", said.root / "unchanged")):
        for file in sorted((root / "captures" / ENDPOINT / "AllTraffic/2013/07/01").rglob("*.jsonl")):
            for record in map(json.loads, file.read_text().splitlines()):
                answer = record["captureData"]["endpointOutput"]["data"]
                captured[world][record["eventMetadata"]["inferenceId"]] = float(answer.split(",")[1])
    old, new = (said.models.get(one.version).read() for one in said.models.deployments()[:2])

    for world, model in (("with", new), ("without", old)):
        expected = dict(zip(hour.inference_ids(), probabilities(model, hour).tolist()))
        assert expected.items() <= captured[world].items()
    assert captured["with"] != captured["without"]


def test_both_worlds_stand_side_by_side(said: Said) -> None:
    without = said.revisions("late-arrivals-quality", "unchanged")
    printed = said.section("Without retraining, and with it")
    later = [start for start in said.weeks if start > STORM]

    assert len(printed) == len(later) == 26
    for text, start in zip(printed, later):
        data = (said.by_the_first_baseline[start], said.weeks[start])
        # The late labels have revised the model's judgement since; the first revision is what was compared.
        quality = (Judgement.of(without[start]), Judgement.of(first_revision(said, start)))
        assert text == two_worlds.line(data, quality)
    assert "Mean accuracy" in said.text


def first_revision(said: Said, start: date) -> Revision:
    store = ExecutionStore(str(said.root / "executions"))
    keys = (key for key, _ in store.list("late-arrivals-quality", endpoint=ENDPOINT))
    return store.revisions(next(key for key in keys if key.window.start.date() == start))[0]


def test_late_labels_revise_every_week(said: Said) -> None:
    in_time = said.section("Model quality with the labels that came in time")
    revised = said.section("Model quality before and after the late labels")

    assert len(in_time) == len(revised) == 52
    assert all("% → " in line for line in revised)
    shares = [tuple(map(float, re.findall(r"([\d.]+)%", line))) for line in revised]
    assert all(before < after <= 100 for before, after in shares)
    assert 85 < sum(before for before, _ in shares) / 52 < 90 < sum(after for _, after in shares) / 52


def test_it_names_the_report_of_the_least_accurate_week(said: Said) -> None:
    (path,) = re.findall(r"least accurate week \(2013-\d\d-\d\d\): (\S+)", said.text)

    assert "accuracy" in Path(path).read_text()


def test_airports_and_features(said: Said) -> None:
    assert len(said.section("Bias")) == 52
    explained = said.section("Attribution")
    assert len(explained) == 13
    assert all("dep_delay" in line.split("  ")[-1].split(",")[0] for line in explained)
