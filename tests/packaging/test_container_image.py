"""The build file of the container image: what it copies is there, and its entry point does what SageMaker expects.

No image is built here. The entry point runs on this machine as it would in one: from the environment, with the folders
of the contract elsewhere, and without Airflow.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest

from airflow_model_monitor.cli.job import command_for

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ALLOWED = {"ARG", "FROM", "COPY", "RUN", "ENV", "ENTRYPOINT"}
WITHOUT_AIRFLOW = "import sys; sys.modules['airflow'] = sys.modules['moto'] = None"


class Instruction(NamedTuple):
    name: str
    rest: str


def instructions() -> list[Instruction]:
    text = (ROOT / "docker" / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [Instruction(*line.split(maxsplit=1)) for line in lines]


def only(name: str) -> list[str]:
    return [one.rest for one in instructions() if one.name == name]


def test_every_instruction_is_one_and_the_order_is_right() -> None:
    names = [one.name for one in instructions()]
    assert set(names) <= ALLOWED
    assert names[:2] == ["ARG", "FROM"]
    assert names.count("FROM") == names.count("ENTRYPOINT") == 1
    argument, default = only("ARG")[0].split("=")
    assert only("FROM") == [f"python:${{{argument}}}-slim"]
    supported = {line.rsplit(" ", 1)[1] for line in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", line)}
    assert default in supported


def test_what_is_copied_is_there_and_in_the_build_context() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for copied in only("COPY"):
        *sources, _target = copied.split()
        for source in sources:
            assert (ROOT / source).exists()
            assert any(fnmatch(source, pattern) for pattern in kept)
    copied = {source for one in only("COPY") for source in one.split()[:-1]}
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", PROJECT["readme"], *PROJECT["license-files"], *build["force-include"]}
    assert needed | {Path(package).parts[0] for package in build["packages"]} <= copied


def test_the_requirements_are_the_packages_own_without_airflow() -> None:
    lines = (ROOT / "docker" / "requirements.txt").read_text().splitlines()
    wanted = [one for one in PROJECT["dependencies"] if not one.startswith("apache-airflow")]
    assert [line for line in lines if not line.startswith("#")] == wanted + PROJECT["optional-dependencies"]["onnx"]


def run_entry_point(**variables: str) -> subprocess.CompletedProcess[str]:
    """What the container would start, with these variables."""
    (entry_point,) = only("ENTRYPOINT")
    command, *arguments = json.loads(entry_point)
    module, _, function = PROJECT["scripts"][command].partition(":")
    code = f"{WITHOUT_AIRFLOW}; from {module} import {function}; sys.exit({function}({arguments!r}))"
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_entry_point_analyzes(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("label,age\n1,20\n0,30\n")
    ended = run_entry_point(
        dataset_source=str(tmp_path / "data.csv"),
        dataset_format='{"csv": {"header": true}}',
        output_path=str(tmp_path / "out"),
        output_message_file=str(tmp_path / "message"),
        publish_cloudwatch_metrics="Disabled",
    )
    assert (ended.returncode, ended.stdout) == (0, "Completed: Job completed successfully with no violations.\n")
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"constraints.json", "statistics.json"}
    assert (tmp_path / "message").read_text() == ended.stdout.strip()


def test_the_entry_point_merges_and_records_it(tmp_path: Path) -> None:
    hour = "churn/AllTraffic/2026/01/02/03"
    captured, labels = tmp_path / "captured" / hour, tmp_path / "labels"
    for folder in (captured, labels):
        folder.mkdir(parents=True)
    side = {"observedContentType": "text/csv", "mode": "OUTPUT", "data": "1", "encoding": "CSV"}
    meta = {"eventId": "a", "inferenceTime": "2026-01-02T03:00:00Z"}
    record = {"captureData": {"endpointOutput": side}, "eventMetadata": meta, "eventVersion": "0"}
    (captured / "x.jsonl").write_text(json.dumps(record) + "\n")
    truth = {
        "groundTruthData": {"data": "1", "encoding": "CSV"},
        "eventMetadata": {"eventId": "a"},
        "eventVersion": "0",
    }
    (labels / "y.jsonl").write_text(json.dumps(truth) + "\n")
    ended = run_entry_point(
        dataset_source=str(tmp_path / "captured"),
        ground_truth_source=str(labels),
        output_path=str(tmp_path / "out"),
        output_message_file=str(tmp_path / "message"),
        execution_record="true",
    )
    assert ended.returncode == 0, ended.stderr
    (merged,) = (tmp_path / "out" / hour).glob("*.jsonl")
    assert json.loads(merged.read_text())["groundTruthData"]["data"] == "1"
    assert json.loads((tmp_path / "out" / "execution.json").read_text())["merge"]["labelled_captures"] == 1


def test_the_entry_point_fails_as_the_contract_says(tmp_path: Path) -> None:
    ended = run_entry_point(
        dataset_source=str(tmp_path / "nothing"),
        dataset_format='{"csv": {"header": true}}',
        output_path=str(tmp_path / "out"),
        output_message_file=str(tmp_path / "message"),
    )
    assert ended.returncode == 255
    assert ended.stdout.startswith("Error: ")


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        ({}, "analyze"),
        ({"analysis_type": "MODEL_QUALITY"}, "analyze"),
        ({"ground_truth_source": "/opt/ml/processing/groundtruth"}, "merge"),
        ({"analysis_type": "MODEL_BIAS"}, "clarify"),
        ({"analysis_config": __file__}, "clarify"),
    ],
)
def test_the_environment_says_which_job_it_is(variables: dict[str, str], command: str) -> None:
    assert command_for(variables) == command
