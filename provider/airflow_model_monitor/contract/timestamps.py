"""Points in time as the contract writes them: ISO 8601 in UTC with a Z."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow_model_monitor.contract.errors import ContractError


def parse_utc(text: str, *, field: str, file: str | None = None) -> datetime:
    """``2021-05-06T22:00:00Z`` as a datetime in UTC; other offsets are converted, none at all means UTC.

    :raises ContractError: naming ``field`` when it is no ISO 8601 point in time.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the first hours of year 1 have no UTC
        raise ContractError(
            f"{text!r} is not a point in time", file=file, field=field, remedy="Write it as 2021-05-06T22:00:00Z."
        ) from None


def format_utc(moment: datetime) -> str:
    """``2021-05-06T22:00:00Z``; fractions of a second only when there are any.

    :raises ValueError: for a datetime without a time zone, whose hour would be a guess.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
