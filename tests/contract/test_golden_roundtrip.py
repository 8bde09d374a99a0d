"""Every file of a real job is read, and written again in its generation gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_model_monitor.contract.captured_data import parse_captured_line
from airflow_model_monitor.contract.constraints import Constraints
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.generation import Generation
from airflow_model_monitor.contract.statistics import Statistics
from airflow_model_monitor.contract.violations import ConstraintViolations
from tests.golden_folder import FOLDER, golden_files, golden_folder

PATTERN = "data-quality/*/*{}*.json"
STATISTICS = golden_files(PATTERN.format("statistics"))
CONSTRAINTS = golden_files("data-quality/*/*constraints*.json")
VIOLATIONS = [*golden_files(PATTERN.format("violations")), *golden_files("data-quality/column-mismatch-reports/*.json")]
CAPTURES = golden_files("data-quality/*/capture*.jsonl")
# Some files come from logs: CloudWatch breaks a line after this many bytes, and had dropped some sketches.
LOG_BREAK = re.compile(r"(?m)^(.{16384})\n")
DROPPED_SKETCH = re.compile(r'"data" : "TRUNCATED-IN-LOG \d+ bytes"')


def case(path: Path) -> str:
    return str(path.relative_to(FOLDER / "data-quality"))


def generation_of(text: str) -> Generation:
    if '"approximate_num_distinct_values"' in text:
        return Generation.G2024
    return Generation.G2023 if '"categorical_drift_method"' in text else Generation.G2020


def is_wrapped(text: str) -> bool:
    """Whether another tool wrote the file: the original never puts a key without a space before the colon."""
    return '": ' in text.splitlines()[1]


@pytest.mark.parametrize("path", STATISTICS, ids=case)
def test_statistics(path: Path) -> None:
    text = LOG_BREAK.sub(r"\1", path.read_text())
    whole, dropped = DROPPED_SKETCH.subn('"data" : [ ]', text)
    written = Statistics.from_json(whole, path.name).to_json(generation_of(text))
    if dropped:  # together with their indentation
        assert written.split() == whole.split()
    else:
        assert written == text.rstrip("\n")


@pytest.mark.parametrize("path", CONSTRAINTS, ids=case)
def test_constraints(path: Path) -> None:
    text = path.read_text()
    assert Constraints.from_json(text, path.name).to_json(generation_of(text)) == text.rstrip("\n")


@pytest.mark.parametrize("path", VIOLATIONS, ids=case)
def test_violations(path: Path) -> None:
    text = path.read_text()
    violations = ConstraintViolations.from_json(text, path.name)
    assert len(violations) > 0
    if not is_wrapped(text):
        assert violations.to_json() == text.rstrip("\n")


@pytest.mark.parametrize("path", CAPTURES, ids=case)
def test_captured_data(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert [parse_captured_line(line).to_json_line() for line in lines] == lines


OTHER_SCHEMAS: dict[str, tuple[str, Callable[[str], object], str]] = {
    "model quality constraints": (
        "model-quality/idea-2023-02-13/baseline_constraints.json",
        Constraints.from_json,
        "model quality constraints.json",
    ),
    "model quality violations": (
        "model-quality/churn-2021-05-18/constraint_violations.json",
        ConstraintViolations.from_json,
        "model quality constraint_violations.json",
    ),
    "clarify analysis": ("clarify/format-fraud-shap/analysis.json", Constraints.from_json, "analysis.json"),
    "bias violations": (
        "clarify/bias-adult-json-batch/constraint_violations.json",
        ConstraintViolations.from_json,
        "bias or explainability",
    ),
    "statistics as constraints": (
        "data-quality/packt-boston-2021/statistics.json",
        Constraints.from_json,
        "looks like a data quality statistics.json",
    ),
    "constraints as statistics": (
        "data-quality/packt-boston-2021/constraints.json",
        Statistics.from_json,
        "looks like a data quality constraints.json",
    ),
}


@pytest.mark.parametrize("name", OTHER_SCHEMAS)
def test_file_of_another_schema_is_refused_by_name(name: str) -> None:
    path, read, looks = OTHER_SCHEMAS[name]
    with pytest.raises(ContractError, match=re.escape(looks)):
        read((golden_folder() / path).read_text())
