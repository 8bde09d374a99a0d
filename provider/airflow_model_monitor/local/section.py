"""One section of the journal: a durable mapping from keys to JSON documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from airflow_model_monitor.local.journal import Journal


class Read(NamedTuple):
    """A document as it was read from the file. Most are replaced by later lines before anybody asks for them."""

    document: Any


class Section:
    """A durable mapping from keys to JSON documents, in the order of their first ``put``."""

    def __init__(self, name: str, journal: Journal) -> None:
        self.name = name
        self._journal = journal
        self._documents: dict[str, str | Read] = {}

    def get(self, key: str) -> Any:
        """A copy of the document, or None."""
        with self._journal.lock:
            text = self._text(key) if key in self._documents else None
        return None if text is None else json.loads(text)

    def put(self, key: str, document: Any) -> None:
        """Keep a document; it is on disk when this returns.

        :raises TypeError: it is not JSON
        """
        self._journal.change(self, key, dumped(document))

    def delete(self, key: str) -> None:
        """Forget a document; nothing happens where there is none."""
        if key in self._documents:
            self._journal.change(self, key, None)

    def items(self) -> list[tuple[str, Any]]:
        """Copies of all documents with their keys."""
        return [(key, json.loads(text)) for key, text in self.texts()]

    def values(self) -> list[Any]:
        """Copies of all documents."""
        return [document for _, document in self.items()]

    def __iter__(self) -> Iterator[str]:
        with self._journal.lock:
            keys = list(self._documents)
        return iter(keys)

    def __contains__(self, key: object) -> bool:
        return key in self._documents

    def __len__(self) -> int:
        return len(self._documents)

    def apply(self, key: str, held: str | Read | None) -> None:
        """Change the copy in memory. For the journal alone."""
        if held is None:
            self._documents.pop(key, None)
        else:
            self._documents[key] = held

    def texts(self) -> list[tuple[str, str]]:
        """All documents as JSON. For the journal alone."""
        with self._journal.lock:
            return [(key, self._text(key)) for key in self._documents]

    def _text(self, key: str) -> str:
        held = self._documents[key]
        if isinstance(held, Read):
            held = self._documents[key] = dumped(held.document)
        return held


def dumped(document: Any) -> str:
    """A document as JSON.

    :raises TypeError: it is not JSON
    :raises ValueError: it has a number that JSON does not know
    """
    return json.dumps(document, separators=(",", ":"), allow_nan=False)
