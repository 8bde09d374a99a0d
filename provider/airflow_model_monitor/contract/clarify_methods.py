"""The ``methods`` of analysis_config.json: which analyses a job runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from airflow_model_monitor.contract import clarify_values as values
from airflow_model_monitor.contract.bias_config import BiasMethods, BiasStage, read_bias_methods
from airflow_model_monitor.contract.clarify_values import Column
from airflow_model_monitor.contract.json_reader import JsonNode
from airflow_model_monitor.contract.shap_config import ShapConfig, read_shap
from airflow_model_monitor.contract.time_series_config import AsymmetricShapleyConfig, read_asymmetric_shapley

_KEYS: Final = ("report", "pre_training_bias", "post_training_bias", "shap", "pdp", "asymmetric_shapley_value")


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """A report is wanted, under this name."""

    name: str = "report"
    title: str | None = None

    def to_document(self) -> dict[str, Any]:
        return values.document({"name": self.name, "title": self.title})


@dataclass(frozen=True, slots=True)
class PdpConfig:
    """Partial dependence of some features: those named, or the ``top_k_features`` by global SHAP value."""

    grid_resolution: int
    features: tuple[Column, ...] = ()
    top_k_features: int | None = None

    @property
    def top_k(self) -> int:
        return 10 if self.top_k_features is None else self.top_k_features

    def to_document(self) -> dict[str, Any]:
        return values.document({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class Methods:
    """The analyses asked for; None means "not asked for"."""

    report: ReportConfig | None = None
    pre_training_bias: BiasMethods | None = None
    post_training_bias: BiasMethods | None = None
    shap: ShapConfig | None = None
    pdp: PdpConfig | None = None
    asymmetric_shapley_value: AsymmetricShapleyConfig | None = None

    def bias(self, stage: BiasStage) -> BiasMethods | None:
        """The metrics asked for in a stage, or None."""
        return self.pre_training_bias if stage == "pre_training_bias" else self.post_training_bias

    def to_document(self) -> dict[str, Any]:
        members = {name: getattr(self, name) for name in _KEYS}
        return {name: method.to_document() for name, method in members.items() if method is not None}


def read_methods(node: JsonNode) -> Methods:
    """:raises ContractError: naming the key, what it may be and what to do."""
    values.refuse_unknown_keys(node, _KEYS)
    if not any(node.has(key) for key in _KEYS):
        raise node.error("asks for no analysis", f"Name at least one of {', '.join(_KEYS)}.")
    report, shap, pdp = (node.optional(key) for key in ("report", "shap", "pdp"))
    return Methods(
        report=None if report is None else _read_report(report),
        pre_training_bias=_read_bias(node, "pre_training_bias"),
        post_training_bias=_read_bias(node, "post_training_bias"),
        shap=None if shap is None else read_shap(shap),
        pdp=None if pdp is None else _read_pdp(pdp, node),
        asymmetric_shapley_value=read_asymmetric_shapley(node.optional("asymmetric_shapley_value")),
    )


def _read_bias(node: JsonNode, stage: BiasStage) -> BiasMethods | None:
    found = node.optional(stage)
    return None if found is None else read_bias_methods(found, stage)


def _read_report(node: JsonNode) -> ReportConfig:
    values.refuse_unknown_keys(node, ("name", "title"))
    return ReportConfig(values.text(node, "name") or "report", values.text(node, "title"))


def _read_pdp(node: JsonNode, methods: JsonNode) -> PdpConfig:
    values.refuse_unknown_keys(node, ("grid_resolution", "features", "top_k_features"))
    node.child("grid_resolution")
    resolution = values.count(node, "grid_resolution", minimum=2)
    assert resolution is not None
    features = values.columns(node, "features")
    if not features and not methods.has("shap"):
        raise JsonNode(None, "features", node.file, node).error(
            "is missing: without 'shap' nothing ranks the features", "Name the features, or ask for 'shap' too."
        )
    return PdpConfig(resolution, features, values.count(node, "top_k_features"))
