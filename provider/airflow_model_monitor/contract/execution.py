"""execution.json: what a published execution is, and all that the contract files have no room for.

It is ours, not the original's. It is written last, and readers trust no result without it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, cast

from airflow_model_monitor.contract.compatibility import COMPATIBILITIES, Compatibility
from airflow_model_monitor.contract.exit_message import ExecutionStatus
from airflow_model_monitor.contract.json_reader import JsonNode, load
from airflow_model_monitor.contract.merge_counts import MergeCounts
from airflow_model_monitor.contract.timestamps import format_utc, parse_utc

FILE_NAME: Final = "execution.json"
SCHEMA_VERSION: Final = 1

MonitorType = Literal["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability", "GroundTruthMerge"]
MONITOR_TYPES: Final[tuple[MonitorType, ...]] = (
    "DataQuality",
    "ModelQuality",
    "ModelBias",
    "ModelExplainability",
    "GroundTruthMerge",
)
Arithmetic = Literal["sequential", "chunked"]
ARITHMETICS: Final[tuple[Arithmetic, ...]] = ("sequential", "chunked")
STATUSES: Final[tuple[ExecutionStatus, ...]] = ("Completed", "CompletedWithViolations", "Failed")


@dataclass(frozen=True, slots=True)
class Window:
    """The data's interval: ``start`` inclusive, ``end`` exclusive, both with a time zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class BaselineFile:
    """A baseline file the execution was judged by: where it was and the SHA-256 of its bytes."""

    uri: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of the execution: size in bytes and SHA-256."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement: status, number of violations, and the number by check type."""

    status: ExecutionStatus
    violations: int
    by_check: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A published execution.

    ``baseline`` maps ``constraints`` and ``statistics`` to the files used, empty for a job that suggests a baseline.
    ``original_verdict`` is what the original would have said, only when ``compatibility`` is "corrected"; "Failed"
    where it would have refused the data.
    ``metrics`` are a model's scalar metrics by name, finite ones only; ``problem_type`` is what they are metrics of.
    ``coverage`` is the share of captured records that had a label, for monitors with ground truth; ``merge_revision``
    names the merged data that was judged.
    ``files`` maps file names, relative to the execution's folder, to size and hash. ``revision`` names the folder of
    this attempt. When an execution was made is not in it, so that the same inputs give the same bytes.
    A merge with ground truth ("GroundTruthMerge") is an execution too: ``merge`` is what it counted, ``label_files``
    maps the label files it was given, by their path below the ground-truth root, to their size in bytes.
    """

    monitor_type: MonitorType
    status: ExecutionStatus
    exit_message: str
    compatibility: Compatibility
    arithmetic: Arithmetic | None = None
    rows: int | None = None
    monitor: str | None = None
    endpoint: str | None = None
    window: Window | None = None
    baseline: Mapping[str, BaselineFile] = field(default_factory=dict)
    violations: int = 0
    violations_by_check: Mapping[str, int] = field(default_factory=dict)
    original_verdict: Verdict | None = None
    drift: Mapping[str, float] = field(default_factory=dict)
    problem_type: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    coverage: float | None = None
    merge: MergeCounts | None = None
    merge_revision: str | None = None
    revision: str | None = None
    files: Mapping[str, PublishedFile] = field(default_factory=dict)
    report: str | None = None
    metrics_namespace: str | None = None
    label_files: Mapping[str, int] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @property
    def verdict(self) -> Verdict:
        """This execution's own judgement."""
        return Verdict(self.status, self.violations, self.violations_by_check)

    def to_json(self) -> str:
        """The file's text: keys in a fixed order, indented, a newline at the end."""
        original = self.original_verdict
        document: dict[str, Any] = {
            "schema_version": self.schema_version,
            "monitor_type": self.monitor_type,
            "monitor": self.monitor,
            "endpoint": self.endpoint,
            "status": self.status,
            "exit_message": self.exit_message,
            "compatibility": self.compatibility,
            "arithmetic": self.arithmetic,
            "rows": self.rows,
            "window": None
            if self.window is None
            else {"start": format_utc(self.window.start), "end": format_utc(self.window.end)},
            "baseline": {name: {"uri": file.uri, "sha256": file.sha256} for name, file in self.baseline.items()},
            "violations": self.violations,
            "violations_by_check": dict(self.violations_by_check),
            "original_verdict": None if original is None else _verdict_document(original),
            "drift": dict(self.drift),
            "problem_type": self.problem_type,
            "metrics": dict(self.metrics),
            "coverage": self.coverage,
            "merge": None if self.merge is None else dict(self.merge.to_document()),
            "merge_revision": self.merge_revision,
            "revision": self.revision,
            "files": {name: {"sha256": file.sha256, "size": file.size} for name, file in self.files.items()},
            "report": self.report,
            "metrics_namespace": self.metrics_namespace,
            "label_files": dict(self.label_files),
        }
        return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, file: str = FILE_NAME) -> Execution:
        """The execution in ``text``.

        Members that earlier releases wrote and this one does not know (``run_type``, ``created_at``) are ignored.

        :raises ContractError: naming ``file`` and the JSON path; a newer ``schema_version`` is refused.
        """
        root = load(text, file)
        version = root.child("schema_version").count()
        if version > SCHEMA_VERSION:
            raise root.child("schema_version").error(
                f"written by a newer release (schema {version}, this one reads up to {SCHEMA_VERSION})",
                "Upgrade airflow-model-monitor.",
            )
        window = root.optional("window")
        original = root.optional("original_verdict")
        coverage = root.optional("coverage")
        rows = root.optional("rows")
        arithmetic = _text(root, "arithmetic")
        if arithmetic is not None:
            root.child("arithmetic").one_of(*ARITHMETICS)
        merge = root.optional("merge")
        return cls(
            schema_version=version,
            monitor_type=cast(MonitorType, root.child("monitor_type").one_of(*MONITOR_TYPES)),
            monitor=_text(root, "monitor"),
            endpoint=_text(root, "endpoint"),
            status=_read_status(root),
            exit_message=root.child("exit_message").text(),
            compatibility=cast(Compatibility, root.child("compatibility").one_of(*COMPATIBILITIES)),
            arithmetic=cast("Arithmetic | None", arithmetic),
            rows=None if rows is None else rows.count(),
            window=None if window is None else Window(_moment(window.child("start")), _moment(window.child("end"))),
            baseline={
                node_name: BaselineFile(node.child("uri").text(), node.child("sha256").text())
                for node_name, node in _members(root, "baseline")
            },
            violations=root.child("violations").count(),
            violations_by_check={name: node.count() for name, node in _members(root, "violations_by_check")},
            original_verdict=None if original is None else _read_verdict(original),
            drift={name: node.number() for name, node in _members(root, "drift")},
            problem_type=_text(root, "problem_type"),
            metrics={name: node.number() for name, node in _members(root, "metrics")},
            coverage=None if coverage is None else coverage.ratio(),
            merge=None if merge is None else MergeCounts.from_node(merge),
            merge_revision=_text(root, "merge_revision"),
            revision=_text(root, "revision"),
            files={
                name: PublishedFile(node.child("sha256").text(), node.child("size").count())
                for name, node in _members(root, "files")
            },
            report=_text(root, "report"),
            metrics_namespace=_text(root, "metrics_namespace"),
            label_files={name: node.count() for name, node in _members(root, "label_files")},
        )


def _verdict_document(verdict: Verdict) -> dict[str, Any]:
    return {"status": verdict.status, "violations": verdict.violations, "by_check": dict(verdict.by_check)}


def _read_verdict(node: JsonNode) -> Verdict:
    return Verdict(
        _read_status(node),
        node.child("violations").count(),
        {name: item.count() for name, item in _members(node, "by_check")},
    )


def _read_status(node: JsonNode) -> ExecutionStatus:
    return cast(ExecutionStatus, node.child("status").one_of(*STATUSES))


def _moment(node: JsonNode) -> datetime:
    return parse_utc(node.text(), field=node.path, file=node.file)


def _text(node: JsonNode, key: str) -> str | None:
    found = node.optional(key)
    return None if found is None else found.text()


def _members(node: JsonNode, key: str) -> list[tuple[str, JsonNode]]:
    found = node.optional(key)
    return [] if found is None else list(found.members())
