"""The ``dataset_format`` argument of our operators and sensors: an object, a mapping, or JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol


class FormatObject(Protocol):
    """A format of ``airflow_model_monitor.contract.dataset_format``, such as ``Csv(header=True)``."""

    def to_json(self) -> str: ...


DatasetFormat = Mapping[str, Any] | str | FormatObject


def plain_format(given: DatasetFormat | None) -> Mapping[str, Any] | str | None:
    """The format as something Airflow serialises and renders: of other objects it would only keep the repr."""
    if given is None or isinstance(given, str | Mapping):
        return given
    return given.to_json()


def format_text(plain: Mapping[str, Any] | str | None) -> str | None:
    """The format as the job's environment spells it; None for the request's default."""
    return json.dumps(plain) if isinstance(plain, Mapping) else plain
