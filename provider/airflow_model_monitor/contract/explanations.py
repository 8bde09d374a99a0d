"""The ``explanations`` of analysis.json: what the features contribute to a model's scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from airflow_model_monitor.contract.json_reader import JsonNode

_KERNEL_SHAP: Final = "kernel_shap"
_GLOBAL_VALUES: Final = "global_shap_values"
_EXPECTED_VALUE: Final = "expected_value"


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """One label's global SHAP values by feature, in column order, and the model's score of the baseline.

    ``others`` are members of other kinds (texts' ``global_top_shap_text``), kept as they were read.
    """

    global_shap_values: Mapping[str, float]
    expected_value: float
    others: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        values = {_GLOBAL_VALUES: dict(self.global_shap_values)} if self.global_shap_values or not self.others else {}
        return {**values, _EXPECTED_VALUE: self.expected_value, **self.others}


@dataclass(frozen=True, slots=True)
class Explanations:
    """Kernel SHAP by label, in the order of the model's outputs.

    ``others`` are explanations of other kinds (``pdp``), kept as they were read.
    """

    kernel_shap: Mapping[str, LabelExplanation]
    others: Mapping[str, Any] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        labels = {label: explanation.to_document() for label, explanation in self.kernel_shap.items()}
        return {**({_KERNEL_SHAP: labels} if labels or not self.others else {}), **self.others}


def read_explanations(node: JsonNode) -> Explanations:
    """:raises ContractError: naming the JSON path of what is wrong."""
    shap = node.optional(_KERNEL_SHAP)
    if shap is not None and not shap.object():
        raise shap.expected("an object with a member for each label")
    others = {key: value for key, value in node.object().items() if key != _KERNEL_SHAP and value is not None}
    if shap is None and not others:
        raise node.error("holds no explanation", f"Expected {_KERNEL_SHAP!r}.")
    return Explanations({} if shap is None else {label: _read_label(item) for label, item in shap.members()}, others)


def _read_label(node: JsonNode) -> LabelExplanation:
    own = (_GLOBAL_VALUES, _EXPECTED_VALUE)
    others = {key: value for key, value in node.object().items() if key not in own and value is not None}
    # A text model's label has its top words instead of values by feature.
    values = node.optional(_GLOBAL_VALUES) if others else node.child(_GLOBAL_VALUES)
    if values is not None and not values.object():
        raise values.expected("an object with a number for each feature")
    return LabelExplanation(
        {} if values is None else {name: value.number() for name, value in _every_member(values)},
        node.child(_EXPECTED_VALUE).number(),
        others,
    )


def _every_member(node: JsonNode) -> list[tuple[str, JsonNode]]:
    # A null is no missing feature but a missing number: it must be complained about.
    return [(key, JsonNode(value, key, node.file, node)) for key, value in node.object().items()]
