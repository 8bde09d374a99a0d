"""How many coalitions of features each row is explained with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from airflow_model_monitor.contract.errors import ContractError

_BASE_SAMPLES: Final = 2048


@dataclass(frozen=True, slots=True)
class SampleBudget:
    """Coalitions per row.

    :param samples: even, since every coalition comes with its complement; 0 for a single feature
    :param complete: these are all proper coalitions there are, each once: the values are exact
    :param warning: in the original's words, when the samples cannot determine the features
    """

    samples: int
    complete: bool
    warning: str | None = None

    @property
    def pairs(self) -> int:
        return self.samples // 2


def sample_budget(features: int, requested: int | None = None) -> SampleBudget:
    """The original's rule: ``min(2 * features + 2048, 2**features - 2)`` unless a number is asked for.

    What is asked for is capped by ``2**features - 2``, too, and an odd number loses one. Where the original would only
    warn that there are fewer samples than features, so do we: the values are then the shortest solution.

    Source: the documentation of Clarify's online explainer; one feature needs no samples, its value is the whole
    difference from the baseline.

    :param features: 1 or more
    :param requested: 2 or more, or None for the default
    :raises ContractError: no features, or a request that is no number of samples
    """
    if features < 1:
        raise ContractError("there are no features to explain")
    if requested is not None and requested < 2:
        raise ContractError(
            f"{requested} is not a number of samples",
            field="methods.shap.num_samples",
            remedy=f"Give 2 or more, or leave it out for {sample_budget(features).samples}.",
        )
    proper = 2**features - 2
    wanted = _BASE_SAMPLES + 2 * features if requested is None else requested
    samples = min(wanted, proper) // 2 * 2
    warning = None
    if samples < proper and wanted < features:
        warning = f"The number of requested samples {wanted} is too small given the number of features {features}"
    return SampleBudget(samples, samples == proper, warning)
