"""A section of the journal that is brought up to what there is, by the differences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_model_monitor.local.journal import Journal


class Difference:
    """Documents as they were kept last, beside the section that keeps them."""

    def __init__(self, journal: Journal, section: str) -> None:
        self._section = journal.section(section)
        self._last: dict[str, Any] = dict(self._section.items())

    def items(self) -> list[tuple[str, Any]]:
        """What is kept, in the order it was first put."""
        return list(self._last.items())

    def bring(self, documents: Mapping[str, Any]) -> set[str]:
        """Keep exactly these documents; returns the keys of those that are gone."""
        gone = self._last.keys() - documents.keys()
        for key in gone:
            self.put(key, None)
        for key, document in documents.items():
            self.put(key, document)
        return set(gone)

    def put(self, key: str, document: Any) -> None:
        """Keep one document, if it differs; None forgets it."""
        if document is None:
            if self._last.pop(key, None) is not None:
                self._section.delete(key)
        elif self._last.get(key) != document:
            self._section.put(key, document)
            self._last[key] = document

    def get(self, key: str) -> Any:
        """One document as it was kept last; None where there is none."""
        return self._last.get(key)
