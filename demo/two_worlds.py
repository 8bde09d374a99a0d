"""With and without retraining, week by week, both judged for real."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from demo.quality_table import FIGURES, Judgement
from demo.table import Week

HEADER = (
    f"{'week of':<12}{'data: violations (drift)':<30}{'accuracy':<19}{'AUC':<19}{'model: violations':<18}\n"
    f"{'':<12}{'without':<15}{'with':<15}{'without':<10}{'with':<9}{'without':<10}{'with':<9}{'without':<9}{'with':<9}"
)
RULE = "-" * 98


def line(data: tuple[Week, Week], quality: tuple[Judgement, Judgement]) -> str:
    """A week in both worlds; the first of each pair is without retraining."""
    cells = f"{data[0].start.isoformat():<12}"
    for week in data:
        text = f"{week.corrected.violations}" + (f" ({week.drift:.3f})" if week.drift else "")
        cells += f"{text if week.corrected.violations else '-':<15}"
    for name in ("accuracy", "auc"):
        place = FIGURES.index(name)
        cells += f"{quality[0].figures[place]:<10.4f}{quality[1].figures[place]:<9.4f}"
    return (cells + f"{quality[0].violations or '-':<9}{quality[1].violations or '-':<9}").rstrip()


def conclusion(data: Mapping[date, tuple[Week, Week]], quality: Mapping[date, tuple[Judgement, Judgement]]) -> str:
    """What retraining changed, counted."""
    count = len(data)
    bad = [sum(bool(pair[world].corrected.violations) for pair in data.values()) for world in (0, 1)]
    short = [sum(bool(pair[world].violations) for pair in quality.values()) for world in (0, 1)]
    place = FIGURES.index("accuracy")
    means = [sum(pair[world].figures[place] for pair in quality.values()) / count for world in (0, 1)]
    better = sum(pair[1].figures[place] > pair[0].figures[place] for pair in quality.values())
    return (
        f"Of these {count} weeks, {bad[0]} would have violated the first data baseline; {bad[1]} violate the baseline "
        f"of their time.\n{short[0]} would have fallen short of the first model's quality; {short[1]} fall short of "
        f"that of the model that served.\nMean accuracy {means[0]:.4f} without retraining, {means[1]:.4f} with it; "
        f"better in {better} weeks."
    )
