"""The features of JSON requests in one order, whatever the order of an object's members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_NOT_FEATURES: Final = 2
"""Headers name the features, then perhaps the label and the predicted label."""


@dataclass(slots=True)
class RecordFeatures:
    """Rows of values from rows that may be objects.

    Members of an object are features by name where the headers name them. Else they are taken in the order of the first
    object seen: JSON has none, and a client may send the same members in any.

    :param headers: of the features, then perhaps of label and predicted label
    """

    headers: Sequence[str] = ()
    _keys: Sequence[str] = field(default=(), init=False)

    def rows(self, value: Any) -> list[Any]:
        """The rows of a value: one of a list of values or an object, several of a list of these.

        :raises ValueError: it is something else, or an object that lacks a feature; the message says which
        """
        if isinstance(value, dict):
            value = self._ordered(value)
        if not isinstance(value, list) or not value:
            raise ValueError("no list of features there")
        if all(isinstance(item, dict) for item in value):
            return [self._ordered(item) for item in value]
        return value if all(isinstance(item, list) for item in value) else [value]

    def _ordered(self, members: Mapping[str, Any]) -> list[Any]:
        named = self._named(members)
        keys = self._keys = self._keys or named or tuple(members)
        for key in keys:
            if key not in members:
                raise ValueError(f"no feature {key!r} there, but {', '.join(map(repr, members)) or 'nothing'}")
        found = named or tuple(members)
        if len(found) != len(keys):
            raise ValueError(f"{len(found)} features there, {len(keys)} in the first record")
        return [members[key] for key in keys]

    def _named(self, members: Mapping[str, Any]) -> tuple[str, ...]:
        """The headers of the features, where the members are called so; all but the last two must be there."""
        found = [name for name in self.headers if name in members]
        return tuple(self.headers[: max(len(found), len(self.headers) - _NOT_FEATURES)]) if found else ()
