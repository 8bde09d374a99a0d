"""What a model-quality job is told of the model: the kind of problem, and where its answers stand."""

from __future__ import annotations

from dataclasses import dataclass

from airflow_model_monitor.contract.problem_type import BINARY_CLASSIFICATION, PROBLEM_TYPES, ProblemType


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQualityAttributes:
    """The problem, and where prediction, probability and label stand.

    :param problem_type: ``Regression``, ``BinaryClassification`` or ``MulticlassClassification``
    :param inference_attribute: the prediction: an index (CSV), a name, a JSONPath or JMESPath (JSON)
    :param probability_attribute: the probability of the positive class, written likewise
    :param probability_threshold: with a probability alone the prediction is 1 above it, 0 to 1; 0.5 unless given
    :param ground_truth_attribute: the label in a data set, or in a label that is a JSON object of several members
    :param positive_label: name of the positive class where it is not 1
    :raises ValueError: a combination the service, or the analysis, would refuse
    """

    problem_type: ProblemType
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    probability_threshold: float | None = None
    ground_truth_attribute: str | None = None
    positive_label: str | None = None

    def __post_init__(self) -> None:
        if self.problem_type not in PROBLEM_TYPES:
            raise ValueError(f"problem_type: {self.problem_type!r}; allowed are {', '.join(map(repr, PROBLEM_TYPES))}")
        binary = self.problem_type == BINARY_CLASSIFICATION
        if self.inference_attribute is None and not (binary and self.probability_attribute is not None):
            instead = " or probability_attribute" if binary else ""
            raise ValueError(
                f"inference_attribute: None, but {self.problem_type} needs a prediction; give inference_attribute"
                f"{instead}: an index such as '0' for CSV, a name or path for JSON"
            )
        threshold = self.probability_threshold
        if threshold is not None and not 0.0 <= threshold <= 1.0:
            raise ValueError(f"probability_threshold: {threshold!r}; allowed are 0 to 1, e.g. 0.5")

    def variables(self) -> dict[str, str]:
        """The attributes as variables of the job; what is None is left out."""
        threshold = self.probability_threshold
        stated = {
            "problem_type": self.problem_type,
            "inference_attribute": self.inference_attribute,
            "probability_attribute": self.probability_attribute,
            # Six decimals, as the service writes it.
            "probability_threshold_attribute": None if threshold is None else f"{threshold:.6f}",
            "ground_truth_attribute": self.ground_truth_attribute,
            "positive_label": self.positive_label,
        }
        return {name: value for name, value in stated.items() if value is not None}
