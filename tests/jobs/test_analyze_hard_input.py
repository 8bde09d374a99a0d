"""What nobody expects: torn and mislabelled captures, odd names, many columns, and what cannot be done as asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.jobs.analyze_world import CAPTURE, Folder, capture


@pytest.fixture
def world(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_torn_last_line(world: Folder) -> None:
    (world.root / "capture").mkdir()
    (world.root / "capture" / "a.jsonl").write_text(f"{capture('40,a')}\n{capture('41,b')[:100]}")
    result = world.monitor("capture", dataset_format=CAPTURE)
    assert (result.exit_code, world.files("today")) == (255, {})
    assert f"file {world.root}/capture/a.jsonl, line 2" in result.message


def test_a_wrong_encoding_label(world: Folder) -> None:
    (world.root / "capture").mkdir()
    wrong = capture("40,a").replace('"encoding": "CSV"', '"encoding": "JSON"', 1)
    (world.root / "capture" / "a.jsonl").write_text(f"{wrong}\n")
    result = world.monitor("capture", dataset_format=CAPTURE)
    assert (result.exit_code, world.files("today")) == (255, {})
    assert (
        "Encoding mismatch: Encoding is JSON for endpointInput, but Encoding is CSV for endpointOutput."
        in result.message
    )


def test_a_feature_called_script(world: Folder) -> None:
    evil = "<script>alert(1)</script>"
    (world.root / "baseline.csv").write_text(f"{evil},b\n1,x\n2,y\n")
    (world.root / "today.csv").write_text(f"{evil},b\n,x\n2,<b>\n")
    assert world.monitor(report_enabled="true").exit_code == 0
    page = world.files("today")["report.html"].decode()
    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "“&lt;b&gt;”" in page


def test_ten_thousand_columns(world: Folder) -> None:
    header = ",".join(f"c{i}" for i in range(10_000))
    for name, value in (("baseline.csv", "1"), ("today.csv", "x")):
        (world.root / name).write_text(f"{header}\n" + f"{','.join([value] * 10_000)}\n" * 2)
    result = world.monitor(report_enabled="true")
    assert result.message == "CompletedWithViolations: Job completed successfully with 10000 violations."


def test_the_original_s_verdict_where_it_would_have_refused_the_encodings(world: Folder) -> None:
    mixed = capture("40,a").replace('"encoding": "CSV"', '"encoding": "JSON"', 1).replace('"40,a"', '"[40, 5]"')
    (world.root / "capture").mkdir()
    (world.root / "capture" / "a.jsonl").write_text(f"{mixed}\n")
    assert world.run("capture", "baseline", dataset_format=CAPTURE, compatibility="corrected").exit_code == 0

    execution = world.monitor("capture", dataset_format=CAPTURE, compatibility="corrected").execution

    assert execution is not None
    assert execution.original_verdict is not None
    assert (execution.status, execution.original_verdict.status) == ("Completed", "Failed")


def test_the_original_s_verdict_on_the_rows_as_it_reads_them(world: Folder) -> None:
    text = 'a,b\n"x ""y"", z",1\n'
    (world.root / "baseline.csv").write_text(text)
    (world.root / "today.csv").write_text(text)
    assert world.run("baseline.csv", "baseline", compatibility="corrected").exit_code == 0

    ours, theirs = (world.monitor(compatibility=one).execution for one in ("corrected", "sagemaker"))

    assert ours is not None
    assert theirs is not None
    assert ours.original_verdict is not None
    assert ours.violations == 0
    assert ours.original_verdict == theirs.verdict
    assert theirs.violations == 2


def test_excluded_features_take_no_part(world: Folder) -> None:
    result = world.monitor(exclude_features_attribute="age, city")
    assert result.execution is not None
    assert [one["name"] for one in json.loads(world.files("today")["statistics.json"])["features"]] == ["label"]
    assert result.execution.violations_by_check == {"completeness_check": 1}


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"analysis_type": "MODEL_BIAS"}, "analysis_type"),
        ({"record_preprocessor_script": "p.py", "enable_scripts": "true"}, "record_preprocessor_script"),
        ({"memory_limit": "lots"}, "memory_limit"),
        ({"exclude_features_attribute": "label,age,city"}, "exclude_features_attribute"),
    ],
)
def test_what_cannot_be_done_as_asked_is_refused(world: Folder, variables: dict[str, str], field: str) -> None:
    result = world.run("baseline.csv", "baseline", **variables)
    assert (result.exit_code, world.files("baseline")) == (255, {})
    assert f"field {field}: " in result.message
