"""``dataset_format``: the JSON text in a job's environment that says what the dataset is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from airflow_model_monitor.contract.json_reader import JsonNode, load

OutputColumnsPosition = Literal["START", "END"]
CaptureIndexName = Literal["endpointInput", "endpointOutput", "batchTransformOutput"]
CAPTURE_INDEX_NAMES: Final[tuple[CaptureIndexName, ...]] = ("endpointInput", "endpointOutput", "batchTransformOutput")


@dataclass(frozen=True, slots=True)
class Csv:
    """Comma-separated text; ``output_columns_position`` says where the prediction columns stand."""

    header: bool = True
    output_columns_position: OutputColumnsPosition = "START"

    def to_json(self) -> str:
        """The text AWS's SDK writes."""
        document = {"csv": {"header": self.header, "output_columns_position": self.output_columns_position}}
        return json.dumps(document)


@dataclass(frozen=True, slots=True)
class Json:
    """JSON records: one per line, or (``lines`` false) whole documents holding one record or a list of them."""

    lines: bool = True

    def to_json(self) -> str:
        """The text AWS's SDK writes."""
        return json.dumps({"json": {"lines": self.lines}})


@dataclass(frozen=True, slots=True)
class Parquet:
    """Parquet files."""

    def to_json(self) -> str:
        """The text AWS's SDK writes."""
        return json.dumps({"parquet": {}})


@dataclass(frozen=True, slots=True)
class CaptureJson:
    """Captured data of an endpoint. ``capture_index_names`` says which sides are read; None means all there are."""

    capture_index_names: tuple[CaptureIndexName, ...] | None = ("endpointInput", "endpointOutput")

    def to_json(self) -> str:
        """The text the service writes, which has no spaces."""
        return _capture_text("sagemakerCaptureJson", self.capture_index_names)


@dataclass(frozen=True, slots=True)
class MergeJson:
    """Captured data merged with ground truth."""

    capture_index_names: tuple[CaptureIndexName, ...] | None = ("endpointOutput",)

    def to_json(self) -> str:
        """The text the service writes, which has no spaces."""
        return _capture_text("sagemakerMergeJson", self.capture_index_names)


DatasetFormat = Csv | Json | Parquet | CaptureJson | MergeJson


def parse_dataset_format(json_text: str, *, field: str = "dataset_format") -> DatasetFormat:
    """The format in ``json_text``, an object with exactly one known key.

    Both spellings of the line setting (``lines``, ``line``) and of the header (any case, as the service's API writes
    ``Header``) are read; further settings are ignored. JSON without either is JSON Lines, as in Spark; CSV without a
    header setting has none, as in Spark.

    :raises ContractError: naming ``field`` and the path inside it.
    """
    root = load(json_text, file=field)
    known = {key.lower(): read for key, read in _READERS.items()}
    stated = list(root.object())
    found = [key for key in stated if key.lower() in known]
    if len(found) != 1:
        names = ", ".join(_READERS)
        raise root.error(
            f"expected exactly one of {names}, got {', '.join(stated) or 'none'}",
            'For example {"csv": {"header": true}}.',
        )
    node = root.child(found[0])
    node.object()
    return known[found[0].lower()](node)


def _read_csv(node: JsonNode) -> Csv:
    header = _any_case(node, "header")
    position = _any_case(node, "output_columns_position")
    return Csv(
        header=False if header is None else header.boolean(),
        output_columns_position="START"
        if position is None
        else cast(OutputColumnsPosition, position.one_of("START", "END")),
    )


def _read_json(node: JsonNode) -> Json:
    lines = _any_case(node, "lines") or _any_case(node, "line")
    return Json(lines=True if lines is None else lines.boolean())


def _read_parquet(_: JsonNode) -> Parquet:
    return Parquet()


def _read_capture(node: JsonNode) -> CaptureJson:
    return CaptureJson(_read_capture_names(node))


def _read_merge(node: JsonNode) -> MergeJson:
    return MergeJson(_read_capture_names(node))


_READERS: Final[dict[str, Callable[[JsonNode], DatasetFormat]]] = {
    "csv": _read_csv,
    "json": _read_json,
    "parquet": _read_parquet,
    "sagemakerCaptureJson": _read_capture,
    "sagemakerMergeJson": _read_merge,
}


def _any_case(node: JsonNode, name: str) -> JsonNode | None:
    return next((child for key, child in node.members() if key.lower() == name), None)


def _read_capture_names(node: JsonNode) -> tuple[CaptureIndexName, ...] | None:
    names = node.optional("captureIndexNames")
    if names is None:
        return None
    read = tuple(cast(CaptureIndexName, item.one_of(*CAPTURE_INDEX_NAMES)) for item in names.items())
    if not read:
        raise names.error("names no side of the captured data")
    return read


def _capture_text(key: str, names: tuple[CaptureIndexName, ...] | None) -> str:
    document: Any = {key: {"captureIndexNames": None if names is None else list(names)}}
    return json.dumps(document, separators=(",", ":"))
