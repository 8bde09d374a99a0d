"""The installed distribution's entry points load, and name what they should."""

from __future__ import annotations

from importlib.metadata import EntryPoint, distribution
from typing import Any

import pytest

DISTRIBUTION = "airflow-model-monitor"


def ours() -> list[EntryPoint]:
    return list(distribution(DISTRIBUTION).entry_points)


@pytest.mark.parametrize("point", ours(), ids=lambda point: f"{point.group}:{point.name}")
def test_every_entry_point_loads(point: EntryPoint) -> None:
    loaded: Any = point.load()

    assert callable(loaded)


def test_the_provider_names_its_own_distribution() -> None:
    (point,) = (point for point in ours() if point.group == "apache_airflow_provider")

    assert point.load()()["package-name"] == DISTRIBUTION
