"""Requests to a model: rows as CSV, JSON Lines or JSON, filled into the templates of the analysis configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any, Final

from airflow_model_monitor.contract.errors import ContractError

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.feature_table import FeatureTable

CSV: Final = "text/csv"
JSON_LINES: Final = "application/jsonlines"
JSON: Final = "application/json"
CONTENT_TYPES: Final = (CSV, JSON_LINES, JSON)

_PLACEHOLDER: Final = re.compile(
    r'"\$\{(?P<name>[^}"]+)\}"|\$(?P<key>features_kvp|feature_names|features|records|record)\b'
)
_Filling = Callable[[Sequence[Any]], str]


class RequestFormat:
    """How rows become the body of a request.

    CSV: one line per record, text in quotes, a missing value empty, no line break at the end. JSON Lines:
    ``content_template`` with ``$features`` per line. JSON: ``record_template`` (``$features``, ``$feature_names``,
    ``$features_kvp`` or ``"${name}"`` per feature) per record, filled into ``content_template`` at ``$records``, or at
    ``$record`` for one record a request. Source: "Analysis configuration files" of SageMaker's developer guide.

    :param content_type: ``text/csv``, ``application/jsonlines`` or ``application/json``
    :param content_template: JSON text with a placeholder; required for both kinds of JSON
    :param record_template: JSON text with placeholders; required for ``application/json``
    :param feature_names: names in the order of the features
    :raises ContractError: naming the setting that is missing or wrong
    """

    def __init__(
        self,
        content_type: str,
        *,
        content_template: str | None = None,
        record_template: str | None = None,
        feature_names: Sequence[str] = (),
    ) -> None:
        if content_type not in CONTENT_TYPES:
            raise ContractError(
                f"{content_type!r} is none of {', '.join(CONTENT_TYPES)}",
                field="predictor.content_type",
                remedy="A model of tabular data takes one of these",
            )
        self.content_type = content_type
        self._names = list(feature_names)
        self._fill: _Filling = _csv_line
        self._before = self._after = ""
        self.one_at_a_time = False
        if content_type == JSON_LINES:
            template = _required(content_template, "content_template", content_type)
            self._fill = _filling(template, "content_template", self._names, ("features",))
        elif content_type == JSON:
            template = _required(record_template, "record_template", content_type)
            keys = ("features", "feature_names", "features_kvp")
            self._fill = _filling(template, "record_template", self._names, keys)
            self._around(_required(content_template, "content_template", content_type))

    def _around(self, template: str) -> None:
        """Split the content template at the one place the records stand in."""
        found = [match for match in _PLACEHOLDER.finditer(template) if match["key"] in ("record", "records")]
        if len(found) != 1:
            raise ContractError(
                f"{template!r} has {len(found)} of the placeholders $record and $records, and needs one",
                field="predictor.content_template",
                remedy='For example {"instances":$records}',
            )
        self.one_at_a_time = found[0]["key"] == "record"
        names = json.dumps(self._names, ensure_ascii=False, separators=(",", ":"))
        sides = template[: found[0].start()], template[found[0].end() :]
        self._before, self._after = (side.replace("$feature_names", names) for side in sides)
        _check_json(self._before + "[]" + self._after, template, "content_template")
        if not self.one_at_a_time:
            self._before, self._after = f"{self._before}[", f"]{self._after}"

    def records(self, table: FeatureTable) -> list[str]:
        """Return the text of each row."""
        return [self._fill(row) for row in table.rows()]

    def body(self, records: Sequence[str]) -> bytes:
        """Return the request for some of the records."""
        separator = "," if self.content_type == JSON else "\n"
        return f"{self._before}{separator.join(records)}{self._after}".encode()

    @property
    def overhead(self) -> int:
        """Bytes of a request besides its records and one separator for each."""
        return len(f"{self._before}{self._after}".encode())


def _required(template: str | None, name: str, content_type: str) -> str:
    if template is None:
        example = '{"features":$features}' if name == "record_template" or content_type == JSON_LINES else "$records"
        raise ContractError(
            f"is missing, and {content_type} needs it", field=f"predictor.{name}", remedy=f"For example {example}"
        )
    return template


def _filling(template: str, name: str, names: Sequence[str], allowed: Sequence[str]) -> _Filling:
    """Compile a template once: literal text and fillings in turn."""
    field = f"predictor.{name}"
    known = {text: index for index, text in enumerate(names)}
    pieces: list[str | _Filling] = []
    end = uses = 0
    for match in _PLACEHOLDER.finditer(template):
        pieces.append(template[end : match.start()])
        end = match.end()
        if match["name"] is not None:
            if match["name"] not in known:
                raise ContractError(
                    f"the placeholder {match.group()} names no feature",
                    field=field,
                    remedy=f"The features are {', '.join(names) or 'without names: give headers'}",
                )
            pieces.append(_feature(known[match["name"]]))
            uses += 1
        elif match["key"] not in allowed:
            raise ContractError(
                f"the placeholder ${match['key']} has no meaning in it",
                field=field,
                remedy=f"Known here: {', '.join(f'${key}' for key in allowed)}",
            )
        else:
            pieces.append(_KEYS[match["key"]](names))
            uses += match["key"] != "feature_names"
    pieces.append(template[end:])
    if not uses:
        raise ContractError(
            f"{template!r} has no placeholder for the features",
            field=field,
            remedy='For example {"features":$features}',
        )
    _check_json("".join(piece if isinstance(piece, str) else "0" for piece in pieces), template, name)
    return lambda row: "".join(piece if isinstance(piece, str) else piece(row) for piece in pieces)


def _check_json(text: str, template: str, name: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise ContractError(
            f"{template!r} is no JSON once its placeholders are filled ({error})", field=f"predictor.{name}"
        ) from None


def _feature(index: int) -> _Filling:
    return lambda row: _json(row[index])


def _features(names: Sequence[str]) -> _Filling:
    return _json


def _feature_names(names: Sequence[str]) -> _Filling:
    text = _json(list(names))
    return lambda row: text


def _features_kvp(names: Sequence[str]) -> _Filling:
    return lambda row: _json(dict(zip(names, row, strict=True)))


_KEYS: Final[Mapping[str, Callable[[Sequence[str]], _Filling]]] = {
    "features": _features,
    "feature_names": _feature_names,
    "features_kvp": _features_kvp,
}
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _json(value: Any) -> str:
    try:
        return _encode(value)
    except ValueError:  # NaN is a missing value, and JSON's is null
        try:
            return _encode(_without_nan(value))
        except ValueError:
            raise ContractError(
                f"a feature is infinite, which JSON cannot say: {value!r:.120}",
                field="predictor.content_type",
                remedy="Ask the model in text/csv, or mend the dataset",
            ) from None


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and isnan(value) else value


def _csv_line(row: Sequence[Any]) -> str:
    return ",".join(map(_csv_cell, row))


def _csv_cell(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if value is None or value != value:  # NaN
        return ""
    return str(value)
