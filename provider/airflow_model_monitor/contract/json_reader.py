"""Reading JSON with errors that name the place: file, line of a syntax error, JSON path of a wrong value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import inf, isfinite, nan
from typing import Any

from airflow_model_monitor.contract.errors import ContractError

_NON_FINITE = {"NaN": nan, "Infinity": inf, "+Infinity": inf, "-Infinity": -inf, "INF": inf, "-INF": -inf}
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class JsonNode:
    """One value of a JSON file together with its place, for typed access.

    ``value`` is what Python's parser gives. Every accessor raises :class:`ContractError` naming file and JSON path when
    the value is not what the contract says.
    """

    __slots__ = ("_parent", "_step", "file", "value")

    def __init__(
        self, value: Any, path: str | int = "$", file: str | None = None, parent: JsonNode | None = None
    ) -> None:
        self.value = value
        self.file = file
        # The path is put together only when somebody asks: most nodes are read without a complaint.
        self._step = path
        self._parent = parent

    @property
    def path(self) -> str:
        """The JSON path, such as ``$.features[3].name``."""
        steps: list[str] = []
        node = self
        while node._parent is not None:
            steps.append(_step_text(node._step))
            node = node._parent
        return str(node._step) + "".join(reversed(steps))

    def error(self, message: str, remedy: str | None = None) -> ContractError:
        """The error to raise about this value."""
        return ContractError(message, file=self.file, field=self.path, remedy=remedy)

    def expected(self, what: str, remedy: str | None = None) -> ContractError:
        """The error to raise when this value is not ``what``."""
        return self.error(f"expected {what}, got {_shown(self.value)}", remedy)

    def members(self) -> Iterator[tuple[str, JsonNode]]:
        """The members of an object in the file's order; null counts as "not there"."""
        for key, value in self.object().items():
            if value is not None:
                yield key, JsonNode(value, key, self.file, self)

    def object(self) -> dict[str, Any]:
        """The value as a plain dictionary."""
        if not isinstance(self.value, dict):
            raise self.expected("an object")
        return self.value

    def has(self, key: str) -> bool:
        """Whether the object has ``key`` with a value other than null: the original writes null for "not there"."""
        return self.object().get(key) is not None

    def child(self, key: str) -> JsonNode:
        """The member ``key``; missing or null is an error."""
        found = self.optional(key)
        if found is None:
            raise ContractError("is missing", file=self.file, field=self.path + _step_text(key))
        return found

    def optional(self, key: str) -> JsonNode | None:
        """The member ``key``, or None when it is missing or null."""
        value = self.object().get(key)
        return None if value is None else JsonNode(value, key, self.file, self)

    def items(self) -> Iterator[JsonNode]:
        """The elements of an array."""
        if not isinstance(self.value, list):
            raise self.expected("an array")
        for index, item in enumerate(self.value):
            yield JsonNode(item, index, self.file, self)

    def text(self) -> str:
        """The value as text."""
        if not isinstance(self.value, str):
            raise self.expected("a text")
        return self.value

    def one_of(self, *allowed: str) -> str:
        """The value as one of the ``allowed`` texts."""
        text = self.text()
        if text not in allowed:
            raise self.expected(" or ".join(repr(item) for item in allowed))
        return text

    def boolean(self) -> bool:
        """The value as true or false."""
        if not isinstance(self.value, bool):
            raise self.expected("true or false")
        return self.value

    def enabled(self) -> bool:
        """``Enabled`` or ``Disabled`` in any case; a hand-edited true or false is understood too."""
        if isinstance(self.value, bool):
            return self.value
        word = self.value.lower() if isinstance(self.value, str) else None
        if word not in ("enabled", "disabled"):
            raise self.expected("'Enabled' or 'Disabled'")
        return word == "enabled"

    def number(self, *, minimum: float = -inf, maximum: float = inf) -> float:
        """The value as a finite number; integers are taken where the original writes doubles."""
        value = self._number()
        if not isfinite(value):
            raise self.expected("a finite number")
        if not minimum <= value <= maximum:
            raise self.expected(_range(minimum, maximum))
        return value

    def measure(self) -> float:
        """The value as a number that may be infinite or NaN (quoted as Jackson writes them, or bare)."""
        return self._number(non_finite_names=True)

    def ratio(self) -> float:
        """The value as a share between 0 and 1."""
        value = self._number()
        if not 0.0 <= value <= 1.0:
            raise self.expected("a number between 0 and 1")
        return value

    def count(self) -> int:
        """The value as a number of things: an integer of at least 0 (written ``5.0`` by some tools)."""
        value = self.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.expected("a whole number")
        if value < 0:
            raise self.expected("a number of at least 0")
        if value >= 1 << 63:
            raise self.expected("a whole number of 64 bits")
        return value

    def measures(self) -> tuple[float, ...]:
        """An array of numbers at once: the fast way for sketches with tens of thousands of them."""
        if not isinstance(self.value, list):
            raise self.expected("an array of numbers")
        if set(map(type, self.value)) <= {float}:
            return tuple(self.value)
        return tuple(item.measure() for item in self.items())

    def _number(self, *, non_finite_names: bool = False) -> float:
        value = self.value
        if non_finite_names and isinstance(value, str) and value in _NON_FINITE:
            return _NON_FINITE[value]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.expected("a number")
        try:
            return float(value)
        except OverflowError:
            raise self.expected("a number that fits a double") from None


