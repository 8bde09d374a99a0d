"""docker-compose.yaml read as its services would be started, with places of this machine instead of a container's."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yaml"

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")


@dataclass(frozen=True)
class Service:
    """One service: what to run, with which environment, and how to ask whether it is well."""

    name: str
    command: list[str]
    environment: dict[str, str]
    healthcheck: list[str]
    patience: float  # seconds until "unhealthy" is final
    interval: float
    depends_on: tuple[str, ...]


def services(places: Mapping[str, str]) -> dict[str, Service]:
    """Every service of docker-compose.yaml.

    :param places: text of the file -> text to run with, e.g. ``{"postgres:5432": "127.0.0.1:25432"}``
    """
    parsed = yaml.safe_load(FILE.read_text())
    return {name: _service(name, native(text, places)) for name, text in parsed["services"].items()}


def native(value: Any, places: Mapping[str, str]) -> Any:
    """``value`` with Compose's variables filled in and every place replaced."""
    if isinstance(value, Mapping):
        return {key: native(item, places) for key, item in value.items()}
    if isinstance(value, list):
        return [native(item, places) for item in value]
    if not isinstance(value, str):
        return value
    text = _VARIABLE.sub(_interpolated, value)
    for theirs, ours in places.items():
        text = text.replace(theirs, ours)
    return text


def _interpolated(match: re.Match[str]) -> str:
    if match["name"] is None:
        return "$"
    return os.environ.get(match["name"]) or match["default"] or ""


def _service(name: str, text: Mapping[str, Any]) -> Service:
    check = text["healthcheck"]
    kind, *test = check["test"]
    interval = _seconds(check["interval"])
    return Service(
        name=name,
        command=text.get("command", []),
        environment=text["environment"],
        healthcheck=test if kind == "CMD" else ["sh", "-c", *test],
        patience=_seconds(check.get("start_period", "0s")) + interval * check["retries"],
        interval=interval,
        depends_on=tuple(text.get("depends_on", ())),
    )


def _seconds(text: str) -> float:
    assert text.endswith("s"), text
    return float(text[:-1])
