"""The rule of a composite alarm: ``ALARM("a") OR (OK(b) AND NOT INSUFFICIENT_DATA(c))``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_STATES: Final = ("ALARM", "OK", "INSUFFICIENT_DATA")
# A name in quotes may hold any character but the quote; a bare one ends at a parenthesis or a blank.
_TOKEN: Final = re.compile(r"""\s*(?:(?P<sign>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s()"']+))""")
_ARN: Final = re.compile(r"arn:[\w-]+:cloudwatch:[^:]+:\d+:alarm:(.+)", re.DOTALL)
_LONGEST: Final = 10_240

States = Mapping[str, str]
"""State by alarm name."""


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """A rule that was read.

    :param children: names of the alarms it watches, in order, each once
    """

    text: str
    children: tuple[str, ...]
    _holds: Callable[[States], bool]

    def holds(self, states: States) -> bool:
        """Whether the composite alarm is in ALARM.

        :param states: of every alarm in :attr:`children`
        """
        return self._holds(states)


def parse_alarm_rule(text: str) -> AlarmRule:
    """The rule in ``text``.

    :raises ValueError: it cannot be read
    """
    if len(text) > _LONGEST:
        raise ValueError(f"AlarmRule must not be longer than {_LONGEST} characters, and has {len(text)}")
    parser = _Parser(text)
    holds = parser.either()
    parser.ended()
    return AlarmRule(text, tuple(dict.fromkeys(parser.children)), holds)


class _Parser:
    """NOT binds tighter than AND, AND tighter than OR."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._read(text)
        self._at = 0
        self.children: list[str] = []

    def either(self) -> Callable[[States], bool]:
        sides = [self._both()]
        while self._next("OR"):
            sides.append(self._both())
        return sides[0] if len(sides) == 1 else lambda states: any(side(states) for side in sides)

    def ended(self) -> None:
        if self._at < len(self._tokens):
            raise self._error(f"{self._tokens[self._at][1]!r} was not expected")

    def _both(self) -> Callable[[States], bool]:
        sides = [self._one()]
        while self._next("AND"):
            sides.append(self._one())
        return sides[0] if len(sides) == 1 else lambda states: all(side(states) for side in sides)

    def _one(self) -> Callable[[States], bool]:
        if self._next("NOT"):
            inner = self._one()
            return lambda states: not inner(states)
        if self._next("("):
            inner = self.either()
            self._expect(")")
            return inner
        for truth in (True, False):
            if self._next(str(truth).upper()):
                return lambda states: truth
        for state in _STATES:
            if self._next(state):
                return self._state(state)
        raise self._error(f"{self._tokens[self._at][1]!r} was not expected" if self._more else "it ends too early")

    def _state(self, state: str) -> Callable[[States], bool]:
        self._expect("(")
        if not self._more or self._tokens[self._at] in (("sign", "("), ("sign", ")")):
            raise self._error(f"{state}( needs the name or ARN of an alarm")
        named = self._tokens[self._at][1]
        self._at += 1
        self._expect(")")
        found = _ARN.fullmatch(named)
        name = found[1] if found else named
        self.children.append(name)
        return lambda states: states[name] == state

    @property
    def _more(self) -> bool:
        return self._at < len(self._tokens)

    def _next(self, wanted: str) -> bool:
        found = self._more and self._tokens[self._at] in (("word", wanted), ("sign", wanted))
        self._at += found
        return found

    def _expect(self, wanted: str) -> None:
        if not self._next(wanted):
            raise self._error(f"{wanted!r} is missing")

    def _read(self, text: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            token = _TOKEN.match(text, at)
            if token is None:
                raise self._error(f"{text[at:].strip()[:20]!r} cannot be read")
            assert token.lastgroup is not None
            found.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()
        return found

    def _error(self, message: str) -> ValueError:
        return ValueError(f"AlarmRule {self._text!r} is invalid: {message}")
