"""Customers who stay or leave: a dataset that the same number always makes again, and the model that scores it.

Plain Python, since it is made in the SDK's environments and in this package's own.
"""

from __future__ import annotations

import math
import random

LABEL = "churn"
FEATURES = ("age", "income", "visits", "member")
COEFFICIENTS = (0.08, -0.03, -0.25, -0.8)
INTERCEPT = -0.2

Row = tuple[float, ...]


def customers(count: int, *, seed: int, older: int = 0) -> list[Row]:
    """Features of so many customers.

    :param older: years that are added to everybody's age
    """
    drawn = random.Random(seed)
    return [
        (
            drawn.randint(20, 60) + older,
            round(drawn.uniform(15.0, 120.0), 1),
            drawn.randint(0, 12),
            drawn.randint(0, 1),
        )
        for _ in range(count)
    ]


def score(row: Row) -> float:
    """What the model says: the probability that the customer leaves."""
    return 1 / (1 + math.exp(-INTERCEPT - sum(weight * value for weight, value in zip(COEFFICIENTS, row))))


def leaves(row: Row, *, seed: int) -> int:
    """What the customer does: 1 leaves, 0 stays; as likely as the model says."""
    return int(random.Random(f"{seed}:{row}").random() < score(row))


def csv(rows: list[Row]) -> str:
    """Lines as a model is sent them."""
    return "\n".join(",".join(str(value) for value in row) for row in rows)
