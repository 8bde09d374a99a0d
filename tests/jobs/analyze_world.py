"""A small world for the analyzer: a baseline, a later day, and one run after the other."""

from __future__ import annotations

import io
import json
from pathlib import Path

from airflow_model_monitor.jobs import analyze
from airflow_model_monitor.jobs.result import JobResult

CSV = '{"csv": {"header": true, "output_columns_position": "START"}}'
CAPTURE = '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}'
BASELINE_ROWS = "label,age,city\n" + "".join(f"{i % 2},{20 + i},{'ab'[i % 2]}\n" for i in range(50))
TODAY_ROWS = "label,age,city\n" + "".join(f"{i % 2},{20 + i}.5,{'ab'[i % 2]}\n" for i in range(49)) + ",,c\n"


class Folder:
    """A small world: ``baseline.csv``, ``today.csv``, and one run after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "baseline.csv").write_text(BASELINE_ROWS)
        (root / "today.csv").write_text(TODAY_ROWS)
        self.log = io.StringIO()

    def env(self, dataset: str, output: str, **more: str) -> dict[str, str]:
        return {
            "dataset_source": str(self.root / dataset),
            "dataset_format": CSV,
            "output_path": str(self.root / output),
            "output_message_file": str(self.root / "message"),
            "publish_cloudwatch_metrics": "Disabled",
            **more,
        }

    def run(self, dataset: str, output: str, **more: str) -> JobResult:
        return analyze.run(self.env(dataset, output, **more), stream=self.log)

    def monitor(self, dataset: str = "today.csv", **more: str) -> JobResult:
        if not (self.root / "baseline").exists():
            assert self.run("baseline.csv", "baseline").exit_code == 0
        return self.run(dataset, "today", **{**self.baseline, **more})

    @property
    def baseline(self) -> dict[str, str]:
        return {
            "baseline_constraints": str(self.root / "baseline" / "constraints.json"),
            "baseline_statistics": str(self.root / "baseline" / "statistics.json"),
        }

    def files(self, folder: str) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.root / folder).glob("*"))}

    @property
    def message(self) -> str:
        return (self.root / "message").read_text()


def capture(data: str) -> str:
    side = {"observedContentType": "text/csv", "mode": "INPUT", "data": data, "encoding": "CSV"}
    output = {**side, "mode": "OUTPUT", "data": "1"}
    metadata = {"eventId": "e", "inferenceTime": "2026-01-02T02:00:00Z"}
    return json.dumps(
        {
            "captureData": {"endpointInput": side, "endpointOutput": output},
            "eventMetadata": metadata,
            "eventVersion": "0",
        }
    )
