"""One line per week: how right the classifier was, before the late labels came and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_model_monitor.service.revisions import Revision

FIGURES = ("accuracy", "recall", "auc")
HEADER = f"{'week of':<12}{'labelled':<18}{'accuracy':<18}{'recall':<18}{'AUC':<18}violations"


@dataclass(frozen=True)
class Judgement:
    """One revision of a week's execution.

    :param start: the week's first day
    :param labelled: share of the requests that had a label, 0 to 1
    :param figures: accuracy, recall and AUC
    :param violations: metrics worse than the baseline allows
    :param report: address of the report
    """

    start: date
    labelled: float
    figures: tuple[float, ...]
    violations: int
    report: str

    @classmethod
    def of(cls, revision: Revision) -> Judgement:
        """What a published execution says."""
        execution = revision.execution
        assert execution.window is not None
        assert execution.coverage is not None
        assert execution.report is not None
        figures = tuple(execution.metrics[name] for name in FIGURES)
        start, report = execution.window.start.date(), revision.url_of(execution.report)
        return cls(start, execution.coverage, figures, execution.violations, report)

    @property
    def cells(self) -> tuple[str, ...]:
        """The figures as text, in the order of the table's columns."""
        return (f"{self.labelled:.1%}", *(f"{figure:.4f}" for figure in self.figures), str(self.violations))


def line(before: Judgement, after: Judgement | None = None) -> str:
    """A week as a line of the table; with ``after``, what the late labels made of it."""
    later = before.cells if after is None else after.cells
    pairs = (cell if cell == new else f"{cell} → {new}" for cell, new in zip(before.cells, later))
    return f"{before.start.isoformat():<12}{''.join(f'{pair:<18}' for pair in pairs)}".rstrip()


def conclusion(before: Sequence[Judgement], after: Sequence[Judgement]) -> str:
    """What the late labels changed, and where to look."""
    changed = sum(first.figures != second.figures for first, second in zip(before, after, strict=True))
    verdicts = sum(bool(first.violations) != bool(second.violations) for first, second in zip(before, after))
    bad = sum(bool(judgement.violations) for judgement in after)
    worst = min(after, key=lambda judgement: judgement.figures[FIGURES.index("accuracy")])
    return (
        f"{bad} of {len(after)} weeks fall short of the baseline. The late labels changed the figures of {changed} and "
        f"the verdict on {verdicts}.\n"
        f"Report of the least accurate week ({worst.start}): {worst.report}"
    )
