"""missing_column_check and extra_column_check: does the data have the baseline's columns?"""

from __future__ import annotations

from airflow_model_monitor.analysis.column_pairing import ColumnPairing
from airflow_model_monitor.contract.violations import EXTRA_COLUMNS, MISSING_COLUMNS, CheckType, Violation

_NAMES_SHOWN = 10


def column_count_check(pairing: ColumnPairing) -> tuple[Violation, ...]:
    """Report columns that are missing or too many: none or one violation by position, up to two by name.

    The text is the original's, which counts columns. Where columns were paired by name, the names follow it.
    """
    found = []
    if pairing.missing:
        found.append(_violation(pairing, MISSING_COLUMNS, CheckType.MISSING_COLUMN, "missing", pairing.missing))
    if pairing.extra:
        found.append(_violation(pairing, EXTRA_COLUMNS, CheckType.EXTRA_COLUMN, "extra", pairing.extra))
    return tuple(found)


def _violation(
    pairing: ColumnPairing, feature_name: str, check_type: str, what: str, names: tuple[str, ...]
) -> Violation:
    text = (
        f"There are {what} columns in current dataset. "
        f"Number of columns in current dataset: {len(pairing.names)}, "
        f"Number of columns in baseline constraints: {len(pairing.columns)}"
    )
    if pairing.by_name:
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        text += f". {what.capitalize()}: {', '.join(names[:_NAMES_SHOWN])}{more}"
    return Violation(feature_name, check_type, text)
