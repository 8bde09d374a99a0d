"""Generations of the original's files: what it wrote in which year."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from airflow_model_monitor.contract.errors import ContractError


class Generation(IntEnum):
    """A form of the contract files, named by the first year in which real files of it were seen.

    G2020: statistics without ``completeness`` and ``approximate_num_distinct_values``; no ``categorical_*`` pair in
    ``monitoring_config``; value types by the regular expressions of Deequ 1.0.3 (images on Spark 2.3).

    G2023: the ``categorical_*`` pair in ``monitoring_config``; value types by the expressions of Deequ 2. Of a model's
    quality ``au_prc`` in the statistics and the number of violations among the metrics.

    G2024: ``completeness`` and ``approximate_num_distinct_values`` in statistics as well.
    """

    G2020 = 2020
    G2023 = 2023
    G2024 = 2024

    @property
    def writes_completeness(self) -> bool:
        """Whether statistics.json carries ``completeness`` and ``approximate_num_distinct_values``."""
        return self >= Generation.G2024

    @property
    def writes_categorical_settings(self) -> bool:
        """Whether ``distribution_constraints`` carries the ``categorical_*`` pair."""
        return self >= Generation.G2023

    @property
    def writes_au_prc(self) -> bool:
        """Whether a binary classifier's statistics carry ``au_prc``, the area under the precision-recall curve."""
        return self >= Generation.G2023

    @property
    def counts_violations(self) -> bool:
        """Whether a model quality run publishes the metric ``total_number_of_violations``."""
        return self >= Generation.G2023


NEWEST: Final = Generation.G2024


def parse_generation(text: str, *, field: str = "file_generation") -> Generation:
    """``2020``, ``2023``, ``2024`` or ``newest``; anything else is a :class:`ContractError` naming ``field``."""
    if text.strip().lower() == "newest":
        return NEWEST
    try:
        return Generation(int(text))
    except ValueError:
        known = ", ".join(str(int(member)) for member in Generation)
        raise ContractError(
            f"{text!r} is not a generation of the contract files", field=field, remedy=f"Choose {known} or 'newest'."
        ) from None
