"""What a Clarify monitor is told of its data: where features, answers and labels stand in a record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClarifyAttributes:
    """Where the parts of a record stand.

    :param features_attribute: the features in a JSON request, a JMESPath
    :param inference_attribute: the predicted label in the model's answer: an index (CSV), a JMESPath (JSON)
    :param probability_attribute: its probability, written likewise
    :param probability_threshold: a score above it is the positive label, 0 to 1; 0.5 unless given
    :param ground_truth_attribute: the label in a label that is a JSON object, where the configuration does not say
    :raises ValueError: a threshold that is no probability
    """

    features_attribute: str | None = None
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    probability_threshold: float | None = None
    ground_truth_attribute: str | None = None

    def __post_init__(self) -> None:
        threshold = self.probability_threshold
        if threshold is not None and not 0.0 <= threshold <= 1.0:
            raise ValueError(f"probability_threshold: {threshold!r}; allowed are 0 to 1, e.g. 0.5")

    def variables(self) -> dict[str, str]:
        """The attributes as variables of the job; what is None is left out."""
        threshold = self.probability_threshold
        stated = {
            "features_attribute": self.features_attribute,
            "inference_attribute": self.inference_attribute,
            "probability_attribute": self.probability_attribute,
            "probability_threshold_attribute": None if threshold is None else repr(float(threshold)),
            "ground_truth_attribute": self.ground_truth_attribute,
        }
        return {name: value for name, value in stated.items() if value is not None}
