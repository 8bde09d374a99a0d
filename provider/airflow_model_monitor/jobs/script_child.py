"""The far side of a user's script: runs alone, in a process of its own, started by :mod:`script_process`.

It is started by file path under ``python -I`` and so imports nothing of this package. Requests and answers are JSON
lines on two descriptors of their own: what the script prints goes to the job's log and cannot disturb them.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import logging
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


class EventData:
    """One side of a captured request; attribute names are those of the original's ``inference_record``."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.encoding = fields.get("encoding")
        self.data = fields.get("data")
        self.observedContentType = fields.get("observedContentType")
        self.mode = fields.get("mode")

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that are set, as they stand in the captured line."""
        return {name: value for name, value in vars(self).items() if value is not None}


class EventMetadata:
    """Who and when: ``event_id``, ``event_time`` and the list ``custom_attribute``."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.event_id = fields.get("eventId")
        self.event_time = fields.get("inferenceTime")
        self.custom_attribute = fields.get("customAttributes")

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that are set, under their names in the captured line."""
        names = {"eventId": self.event_id, "inferenceTime": self.event_time, "customAttributes": self.custom_attribute}
        return {name: value for name, value in names.items() if value is not None}


class InferenceRecord:
    """What ``preprocess_handler`` receives (source: Model Monitor guide, "Preprocessing and postprocessing").

    Sides the captured line does not have are ``None``; ``event_dict`` is the whole line as a dict.
    """

    def __init__(self, line: dict[str, Any]) -> None:
        captured = line.get("captureData") or {}
        self.event_dict = line
        self.endpoint_input = _side(captured.get("endpointInput"))
        self.endpoint_output = _side(captured.get("endpointOutput"))
        self.batch_transform_output = _side(captured.get("batchTransformOutput"))
        self.ground_truth = _side(line.get("groundTruthData"))
        self.event_metadata = EventMetadata(line["eventMetadata"]) if line.get("eventMetadata") else None
        self.event_version = line.get("eventVersion")

    def as_dict(self) -> dict[str, Any]:
        """Return the captured line as a dict."""
        return self.event_dict

    def __str__(self) -> str:
        return json.dumps(self.event_dict)


def _side(fields: dict[str, Any] | None) -> EventData | None:
    return EventData(fields) if fields else None


def _limit(seconds: int, memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # The parent keeps the time; the alarm is for a parent that was killed and can no longer do so.
    signal.alarm(seconds + 30)


def _load(path: str, handler: str) -> Callable[..., Any]:
    sys.path.insert(0, str(Path(path).parent))
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    function = getattr(module, handler, None)
    if not callable(function):
        raise AttributeError(f"{Path(path).name} defines no function {handler}()")
    return function  # type: ignore[no-any-return]


def _takes_logger(handler: Callable[..., Any]) -> bool:
    try:
        inspect.signature(handler).bind(None, None)
    except TypeError:
        return False
    return True


def _rows(result: Any) -> list[dict[str, Any]]:
    rows = [result] if isinstance(result, dict) else result
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    raise TypeError(
        f"preprocess_handler() must return a dict, or a list of dicts ([] drops the record), not {_shape(result)}"
    )


def _shape(result: Any) -> str:
    if not isinstance(result, list):
        return type(result).__name__
    return "a list of " + ", ".join(sorted({type(item).__name__ for item in result}))


def _plain(value: Any) -> Any:
    """Let JSON take NumPy scalars: a script computes with them without noticing."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(
        f"preprocess_handler() returned a {type(value).__name__}; only text, numbers, booleans and None fit a row"
    )


def _problem(error: BaseException) -> dict[str, str]:
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame for frame in frames if frame.filename != __file__ and not frame.filename.startswith("<frozen importlib")
    ]
    lines = [
        "Traceback (most recent call last):\n",
        *traceback.format_list(own),
        *traceback.format_exception_only(error),
    ]
    where = f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    message = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
    return {"message": message, "where": where, "traceback": "".join(lines)}


def _end_copy(own: int) -> None:
    """End a copy the handler forked and let return: a second answer would be taken for the next record's."""
    if os.getpid() != own:
        os._exit(0)


def main(argv: list[str]) -> int:
    """Serve one handler: ``script handler requests_fd answers_fd seconds memory_bytes``."""
    path, handler_name = argv[0], argv[1]
    requests = os.fdopen(int(argv[2]), "r", encoding="utf-8", newline="\n")
    answers = os.fdopen(int(argv[3]), "w", encoding="utf-8", newline="\n")

    def answer(content: dict[str, Any]) -> None:
        answers.write(json.dumps(content, default=_plain) + "\n")
        answers.flush()

    try:
        _limit(int(argv[4]), int(argv[5]))
        handler = _load(path, handler_name)
    except BaseException as error:  # noqa: BLE001 - a script may call sys.exit(): that too is its error
        answer({"error": _problem(error)})
        return 1
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s")
    extra = (
        (logging.getLogger(Path(path).stem),) if handler_name == "preprocess_handler" and _takes_logger(handler) else ()
    )
    answer({"ready": True})
    own = os.getpid()
    for line in requests:
        try:
            if handler_name == "preprocess_handler":
                content: dict[str, Any] = {"rows": _rows(handler(InferenceRecord(json.loads(line)), *extra))}
            else:
                handler()
                content = {"done": True}
            _end_copy(own)
            answer(content)
        except BaseException as error:  # noqa: BLE001
            _end_copy(own)
            answer({"error": _problem(error)})
            return 1
        finally:
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
