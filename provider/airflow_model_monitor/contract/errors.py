"""The one error type for bad input, on every floor."""

from __future__ import annotations


class ContractError(ValueError):
    """Input that breaks the contract: names the file, the line, the field, what was wrong and what to do.

    :param message: what was found and what was expected, one sentence without the place.
    :param file: the file or URL (or the environment variable's owner) that holds the mistake.
    :param line: 1-based line number, where the file has lines.
    :param field: JSON path such as ``$.features[3].completeness``, a column name, or a variable's name.
    :param remedy: what the person reading this should do.

    ``str()`` reads "file F, line L, field X: message. remedy".
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message
        self.file = file
        self.line = line
        self.field = field
        self.remedy = remedy
        super().__init__(message, file, line, field, remedy)

    def __str__(self) -> str:
        place = ", ".join(
            f"{name} {value}"
            for name, value in (("file", self.file), ("line", self.line), ("field", self.field))
            if value is not None
        )
        text = f"{place}: {self.message}" if place else self.message
        if self.remedy:
            text = f"{text if text.endswith(('.', '!', '?')) else text + '.'} {self.remedy}"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword arguments do not survive BaseException's own pickling, and worker processes raise this.
        return (_rebuild, (type(self), self.message, self.file, self.line, self.field, self.remedy))


def _rebuild(
    kind: type[ContractError],
    message: str,
    file: str | None,
    line: int | None,
    field: str | None,
    remedy: str | None,
) -> ContractError:
    return kind(message, file=file, line=line, field=field, remedy=remedy)
