"""The bias metrics in the words of a person: what each measures, and what its values say about whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airflow_model_monitor.contract.bias_metrics import BiasMetric
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility


@dataclass(frozen=True, slots=True)
class MetricWords:
    """What to say of a metric. "This group" is the sensitive one, "the others" are all other rows.

    :param title: its full name
    :param measures: one sentence: what it measures
    :param above: what a value above parity says; empty for a metric unknown here
    :param below: what a value below parity says; empty where there is none below
    :param parity: its value where the groups fare alike
    :param lowest: its smallest possible value; ``None`` where it goes as far down as up
    """

    title: str
    measures: str = ""
    above: str = ""
    below: str = ""
    parity: float = 0.0
    lowest: float | None = None

    def reading(self, value: float) -> str:
        """What ``value`` says about whom."""
        if value == self.parity:
            return "No difference."
        return self.above if value > self.parity else self.below


_APART: Final = "The two groups' labels are spread differently. It says how much, not in whose favour."

_WORDS: Final[Mapping[str, MetricWords]] = {
    "CI": MetricWords(
        "Class imbalance",
        "Rows of the others minus rows of this group, over all rows.",
        "This group has fewer rows than the others: there is less to learn about it.",
        "This group has more rows than the others.",
    ),
    "DPL": MetricWords(
        "Difference in positive proportions in labels",
        "The share of favourable labels among the others minus that in this group.",
        "The others hold the favourable label more often.",
        "This group holds the favourable label more often.",
    ),
    "KL": MetricWords(
        "Kullback–Leibler divergence",
        "How far this group's labels are spread from the others', as relative entropy; it has no upper end.",
        _APART,
        lowest=0.0,
    ),
    "JS": MetricWords(
        "Jensen–Shannon divergence",
        "How far either group's labels are spread from both together, as entropy; 0.69 (ln 2) is the most.",
        _APART,
        lowest=0.0,
    ),
    "LP": MetricWords(
        "L-p norm",
        "The straight-line distance between the two groups' shares of each label; 1.41 (√2) is the most.",
        _APART,
        lowest=0.0,
    ),
    "TVD": MetricWords(
        "Total variation distance",
        "The share of one group's labels that would have to change to be spread as the other's; 1 is the most.",
        _APART,
        lowest=0.0,
    ),
    "KS": MetricWords(
        "Kolmogorov–Smirnov distance",
        "The largest difference in the share of any label; 1 is the most.",
        _APART,
        lowest=0.0,
    ),
    "CDDL": MetricWords(
        "Conditional demographic disparity in labels",
        "This group's share of the unfavourable labels minus its share of the favourable ones, "
        "within each subgroup of the group variable; the mean over subgroups.",
        "This group has more of the unfavourable labels than of the favourable ones.",
        "This group has more of the favourable labels than of the unfavourable ones.",
    ),
    "DPPL": MetricWords(
        "Difference in positive proportions in predicted labels",
        "The share predicted favourable among the others minus that in this group.",
        "The model favours the others more often.",
        "The model favours this group more often.",
    ),
    "DI": MetricWords(
        "Disparate impact",
        "The share predicted favourable in this group, divided by that among the others.",
        "The model favours this group more often.",
        "The model favours this group less often; 0 is never.",
        parity=1.0,
        lowest=0.0,
    ),
    "DCA": MetricWords(
        "Difference in conditional acceptance",
        "Favourable labels observed for each one predicted: the others' number minus this group's.",
        "Measured by what was observed, the model is stricter with the others.",
        "Measured by what was observed, the model is stricter with this group.",
    ),
    "DCR": MetricWords(
        "Difference in conditional rejection",
        "Unfavourable labels observed for each one predicted: this group's number minus the others'.",
        "Measured by what was observed, the model turns down the others more.",
        "Measured by what was observed, the model turns down this group more.",
    ),
    "DAR": MetricWords(
        "Difference in acceptance rates",
        "The share of favourable predictions that are right (precision): the others' minus this group's.",
        "A favourable prediction is right more often for the others.",
        "A favourable prediction is right more often for this group.",
    ),
    "DRR": MetricWords(
        "Difference in rejection rates",
        "The share of unfavourable predictions that are right: this group's minus the others'.",
        "An unfavourable prediction is right more often for this group.",
        "An unfavourable prediction is right more often for the others.",
    ),
    "RD": MetricWords(
        "Recall difference",
        "The share of favourable cases the model finds: the others' minus this group's.",
        "The model overlooks more of this group's favourable cases.",
        "The model overlooks more of the others' favourable cases.",
    ),
    "SD": MetricWords(
        "Specificity difference",
        "The share of unfavourable cases the model recognises: this group's minus the others'.",
        "Wrongly favourable predictions are rarer in this group.",
        "Wrongly favourable predictions are rarer among the others.",
    ),
    "AD": MetricWords(
        "Accuracy difference",
        "The share of predictions that are right: the others' minus this group's.",
        "The model is right more often about the others.",
        "The model is right more often about this group.",
    ),
    "TE": MetricWords(
        "Treatment equality",
        "Favourable cases missed for each one wrongly granted: this group's number minus the others'.",
        "The model's mistakes cost this group more: it misses more than it grants.",
        "The model's mistakes cost the others more.",
    ),
    "CDDPL": MetricWords(
        "Conditional demographic disparity in predicted labels",
        "This group's share of the unfavourable predictions minus its share of the favourable ones, "
        "within each subgroup of the group variable; the mean over subgroups.",
        "This group gets more of the unfavourable predictions than of the favourable ones.",
        "This group gets more of the favourable predictions than of the unfavourable ones.",
    ),
    "GE": MetricWords(
        "Generalized entropy",
        "How unequally all rows benefit from the model's mistakes. It is the same for every group.",
        "Some rows are better off than others.",
        lowest=0.0,
    ),
    "FT": MetricWords(
        "Flip test",
        "Rows of this group favoured where most of their look-alikes among the others are not, "
        "minus rows in the opposite case, over the group's rows.",
        "This group is favoured where its look-alikes are not.",
        "Its look-alikes among the others are favoured where this group is not.",
    ),
}

# The run's behaviour decides on the sign: AWS's documentation and its container disagree.
_DOCUMENTED_FLIP_TEST: Final = MetricWords(
    "Flip test",
    "Rows of this group not favoured where most of their look-alikes among the others are, "
    "minus rows in the opposite case, over the group's rows.",
    _WORDS["FT"].below,
    _WORDS["FT"].above,
)


def metric_words(metric: BiasMetric, compatibility: Compatibility) -> MetricWords:
    """What to say of ``metric``; of one unknown here no more than its name.

    :param compatibility: of the run that measured it
    """
    if metric.name == "FT" and compatibility == CORRECTED:
        return _DOCUMENTED_FLIP_TEST
    return _WORDS.get(metric.name) or MetricWords(metric.description.removesuffix(f"({metric.name})").strip())
