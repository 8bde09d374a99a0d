"""analysis.json: the result of a bias or explainability analysis, and the baseline of both monitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from airflow_model_monitor.contract.bias_config import BiasStage
from airflow_model_monitor.contract.bias_metrics import SECTION_KEYS, BiasMetrics, read_bias_metrics
from airflow_model_monitor.contract.explanations import Explanations, read_explanations
from airflow_model_monitor.contract.json_reader import JsonNode, load
from airflow_model_monitor.contract.python_json import dumps

FILE_NAME: Final = "analysis.json"
VERSION: Final = "1.0"
Layout = Literal["single", "multiple"]
"""Of a job on a single instance, or of one on multiple instances, which sorts all keys."""

_EXPLANATIONS: Final = "explanations"


@dataclass(frozen=True, slots=True)
class AnalysisReport:
    """A whole analysis.json. Parts a job was not asked for are None.

    ``layout`` is the one it was read in, and no part of what it says. ``others`` are top-level members of other kinds,
    kept as they were read.
    """

    post_training_bias: BiasMetrics | None = None
    pre_training_bias: BiasMetrics | None = None
    explanations: Explanations | None = None
    version: str = VERSION
    others: Mapping[str, Any] = field(default_factory=dict)
    layout: Layout = field(default="single", compare=False)

    def bias(self, stage: BiasStage) -> BiasMetrics | None:
        """The metrics of a stage, or None."""
        return self.pre_training_bias if stage == "pre_training_bias" else self.post_training_bias

    def to_json(self) -> str:
        """The file's text, as the original lays it out."""
        document: dict[str, Any] = {"version": self.version}
        for stage, key in SECTION_KEYS.items():
            section = self.bias(stage)
            if section is not None:
                document[key] = section.to_document()
        if self.explanations is not None:
            document[_EXPLANATIONS] = self.explanations.to_document()
        return dumps({**document, **self.others}, sort_keys=self.layout == "multiple")

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> AnalysisReport:
        """The analysis in ``text``, of single or multiple instances.

        :raises ContractError: naming ``file`` and the JSON path of what is wrong.
        """
        root = load(text, file)
        _refuse_other_files(root)
        sections = {stage: root.optional(key) for stage, key in SECTION_KEYS.items()}
        explanations, version = root.optional(_EXPLANATIONS), root.optional("version")
        post, pre = sections["post_training_bias"], sections["pre_training_bias"]
        return cls(
            post_training_bias=None if post is None else read_bias_metrics(post),
            pre_training_bias=None if pre is None else read_bias_metrics(pre),
            explanations=None if explanations is None else read_explanations(explanations),
            version=VERSION if version is None else version.text(),
            others={key: node.value for key, node in root.members() if key not in _KNOWN},
            layout=_layout(list(root.object())),
        )


_KNOWN: Final = frozenset({*SECTION_KEYS.values(), _EXPLANATIONS, "version"})
_PARTS: Final = (*SECTION_KEYS.values(), _EXPLANATIONS)


def _layout(keys: list[str]) -> Layout:
    return "multiple" if "version" in keys and keys == sorted(keys) else "single"


def _refuse_other_files(root: JsonNode) -> None:
    if not isinstance(root.value, dict):
        raise root.expected("an analysis.json of SageMaker Clarify (an object)")
    if not any(root.has(part) for part in _PARTS):
        raise root.error(
            f"this is no analysis.json of SageMaker Clarify: it has none of {', '.join(_PARTS)}",
            "Point to the analysis.json of a bias or explainability job.",
        )
