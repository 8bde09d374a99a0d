"""``model-monitor clarify``, among others on recordings of real jobs; the model of these answers over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.cli.main import main
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from tests.golden_folder import golden_folder
from tests.jobs.linear_model import LinearModel, adult
from tests.jobs.model_server import Reply, Request, serving

COMPLETED = "Completed: SageMaker XAI Analyzer ran successfully\n"
VARIABLES = ("analysis_config", "dataset_source", "dataset_format", "output_path", "output_message_file")
SHAP = {
    "dataset_type": "text/csv",
    "methods": {"shap": {"baseline": [[0, 0]], "num_samples": 2}},
    "predictor": {"content_type": "text/csv"},
}


@pytest.fixture(autouse=True)
def no_contract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def case(name: str) -> Path:
    return golden_folder() / "clarify" / name


def written(name: str, content: Any) -> str:
    Path(name).write_text(content if isinstance(content, str) else json.dumps(content))
    return name


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("bias-adult-json-batch", "validation-dataset.json"),
        ("bias-adult-jsonl-batch", "validation-dataset.jsonl"),
    ],
)
def test_the_bias_baseline_of_a_real_job(name: str, data: str, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(case(name) / "analysis_config.json")
    with serving(LinearModel()) as server:
        arguments = ["--config", config, "--data", str(adult() / data), "--output", "out", "--endpoint-url", server.url]
        assert main(["clarify", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.out == COMPLETED
    assert "666 predictions made in" in printed.err
    assert "<!doctype html>" in Path("out/report.html").read_text()
    assert Path("out/analysis.json").read_text() == (case(name) / "baseline_analysis.json").read_text()


def test_the_bias_drift_of_a_real_monitor(capsys: pytest.CaptureFixture[str]) -> None:
    folder = case("bias-adult-json-batch")
    config = AnalysisConfig.from_json((folder / "analysis_config.json").read_text()).monitor_subset()
    written("config.json", config.to_json())
    Path("merge").mkdir()
    written("merge/part.jsonl", json.dumps(json.loads((folder / "merged_record_sample.json").read_text())) + "\n")
    arguments = ["--config", "config.json", "--data", "merge", "--format", "merged", "--output", "out"]
    where = ["--features", "instances[*].features", "--prediction", "predictions[*].predicted_label"]
    assert main(["clarify", *arguments, *where, "--baseline", str(folder / "baseline_analysis.json")]) == 0
    found = json.loads(Path("out/constraint_violations.json").read_text())
    assert found == json.loads((folder / "constraint_violations.json").read_text())
    printed = capsys.readouterr()
    assert printed.out == "CompletedWithViolations: Job completed successfully with 8 violations.\n"
    assert "bias_drift_check: 8" in printed.err


@pytest.mark.parametrize("name", ["shap-adult-json-batch", "shap-adult-jsonl-batch"])
def test_the_attributions_of_a_real_job(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    config = json.loads((case("shap-adult-json-batch") / "analysis_config.json").read_text())
    lines = name == "shap-adult-jsonl-batch"
    if lines:  # the recording has no configuration; this one is the other's, for JSON Lines
        kind = "application/jsonlines"
        config |= {"dataset_type": kind, "features": "features", "label": "label"}
        config["predictor"] = {"content_type": kind, "content_template": '{"features":$features}', "label": "score"}
        config["methods"]["shap"]["baseline"] = config["methods"]["shap"]["baseline"]["instances"]
    config["methods"]["shap"]["seed"] = 0
    written("config.json", config)
    data = str(adult() / ("validation-dataset.jsonl" if lines else "validation-dataset.json"))
    with serving(LinearModel()) as server:
        arguments = ["--config", "config.json", "--data", data, "--output", "out", "--endpoint-url", server.url]
        assert main(["clarify", *arguments]) == 0
    assert capsys.readouterr().out == COMPLETED
    expected = json.loads((case(name) / "baseline_analysis.json").read_text())["explanations"]["kernel_shap"]
    found = json.loads(Path("out/analysis.json").read_text())["explanations"]["kernel_shap"]
    assert list(found) == list(expected)
    [(mine, theirs)] = zip(found.values(), expected.values(), strict=True)
    # Samples are drawn anew: real runs of one configuration are 1e-4 apart (root mean square), so four times that.
    assert mine["global_shap_values"] == pytest.approx(theirs["global_shap_values"], abs=4e-4)
    assert mine["expected_value"] == pytest.approx(theirs["expected_value"], abs=2**-24)  # a float32 of the model


def test_the_attributions_of_a_real_monitor_did_not_drift(capsys: pytest.CaptureFixture[str]) -> None:
    folder = case("shap-adult-json-batch")
    config = AnalysisConfig.from_json((folder / "analysis_config.json").read_text()).monitor_subset()
    written("config.json", config.to_json())
    with serving(LinearModel()) as server:
        arguments = ["--config", "config.json", "--data", str(adult() / "test-dataset.json"), "--format", "json"]
        where = ["--features", "instances[*].features", "--endpoint-url", server.url]
        baseline = ["--baseline", str(folder / "baseline_analysis.json"), "--output", "out"]
        assert main(["clarify", *arguments, *where, *baseline]) == 0
    assert capsys.readouterr().out == COMPLETED
    assert not Path("out/constraint_violations.json").exists()
    metrics = json.loads(Path("out/execution.json").read_text())["metrics"]
    assert list(metrics.values()) == [pytest.approx(0.9999, abs=2e-4)]


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clarify", "--config", "nowhere.json"]) == 255
    assert capsys.readouterr().out.startswith("Error: file nowhere.json: there is no such file")
    with pytest.raises(SystemExit) as ended:
        main(["clarify", "--confg", "x"])
    assert ended.value.code == 2
    assert "Did you mean --config?" in capsys.readouterr().err


def test_a_busy_model_is_asked_again_and_a_person_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    left = [1]

    def answer(request: Request) -> Reply | str:
        left[0] -= 1
        return Reply("", 503) if left[0] >= 0 else "\n".join("0.5" for _ in request.body.split(b"\n"))

    written("config.json", SHAP)
    written("data.csv", "1,2\n3,4\n")
    with serving(answer) as server:
        arguments = ["--config", "config.json", "--data", "data.csv", "--output", "out", "--endpoint-url", server.url]
        assert main(["clarify", *arguments]) == 0
    assert "answers with HTTP status 503; asking again" in capsys.readouterr().err


def test_the_authorization_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("endpoint_authorization", "Bearer secret")
    written("config.json", SHAP)
    written("data.csv", "1,2\n3,4\n")
    with serving(lambda request: "\n".join("0.5" for _ in request.body.split(b"\n"))) as server:
        arguments = ["--config", "config.json", "--data", "data.csv", "--output", "out", "--endpoint-url", server.url]
        assert main(["clarify", *arguments]) == 0
    assert {request.headers["Authorization"] for request in server.requests} == {"Bearer secret"}
    assert "secret" not in Path("out/execution.json").read_text()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("retry_seconds", "soon"),
        ("request_rows", "0"),
        ("analysis_type", "DATA_QUALITY"),
        ("probability_threshold_attribute", "2"),
        ("record_preprocessor_script", "/x.py"),
    ],
)
def test_a_variable_at_fault_is_named(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    written("config.json", SHAP)
    assert main(["clarify", "--config", "config.json", "--data", "config.json", "--output", "out"]) == 255
    assert f"field {variable}: " in capsys.readouterr().out


def test_folders_are_those_of_the_container() -> None:
    job = ClarifyEnvironment.from_mapping({})
    assert job.analysis_config == "/opt/ml/processing/input/config/analysis_config.json"
    assert job.shared.dataset_source == "/opt/ml/processing/input/data"
    assert job.shared.output_path == "/opt/ml/processing/output"
