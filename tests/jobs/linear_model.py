"""The linear model of the Adult recordings behind HTTP, as its container answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden_folder import golden_folder
from tests.jobs.model_server import Reply, Request


def adult() -> Path:
    """The folder of the data set; skips where it is absent."""
    return golden_folder() / "clarify" / "_data" / "adult"


class LinearModel:
    """Answers JSON with ``predictions``, JSON Lines with one object a line; in float32, as the original."""

    def __init__(self) -> None:
        numbers = json.loads((adult() / "model.json").read_text())
        self._weight = np.array(numbers["weight_float32"], dtype=np.float32)
        self._bias = np.float32(numbers["bias_float32"])
        self._threshold = float(numbers["threshold"])

    def __call__(self, request: Request) -> Reply | str:
        """One answer."""
        if request.headers["Content-Type"] == "application/json":
            rows = [one["features"] for one in json.loads(request.body)["instances"]]
            return json.dumps({"predictions": self.predictions(rows)})
        lines = request.body.decode().split("\n")
        return "\n".join(map(json.dumps, self.predictions([json.loads(line)["features"] for line in lines]))) + "\n"

    def predictions(self, rows: list[list[float]]) -> list[dict[str, Any]]:
        """Score and predicted label of each row."""
        sums = np.array(rows, dtype=np.float32) @ self._weight + self._bias
        scores = np.float32(1) / (np.float32(1) + np.exp(-sums))
        return [{"score": float(score), "predicted_label": int(score >= self._threshold)} for score in scores]
