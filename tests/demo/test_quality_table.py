"""What the late labels changed, in a line a week."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from demo.quality_table import Judgement, conclusion, line

BEFORE = Judgement(date(2013, 6, 24), 0.82, (0.8719, 0.7638, 0.9185), 0, "/tmp/1.html")
AFTER = replace(BEFORE, labelled=0.917, figures=(0.8731, 0.7638, 0.9191), violations=3, report="/tmp/2.html")
CALM = replace(BEFORE, start=date(2013, 9, 9), figures=(0.94, 0.7, 0.9), report="/tmp/3.html")


def test_a_week_by_itself() -> None:
    assert line(BEFORE).split() == ["2013-06-24", "82.0%", "0.8719", "0.7638", "0.9185", "0"]


def test_only_what_changed_shows_both() -> None:
    assert line(BEFORE, AFTER).split("  ") != line(BEFORE).split("  ")
    assert "82.0% → 91.7%" in line(BEFORE, AFTER)
    assert " 0.7638 " in line(BEFORE, AFTER)
    assert line(BEFORE, AFTER).endswith("0 → 3")


def test_the_conclusion_counts_weeks_and_names_the_worst() -> None:
    said = conclusion([BEFORE, CALM], [AFTER, CALM])

    assert "1 of 2 weeks fall short" in said
    assert "the figures of 1 and the verdict on 1" in said
    assert said.endswith("least accurate week (2013-06-24): /tmp/2.html")
