"""An argument parser whose mistakes end in a hint."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import NoReturn


class HintingParser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that says "did you mean" and where the help is; usage errors end with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Print the mistake, a hint where one is at hand, and end."""
        self.exit(2, f"{self.prog}: {message}{self._hint(message)}\nSee {self.prog} --help.\n")

    def parse_all(self, argv: Sequence[str] | None) -> argparse.Namespace:
        """Parse ``argv``, refusing what is left over with a hint from the subcommand it belongs to."""
        found, left = self.parse_known_args(argv)
        if left:
            (getattr(found, "parser", None) or self).error(f"unrecognized arguments: {' '.join(left)}")
        return found

    def _hint(self, message: str) -> str:
        choices = re.search(r"invalid choice: '?([^' ]+)'? \(choose from (.+)\)", message)
        if choices:
            return _did_you_mean(choices[1], re.findall(r"[\w.-]+", choices[2]))
        unknown = re.search(r"unrecognized arguments: (\S+)", message)
        if unknown:
            return _did_you_mean(unknown[1].split("=")[0], list(self._option_string_actions))
        return ""


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"\nDid you mean {close[0]}?" if close else ""
