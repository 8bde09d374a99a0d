"""Baselines of what a service answered itself: nobody is asked again."""

from __future__ import annotations

from pathlib import Path

from airflow_model_monitor.contract.predictor_config import PredictorConfig
from airflow_model_monitor.jobs.baseline_datasets import AnswerColumns, write_baseline_datasets

NOBODY = PredictorConfig(model_uri="/nowhere/model.onnx")
COLUMNS = AnswerColumns("said", "sure", "came")


def test_recorded_answers_are_taken_as_they_are_spelt(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('age,said,sure,plan,came\n34,0,0.10,"a, b",1\n,1,0.9,c,0\n')
    (tmp_path / "requests.csv").write_text('sure,age,plan,said\n0.10,34,"a, b",0\n0.9,,c,1\n0.5,7,c,0\n')

    count = write_baseline_datasets(
        str(tmp_path / "rows.csv"), NOBODY, COLUMNS, tmp_path / "made", requests=str(tmp_path / "requests.csv")
    )

    assert count == 2
    assert {file.name: file.read_text().splitlines() for file in (tmp_path / "made").iterdir()} == {
        "data.csv": ["said,sure,age,plan", '0,0.10,34,"a, b"', "1,0.9,,c", "0,0.5,7,c"],
        "quality.csv": ["came,said,sure", "1,0,0.10", "0,1,0.9"],
        "bias.csv": ["age,plan,said,came", '34,"a, b",0,1', ",c,1,0"],
        "requests.csv": ["age,plan", '34,"a, b"', ",c", "7,c"],
    }
