"""A made-up table to try one's first monitor on: ``python -m demo.loans loans.csv``.

Sixteen weeks of loans from January 5, 2026: what was asked, what a model answered, and what came true, which becomes
known days later, now and then weeks. From the eleventh week on other people ask for other loans, and the model knows
them badly.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 1, 5)  # noqa: DTZ001  written as UTC
WEEKS, DRIFT_AFTER, A_WEEK = 16, 10, 400
COLUMNS = [
    "loan_id",
    "asked_at",
    "income",
    "amount",
    "purpose",
    "region",
    "predicted",
    "score",
    "defaulted",
    "known_at",
]
PURPOSES = ["car", "house, land", 'so-called "bridge"', "studies"]


def write_loans(path: Path) -> None:
    """Write the table; the same one every time."""
    chance = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for number in range(WEEKS * A_WEEK):
            table.writerow(_loan(number, chance))


def _loan(number: int, chance: random.Random) -> list[object]:
    asked = BEGIN + timedelta(weeks=1) * number / A_WEEK
    asked = asked.replace(microsecond=0)
    drifted = number >= DRIFT_AFTER * A_WEEK
    income = chance.lognormvariate(7.4 if drifted else 7.9, 0.35)
    amount = chance.lognormvariate(9.5 if drifted else 9.0, 0.5)
    purpose = chance.choices(PURPOSES, [2, 3, 5, 2] if drifted else [5, 3, 1, 2])[0]
    risk = 0.9 * (math.log(amount) - 9) - 1.3 * (math.log(income) - 7.9) - 1.2 + 0.7 * (purpose == PURPOSES[2])
    score = _chance(risk + chance.gauss(0, 0.2))
    truth = _chance(risk + (3 * (purpose == "studies") - 1.5 * (purpose == PURPOSES[2]) if drifted else 0))
    late = chance.random() < 0.15
    known = asked + timedelta(days=chance.randrange(8, 20) if late else chance.randrange(1, 4))
    known = known.replace(hour=6, minute=0, second=0)  # a nightly job finds out
    missing = chance.random()
    return [
        *(f"L{number:05}", f"{asked.isoformat()}Z"),
        *("" if missing < 0.04 else round(income, 2), round(amount), "" if 0.04 < missing < 0.06 else purpose),
        *(chance.choice(["north", "south"]), int(score > 0.5), round(score, 4)),
        *("" if chance.random() < 0.03 else int(chance.random() < truth), f"{known.isoformat()}Z"),
    ]


def _chance(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


if __name__ == "__main__":
    write_loans(Path(sys.argv[1]))
