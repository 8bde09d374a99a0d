"""In what the four monitors differ, as far as SageMaker's API is concerned: one table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from airflow_model_monitor.service.images import Image

MonitoringType = Literal["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability"]
MONITORING_TYPES: Final[tuple[MonitoringType, ...]] = get_args(MonitoringType)

_SPELLED = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class MonitorKind:
    """One of the four monitors.

    :param monitoring_type: its name, which begins its actions' and members' names too
    :param image: the container that does its analysis
    :param execution_prefix: beginning of the names of its analysis jobs
    :param takes: arguments of a definition that not all monitors take
    :param needs: those of them a definition cannot do without
    """

    monitoring_type: MonitoringType
    image: Image
    execution_prefix: str
    takes: frozenset[str]
    needs: frozenset[str] = frozenset()

    @property
    def merges(self) -> bool:
        """Whether an execution first merges captured data with ground truth."""
        return "ground_truth_uri" in self.takes

    @property
    def baseline_file(self) -> str:
        """The file of a baseline that holds the constraints."""
        return "analysis.json" if self.image == "clarify" else "constraints.json"

    @property
    def definition_prefix(self) -> str:
        """Beginning of a definition's name where nobody gave one: ``data-quality-job-definition``."""
        return f"{_SPELLED.sub('-', self.monitoring_type).lower()}-job-definition"

    def action(self, verb: Literal["Create", "Describe", "Delete"]) -> str:
        """An operation of the API: ``CreateDataQualityJobDefinition``."""
        return f"{verb}{self.monitoring_type}JobDefinition"

    @property
    def list_action(self) -> str:
        """The operation that lists definitions: ``ListDataQualityJobDefinitions``."""
        return f"List{self.monitoring_type}JobDefinitions"


_CONTAINER: Final = frozenset(
    {"container_entrypoint", "container_arguments", "record_preprocessor_script", "post_analytics_processor_script"}
)
_LABELS: Final = frozenset({"ground_truth_uri"})
_CONFIG: Final = frozenset({"config_uri"})

KINDS: Final[Mapping[MonitoringType, MonitorKind]] = {
    kind.monitoring_type: kind
    for kind in (
        MonitorKind("DataQuality", "analyzer", "model-monitoring", _CONTAINER | {"baseline_statistics"}),
        MonitorKind(
            "ModelQuality", "analyzer", "model-quality-monitoring", _CONTAINER | _LABELS | {"problem_type"}, _LABELS
        ),
        MonitorKind("ModelBias", "clarify", "model-bias-monitoring", _CONFIG | _LABELS, _CONFIG | _LABELS),
        MonitorKind("ModelExplainability", "clarify", "model-explainability-monitoring", _CONFIG, _CONFIG),
    )
}
#: Every argument that only some monitors take.
NOT_FOR_ALL: Final = frozenset().union(*(kind.takes for kind in KINDS.values()))


def kind_of(monitoring_type: str) -> MonitorKind:
    """The monitor of a name.

    :raises ValueError: it is none of the four
    """
    found = next((kind for name, kind in KINDS.items() if name == monitoring_type), None)
    if found is None:
        raise ValueError(f"monitoring_type: {monitoring_type!r}; allowed are {', '.join(map(repr, MONITORING_TYPES))}")
    return found


def takers_of(argument: str) -> tuple[MonitoringType, ...]:
    """The monitors that take an argument."""
    return tuple(name for name, kind in KINDS.items() if argument in kind.takes)
