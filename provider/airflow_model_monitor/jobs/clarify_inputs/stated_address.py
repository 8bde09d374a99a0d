"""Addresses that stand in the configuration: errors about what is there name the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow_model_monitor.contract.errors import ContractError


@contextmanager
def stated_at(key: str) -> Iterator[None]:
    """Name the setting in an error about a whole file.

    :param key: JSON path of the address
    """
    try:
        yield
    except ContractError as error:
        if error.field is not None or error.line is not None:
            raise
        raise ContractError(error.message, file=error.file, field=key, remedy=error.remedy) from error
