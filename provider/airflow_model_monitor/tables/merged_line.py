"""Lines of text put together from columns, many at a time.

What is the same in every line of a block, which is most of a captured record, is written into the text around it once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_TEXT: Final = pa.large_string()


@dataclass(frozen=True, slots=True)
class Value:
    """A column's value in a line, and the texts that come and go with it.

    :param column: its name
    :param optional: whether a line may lack the value and its texts; otherwise a line without it is left out whole
    """

    column: str
    before: str = ""
    after: str = ""
    optional: bool = False


def put_together(line: Sequence[str | Value], column: Callable[[str], pa.Array], rows: int) -> pa.Array:
    """The lines of some rows as large strings; null where a value that is not optional is.

    :param line: what a line consists of, from left to right
    :param column: a column by its name, large strings
    :param rows: length of the columns
    """
    parts: list[pa.Array | pa.Scalar] = []
    text = ""
    for piece in line:
        if isinstance(piece, str):
            text += piece
            continue
        values, before, after = column(piece.column), piece.before, piece.after
        if piece.optional and values.null_count:
            if values.null_count == rows:
                continue
            values = pc.fill_null(_joined([_scalar(before), values, _scalar(after)]), "")
            before = after = ""
        constant = _constant(values)
        if constant is not None:
            text += before + constant + after
            continue
        parts += [_scalar(text + before), values]
        text = after
    if not parts:
        return pa.array([text] * rows, _TEXT)
    return _joined([*parts, _scalar(text)])


def _joined(parts: Sequence[pa.Array | pa.Scalar]) -> pa.Array:
    # The last argument is what stands between the others.
    return pc.binary_join_element_wise(*parts, _scalar(""))


def _scalar(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)


def _constant(values: pa.Array) -> str | None:
    """The one value of a column; ``None`` where there are several, or nulls."""
    if values.null_count or values[0] != values[-1] or not pc.all(pc.equal(values, values[0])).as_py():
        return None
    return str(values[0].as_py())