def load(text: str | bytes, file: str | None = None) -> JsonNode:
    """The root of a JSON file.

    A byte order mark is tolerated (editors of hand-edited files leave one). Not UTF-8, broken or cut JSON, text after
    the end, a key twice in one object, nesting too deep for the parser and unpaired surrogates raise.

    :raises ContractError: naming file and, as far as known, line or JSON path.
    """
    text = decode(text, file)
    duplicates: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            duplicates.append(_first_duplicate(items))
            return {_DUPLICATE_MARK: duplicates[-1], **result}
        return result

    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        # A text that is cut in a value ends there; one that is cut in a string has no end of it.
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        cut = "the file ends in the middle" if ended and text.strip() else error.msg
        message = "is empty" if not text.strip() else f"not valid JSON: {cut} (column {error.colno})"
        raise ContractError(message, file=file, line=error.lineno) from None
    except RecursionError:
        raise ContractError("JSON nested too deeply", file=file) from None
    except ValueError as error:  # Python refuses integers of more than 4300 digits
        raise ContractError(f"not readable JSON: {error}", file=file) from None
    if duplicates:
        raise _duplicate_error(JsonNode(value, "$", file))
    if _ESCAPED_SURROGATE.search(text):
        _refuse_lone_surrogates(JsonNode(value, "$", file))
    return JsonNode(value, "$", file)


def decode(text: str | bytes, file: str | None = None) -> str:
    """The text of a file that must be UTF-8, without a byte order mark."""
    if isinstance(text, bytes):
        raw = text
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise ContractError(
                f"not UTF-8: byte 0x{raw[error.start]:02x} at offset {error.start}",
                file=file,
                line=line,
                remedy="Save the file as UTF-8.",
            ) from None
    return text.removeprefix("\ufeff")


def unique_names(nodes: list[JsonNode], *, key: str = "name", what: str = "feature") -> None:
    """Raise when two of the objects carry the same ``key``: which one counts would be anybody's guess."""
    seen: dict[str, JsonNode] = {}
    for node in nodes:
        child = node.child(key)
        name = child.text()
        if name in seen:
            raise child.error(f"the {what} {name!r} already stands at {seen[name].path}")
        seen[name] = node


_DUPLICATE_MARK = "\x00duplicate key"


def _first_duplicate(items: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for key, _ in items:
        if key in seen:
            return key
        seen.add(key)
    raise AssertionError("no key occurs twice")


def _duplicate_error(root: JsonNode) -> ContractError:
    for node in _every_node(root):
        if isinstance(node.value, dict) and _DUPLICATE_MARK in node.value:
            return node.error(f"the key {node.value[_DUPLICATE_MARK]!r} occurs twice in this object")
    return root.error("a key occurs twice in one object")


def _refuse_lone_surrogates(root: JsonNode) -> None:
    for node in _every_node(root):
        texts = [node.value] if isinstance(node.value, str) else node.value if isinstance(node.value, dict) else ()
        for text in texts:
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                raise node.error("text with an unpaired surrogate escape, which is no Unicode character") from None


def _every_node(root: JsonNode) -> Iterator[JsonNode]:
    stack = [root]  # not recursive: the parser nests deeper than Python's own stack
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node.value, dict):
            stack.extend(child for _, child in node.members())
        elif isinstance(node.value, list):
            stack.extend(node.items())


def _step_text(step: str | int) -> str:
    if isinstance(step, str) and _PLAIN_KEY.match(step):
        return f".{step}"
    return f"[{json.dumps(step)}]"


def _range(minimum: float, maximum: float) -> str:
    if maximum == inf:
        return f"a number of at least {minimum:g}"
    return f"a number between {minimum:g} and {maximum:g}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
