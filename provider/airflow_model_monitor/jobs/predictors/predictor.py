"""What a job knows of a model: features in, scores or labels out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.contract.errors import ContractError

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.feature_table import FeatureTable


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model said of ``n`` records; at least one of the two is there.

    :param scores: probabilities, scores or regression values, shape (n, outputs), finite
    :param labels: predicted labels as the model spells them, shape (n,), objects: text, integers, floats, booleans
    """

    scores: NDArray[np.float64] | None = None
    labels: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.scores if self.scores is not None else self.labels)  # type: ignore[arg-type]


class Predictor(ABC):
    """A model that answers; a context manager that lets go of connections.

    :param name: how messages call it: an endpoint's name or address, a file's path
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def predictions(self, table: FeatureTable) -> Predictions:
        """Return what the model says of each row.

        :param table: the model's features in its order, n rows; ``None`` and NaN are missing values
        :raises ContractError: the model cannot be reached, gave up, or answered something else than n predictions
        """

    def predict(self, table: FeatureTable) -> NDArray[np.float64]:
        """Return scores of shape (n, outputs): what is explained; labels that are numbers where there is nothing else.

        :raises ContractError: as :meth:`predictions`, and for labels that are no numbers
        """
        found = self.predictions(table)
        if found.scores is not None:
            return found.scores
        assert found.labels is not None
        for label in found.labels:
            if not _is_finite_number(label):
                raise ContractError(
                    f"{self.name} answers the label {label!r}, and only numbers can be explained",
                    field="predictor.probability",
                    remedy="Say there where the scores stand in the model's answer",
                )
        return found.labels.astype(np.float64).reshape(len(found), 1)

    def close(self) -> None:
        """Let go of what is held; calling it twice is harmless."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def joined(parts: Sequence[Predictions]) -> Predictions:
    """Put the answers of several batches one below the other.

    :raises ValueError: one is of another kind, or has more outputs, than another
    """
    if len(parts) == 1:
        return parts[0]
    scores = [part.scores for part in parts if part.scores is not None]
    labels = [part.labels for part in parts if part.labels is not None]
    if len(scores) not in (0, len(parts)) or len(labels) not in (0, len(parts)):
        raise ValueError("one request was answered with numbers, another with text")
    widths = {one.shape[1] for one in scores}
    if len(widths) > 1:
        raise ValueError(f"one request was answered with {min(widths)} scores a record, another with {max(widths)}")
    return Predictions(
        scores=np.concatenate(scores) if scores else None,
        labels=np.concatenate(labels) if labels else None,
    )


def _is_finite_number(value: Any) -> bool:
    try:
        return isfinite(float(value))
    except (TypeError, ValueError):
        return False
