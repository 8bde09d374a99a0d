"""Where a value stands in a record: an index, a name, a JSONPath or a JMESPath expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.errors import ContractError

if TYPE_CHECKING:
    from jmespath.parser import ParsedResult

_INDEX: Final = re.compile(r"(?:_c)?(\d+)")
_BRACKETED_NAME: Final = re.compile(r"""\[(?:'([^'\]]+)'|"([^"\]]+)")\]""")
_OF_THE_WHOLE: Final = ("[", "$", "@")


@dataclass(frozen=True)
class RecordAttribute:
    """One of the attributes of a job, such as ``probability_attribute``.

    :param variable: the environment variable it comes from, for messages
    :param text: ``0`` or ``_c0`` (an index), ``score`` (a name), ``$.predictions[0].score`` (JSONPath) or
        ``predictions[*].score`` (JMESPath)
    """

    variable: str
    text: str

    @cached_property
    def index(self) -> int | None:
        """The column it names by its place, from 0; None when it is no index."""
        match = _INDEX.fullmatch(self.text)
        return int(match[1]) if match else None

    @cached_property
    def _path(self) -> ParsedResult:
        import jmespath
        from jmespath.exceptions import JMESPathError

        try:
            return jmespath.compile(_jmespath_of(self.text))
        except JMESPathError as error:
            raise ContractError(
                f"{self.text!r} is neither a key of the record nor a path ({str(error).splitlines()[0]})",
                field=self.variable,
                remedy="Write a name (score), a JSONPath ($.predictions[0].score) or JMESPath (predictions[*].score)",
            ) from error

    def in_row(self, row: Sequence[str | None]) -> list[Any]:
        """The value in a row of CSV, as a list of one; empty when the row is too short.

        :raises ContractError: it is a name, and a payload of CSV has none
        """
        if self.index is None:
            raise ContractError(
                f"{self.text!r} is a name, but the payload is CSV, whose columns have none",
                field=self.variable,
                remedy="Give the column's index, from 0",
            )
        return list(row[self.index : self.index + 1])

    def in_json(self, document: Any) -> list[Any]:
        """The values in a JSON document, one for each row it holds; empty when there is none.

        A list is one row an item, and a list of one stands for its item. A name or path is looked for in the document,
        and in each item of a document that is a list.

        :raises ContractError: the text is no path
        """
        if isinstance(document, dict) and self.text in document:
            return rows_of(document[self.text])
        if self.index is not None:
            return self._at_index(document, self.index)
        if isinstance(document, list) and not self.text.startswith(_OF_THE_WHOLE):
            return [value for item in document for value in self.in_json(item)]
        return rows_of(self._path.search(document))

    def _at_index(self, document: Any, index: int) -> list[Any]:
        if not isinstance(document, list):
            return [document] if index == 0 and not isinstance(document, dict) else []
        if document and all(isinstance(item, list) for item in document):
            return [value for item in document for value in rows_of(item[index : index + 1])]
        return rows_of(document[index : index + 1])


def only_values(document: Any) -> list[Any] | None:
    """The values of a document that holds nothing else: ``0``, ``{"label": 0}``, ``{"instances": [{"label": 0}]}``.

    None when an object holds several members, so that somebody must say which.
    """
    if isinstance(document, dict):
        return only_values(next(iter(document.values()))) if len(document) == 1 else None
    if not isinstance(document, list):
        return rows_of(document)
    values: list[Any] = []
    for item in document:
        found = only_values(item)
        if found is None:
            return None
        values += found
    return values


def rows_of(value: Any) -> list[Any]:
    """A value as rows: a list is one each, what is not there is none, and a list of one stands for its item."""
    if value is None:
        return []
    if not isinstance(value, list):
        return [value]
    return [item[0] if isinstance(item, list) and len(item) == 1 else item for item in value]


def _jmespath_of(text: str) -> str:
    """The JMESPath of a JSONPath: ``$.a['b c'][0]`` is ``a."b c"[0]``; recursive descent has no counterpart."""
    if not text.startswith("$"):
        return text
    path = _BRACKETED_NAME.sub(lambda match: f'."{match[1] or match[2]}"', text[1:]).removeprefix(".")
    return path or "@"
