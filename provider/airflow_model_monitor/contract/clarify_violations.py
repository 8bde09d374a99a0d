"""constraint_violations.json of the bias and the explainability monitor. Written only where something drifted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.contract.json_reader import JsonNode, load
from airflow_model_monitor.contract.python_json import dumps, number_text

FILE_NAME: Final = "constraint_violations.json"
VERSION: Final = "1.0"
BIAS_DRIFT: Final = "bias_drift_check"
FEATURE_ATTRIBUTION_DRIFT: Final = "feature_attribution_drift_check"
SHAP: Final = "shap"
"""``metric_name`` of a feature attribution drift."""


@dataclass(frozen=True, slots=True)
class BiasViolation:
    """A bias metric of one sensitive group drifted."""

    facet: str
    facet_value: str
    metric_name: str
    description: str
    constraint_check_type: str = BIAS_DRIFT

    @property
    def feature_name(self) -> str:
        """The column concerned, as violations of the other monitors call it."""
        return self.facet

    def to_document(self) -> dict[str, Any]:
        return {
            "facet": self.facet,
            "facet_value": self.facet_value,
            "metric_name": self.metric_name,
            "constraint_check_type": self.constraint_check_type,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class AttributionViolation:
    """The features of one label changed places by their contributions."""

    label: str
    description: str
    metric_name: str = SHAP
    constraint_check_type: str = FEATURE_ATTRIBUTION_DRIFT

    def to_document(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "metric_name": self.metric_name,
            "constraint_check_type": self.constraint_check_type,
            "description": self.description,
        }


ClarifyViolation = BiasViolation | AttributionViolation


@dataclass(frozen=True, slots=True)
class ClarifyViolations:
    """A whole constraint_violations.json of either monitor, in the order of the file."""

    violations: tuple[ClarifyViolation, ...]
    version: str = VERSION

    def __len__(self) -> int:
        return len(self.violations)

    def counts(self) -> Mapping[str, int]:
        """Number of violations by check type, in order of first appearance."""
        return dict(Counter(violation.constraint_check_type for violation in self.violations))

    def to_json(self) -> str:
        """The file's text. Its layout is assumed to be analysis.json's: no real file's bytes are public."""
        return dumps({"version": self.version, "violations": [item.to_document() for item in self.violations]})

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> ClarifyViolations:
        """The violations in ``text``. :raises ContractError: naming ``file`` and the JSON path of what is wrong."""
        root = load(text, file)
        version = root.optional("version")
        violations = tuple(_read_violation(node) for node in root.child("violations").items())
        return cls(violations, VERSION if version is None else version.text())


def bias_drift_description(live: float, baseline: float) -> str:
    """The sentence of a bias violation, as the original writes it."""
    return f"Metric value {number_text(live)} doesn't meet the baseline constraint requirement {number_text(baseline)}"


def attribution_drift_description(score: float, threshold: float) -> str:
    """The sentence of a feature attribution violation, as the documentation has it.

    :param score: NDCG of the live order of features, 0 to 1
    """
    return f"Feature attribution drift {number_text(score)} exceeds threshold {number_text(threshold)}"


def _read_violation(node: JsonNode) -> ClarifyViolation:
    description, check_type = node.child("description").text(), node.child("constraint_check_type").text()
    metric_name = node.child("metric_name")
    if node.has("facet"):
        facet_value = node.child("facet_value").text()
        return BiasViolation(node.child("facet").text(), facet_value, metric_name.text(), description, check_type)
    if node.has("label"):
        return AttributionViolation(node.child("label").text(), description, metric_name.text(), check_type)
    raise node.error(
        "has neither 'facet' nor 'label'",
        "Point to a constraint_violations.json of a bias or explainability monitor.",
    )
