"""The real outputs these tests compare with lie outside the repository: some of them may not be passed on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.analysis.data_quality import DataQualityResult, analyze
from airflow_model_monitor.contract.dataset_format import CaptureJson, Csv, DatasetFormat
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.tables.dataset import open_dataset
from tests.golden_folder import golden_folder


@pytest.fixture(scope="session")
def golden() -> Callable[[str], str]:
    """Read a file of the data quality cases, as the container wrote it: no newline at the end."""
    folder = golden_folder() / "data-quality"
    return lambda name: (folder / name).read_text().rstrip("\n")


@pytest.fixture
def analyze_csv(tmp_path: Path) -> Callable[..., DataQualityResult]:
    """Analyze CSV text as the image of 2020 to 2022 would."""

    def run(text: str, *, header: bool = True, **settings: Any) -> DataQualityResult:
        return _analyze(tmp_path / "data.csv", text, Csv(header=header), settings)

    return run


@pytest.fixture
def analyze_capture(tmp_path: Path) -> Callable[..., DataQualityResult]:
    """Analyze pairs of CSV payloads, request and response, captured at an endpoint."""

    def run(pairs: list[tuple[str, str]], **settings: Any) -> DataQualityResult:
        lines = "".join(_captured(*pair, index) for index, pair in enumerate(pairs))
        return _analyze(tmp_path / "20-48-871-capture.jsonl", lines, CaptureJson(), settings)

    return run


def _analyze(path: Path, text: str, dataset_format: DatasetFormat, settings: dict[str, Any]) -> DataQualityResult:
    path.write_text(text)
    compatibility = settings.get("compatibility", "sagemaker")
    with open_dataset(str(path), dataset_format, compatibility=compatibility) as relation:
        return analyze(relation, generation=Generation.G2020, **settings)


def _captured(request: str, response: str, index: int) -> str:
    payload = {"observedContentType": "text/csv", "encoding": "CSV"}
    record = {
        "captureData": {
            "endpointInput": {**payload, "mode": "INPUT", "data": request},
            "endpointOutput": {**payload, "mode": "OUTPUT", "data": response},
        },
        "eventMetadata": {"eventId": f"{index:036d}", "inferenceTime": "2021-07-07T16:45:47Z"},
        "eventVersion": "0",
    }
    return json.dumps(record) + "\n"
