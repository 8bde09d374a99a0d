"""The baseline a job judges by: both files read, parsed and fingerprinted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from airflow_model_monitor.contract.constraints import Constraints
from airflow_model_monitor.contract.execution import BaselineFile
from airflow_model_monitor.contract.statistics import Statistics
from airflow_model_monitor.jobs.location import Location


@dataclass(frozen=True, slots=True)
class Baseline:
    """Constraints and statistics, each as far as given; ``files`` says where they were and their SHA-256."""

    constraints: Constraints | None = None
    statistics: Statistics | None = None
    files: Mapping[str, BaselineFile] = field(default_factory=dict)

    @classmethod
    def read(cls, constraints: Location | None, statistics: Location | None) -> Baseline:
        """Read what is given.

        :raises ContractError: naming the file and, where it is not what it should be, the JSON path
        """
        files: dict[str, BaselineFile] = {}

        def content(name: str, location: Location | None) -> bytes | None:
            if location is None:
                return None
            read = location.read()
            files[name] = BaselineFile(location.url, hashlib.sha256(read).hexdigest())
            return read

        texts = content("constraints", constraints), content("statistics", statistics)
        return cls(
            constraints=Constraints.from_json(texts[0], constraints.url)
            if constraints and texts[0] is not None
            else None,
            statistics=Statistics.from_json(texts[1], statistics.url) if statistics and texts[1] is not None else None,
            files=files,
        )
