"""Reads ``model_monitor.toml``, the one file that says what the example DAGs watch.

A small file on this disk and nothing else is read, because every DAG is parsed again and again.
"""

from __future__ import annotations

import os
import string
import tomllib
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

DEFAULTS = {
    "MODEL_MONITOR_DEMO": str(Path.home() / "model-monitor-demo"),
    "MODEL_MONITOR_RUNTIME": "worker",
    "MODEL_MONITOR_APPROVAL": "person",
    "MODEL_MONITOR_CLOCK": "wall",
    "MODEL_MONITOR_ALARM_QUEUE": "",
    "MODEL_MONITOR_ROLE_ARN": "",
    "MODEL_MONITOR_TRAINING_IMAGE": "",
}
REQUIRED = {
    "": ("name", "endpoint", "root", "connection", "runtime"),
    "windows": ("schedule", "start"),
    "request": ("features",),
    "answer": ("prediction", "probability", "decimals"),
    "label": ("name", "days_after", "look_back_days"),
    "quality": ("margin",),
    "retraining": (
        *("train_on", "compare_on", "metric", "least_gain", "approval", "clock"),
        *("checks", "at_least", "of_the_last", "cool_down_days", "at_most_a_month"),
    ),
}
OPTIONAL = {"bias": ("facet",), "attribution": ("compare_with",), "alarm": ("queue_url",)}
OPTIONAL |= {"sagemaker": ("role_arn", "image", "training_image", "instance_type", "waiter_delay", "deferrable")}
OPTIONAL |= {"windows": ("end",)}
OPTIONAL |= {"": ("captures", "labels", "executions", "training", "baselines", "models", "retrainings")}


def read(path: Path) -> SimpleNamespace:
    """The settings of a file; tables become attributes: ``settings.label.name``.

    :raises ValueError: a setting is missing, unknown or out of the question; names the file
    """
    document = _expanded(tomllib.loads(path.read_text(encoding="utf-8")))
    for table in {*REQUIRED, *OPTIONAL}:
        found = document if not table else document.get(table, {})
        names = {name for name, value in found.items() if table or not isinstance(value, dict)}
        missing = set(REQUIRED.get(table, ())) - names
        unknown = names - set(REQUIRED.get(table, ())) - set(OPTIONAL.get(table, ()))
        for word, odd in (("missing", missing), ("unknown", unknown)):
            if odd:
                raise ValueError(f"{path}: {word}{f' in [{table}]' if table else ''}: {', '.join(sorted(odd))}")
    _choice(path, document["runtime"], "runtime", ("worker", "sagemaker"))
    _choice(path, document["retraining"]["approval"], "approval", ("person", "later", "automatic"))
    _choice(path, document["retraining"]["clock"], "clock", ("wall", "data"))
    root = document["root"] = os.path.expanduser(document["root"]).rstrip("/")
    for place in OPTIONAL[""]:
        document.setdefault(place, f"{root}/{place}")
    tables = {name: SimpleNamespace(**value) if isinstance(value, dict) else value for name, value in document.items()}
    settings = SimpleNamespace(**{"bias": None, "attribution": None, "alarm": None, "sagemaker": None, **tables})
    settings.windows.end = getattr(settings.windows, "end", None)
    for moment in (settings.windows.start, settings.windows.end):
        if moment is not None and (not isinstance(moment, datetime) or moment.tzinfo is None):
            raise ValueError(f"{path}: start and end in [windows] are instants, such as 2026-01-01T00:00:00Z")
    _agree(path, settings)
    return settings


def _agree(path: Path, settings: SimpleNamespace) -> None:
    """What one table says of another; left-overs of an example are found here, and not when the DAGs run."""
    features, windows = settings.request.features, settings.windows
    if windows.end is not None and windows.end <= windows.start:
        raise ValueError(f"{path}: end = {windows.end:%Y-%m-%d} in [windows] is not after start; leave it out to go on")
    if settings.bias and settings.bias.facet not in features:
        raise ValueError(f"{path}: facet = {settings.bias.facet!r} in [bias] is none of the features in [request]")
    if settings.attribution and len(settings.attribution.compare_with) != len(features):
        raise ValueError(f"{path}: compare_with in [attribution] needs {len(features)} values, one for each feature")


def _expanded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _expanded(one) for name, one in value.items()}
    return string.Template(value).safe_substitute(DEFAULTS | os.environ) if isinstance(value, str) else value


def _choice(path: Path, value: str, name: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{path}: {name} = {value!r}: expected one of {', '.join(map(repr, allowed))}")


SETTINGS = read(Path(os.environ.get("MODEL_MONITOR_SETTINGS") or Path(__file__).with_name("model_monitor.toml")))
"""What the DAGs use."""
