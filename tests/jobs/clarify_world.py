"""A world for Clarify jobs: configurations, data, records, and runs one after the other."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.jobs import clarify
from airflow_model_monitor.jobs.result import JobResult
from tests.jobs.model_server import Answer, Request

HEADERS = ["age", "income", "city", "late"]
BIAS: dict[str, Any] = {
    "dataset_type": "text/csv",
    "headers": HEADERS,
    "label": "late",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "city", "value_or_threshold": ["Oslo"]}],
    "methods": {"pre_training_bias": {"methods": "all"}},
}
SHAP: dict[str, Any] = {
    "dataset_type": "text/csv",
    "headers": ["a", "b", "c"],
    "methods": {"shap": {"baseline": [[0, 0, 0]], "num_samples": 6, "agg_method": "mean_abs"}},
    "predictor": {"content_type": "text/csv"},
}
MONITOR = {key: SHAP[key] for key in ("headers", "methods", "predictor")}
CAPTURE = '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}'
MERGE = '{"sagemakerMergeJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}'
BIAS_MONITOR = {key: BIAS[key] for key in ("headers", "label", "label_values_or_threshold", "facet")}


def people(count: int = 60) -> list[list[Any]]:
    return [[20 + i % 40, 1000 + 7 * i, "Oslo" if i % 3 else "Bergen", int(i % 4 == 0)] for i in range(count)]


def numbers(count: int = 8) -> list[list[float]]:
    return [[i, i % 3, 1 - i / 8] for i in range(count)]


def csv(rows: list[list[Any]], header: list[str] | None = None) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in ([header] if header else []) + rows)


def weighted(weights: tuple[float, ...] = (0.01, 0.1, 0.3)) -> Answer:
    """A linear model over CSV."""

    def answer(request: Request) -> str:
        rows = [map(float, line.split(",")) for line in request.body.decode().split("\n")]
        return "\n".join(str(sum(w * x for w, x in zip(weights, row, strict=True))) for row in rows)

    return answer


class World:
    """A folder with a configuration, data and outputs, and one run after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.log = io.StringIO()

    def write(self, name: str, content: Any) -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def run(self, config: Any, data: Any, output: str = "out", **env: str) -> JobResult:
        named = {
            "analysis_config": self.write("config/analysis_config.json", config),
            "dataset_source": self.write("data/part.csv", data) if data is not None else str(self.root / "data"),
            "output_path": str(self.root / output),
            "output_message_file": str(self.root / "message"),
        }
        return clarify.run({**named, **env}, stream=self.log)

    def files(self, output: str = "out") -> list[str]:
        folder = self.root / output
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    def report(self, output: str = "out") -> AnalysisReport:
        return AnalysisReport.from_json((self.root / output / "analysis.json").read_bytes())


def captured(rows: list[list[float]]) -> str:
    lines = []
    for i, row in enumerate(rows):
        sides = {
            "endpointInput": {"data": ",".join(map(str, row)), "encoding": "CSV", "mode": "INPUT"},
            "endpointOutput": {"data": "0.5", "encoding": "CSV", "mode": "OUTPUT"},
        }
        lines.append(json.dumps({"captureData": sides, "eventMetadata": {"eventId": str(i)}, "eventVersion": "0"}))
    return "\n".join(lines) + "\n"


def merged(rows: list[list[Any]], encoding: str = "CSV") -> str:
    lines = []
    for i, row in enumerate(rows):
        request: Any = {"x": row[:3]}
        answer: Any = {"label": row[3], "score": 0.25}
        truth: Any = {"y": row[3]}
        if encoding == "CSV":
            request, answer, truth = ",".join(map(str, row[:3])), f"{row[3]},0.25", str(row[3])
        else:
            request, answer, truth = json.dumps(request), json.dumps(answer), json.dumps(truth)
        record = {
            "eventVersion": "0",
            "groundTruthData": {"data": truth, "encoding": encoding},
            "captureData": {
                "endpointInput": {"data": request, "encoding": encoding},
                "endpointOutput": {"data": answer, "encoding": encoding},
            },
            "eventMetadata": {"eventId": str(i)},
        }
        lines.append(json.dumps(record))
    return "\n".join(lines) + "\n"
