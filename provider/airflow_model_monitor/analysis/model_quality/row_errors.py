"""The error about one row of labels, predictions or probabilities."""

from __future__ import annotations

from airflow_model_monitor.contract.errors import ContractError


class RowError(ContractError):
    """A value that cannot be judged; whoever read the rows knows the file and line of ``row``.

    :param row: counted from 1, as in the message
    """

    def __init__(self, message: str, *, row: int, field: str, remedy: str | None = None) -> None:
        self.row = row
        super().__init__(f"row {row}: {message}", field=field, remedy=remedy)


def row_error(field: str, row: int, message: str, remedy: str | None = None) -> RowError:
    """The error to raise about a value.

    :param field: ``label``, ``prediction`` or ``probability``
    :param row: counted from 0; the message counts from 1
    """
    return RowError(message, row=row + 1, field=field, remedy=remedy)
