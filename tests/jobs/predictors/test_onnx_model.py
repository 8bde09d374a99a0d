"""ONNX files, run by onnxruntime: scores, labels, both, one input per feature, and files that are no model."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.predictor_config import PredictorConfig
from airflow_model_monitor.jobs import clarify
from airflow_model_monitor.jobs.predictors.onnx_model import OnnxModel
from airflow_model_monitor.jobs.predictors.opening import open_predictor

ROWS = FeatureTable.from_rows(["a", "b"], [[1, 0.5], [2, 0.25], [3, 0.125]])
WEIGHTS = np.array([[0.5], [-1.0]], dtype=np.float32)


def built(nodes: list[Any], inputs: dict[str, Any], outputs: dict[str, Any], **weights: Any) -> bytes:
    """A model as bytes; inputs and outputs are name -> (type, shape)."""
    pytest.importorskip("onnxruntime", reason="onnxruntime (the extra 'onnx') is not installed")
    onnx = pytest.importorskip("onnx", reason="onnx, which builds the models of these tests, is not installed")
    helper, kinds = onnx.helper, onnx.TensorProto

    def infos(stated: dict[str, Any]) -> list[Any]:
        return [
            helper.make_tensor_value_info(name, getattr(kinds, kind), shape) for name, (kind, shape) in stated.items()
        ]

    graph = helper.make_graph(
        [helper.make_node(*node[:3], **(node[3] if len(node) > 3 else {})) for node in nodes],
        "model",
        infos(inputs),
        infos(outputs),
        [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content: bytes = model.SerializeToString()
    return content


def linear(output: str = "FLOAT") -> bytes:
    nodes = [("MatMul", ["x", "w"], ["y"])]
    return built(nodes, {"x": ("FLOAT", [None, 2])}, {"y": (output, [None, 1])}, w=WEIGHTS)


def classifier() -> bytes:
    """Labels beside scores, as converters of scikit-learn write them."""
    nodes = [
        ("MatMul", ["x", "w"], ["z"]),
        ("Softmax", ["z"], ["probabilities"]),
        ("ArgMax", ["z"], ["label"], {"axis": 1, "keepdims": 0}),
    ]
    outputs = {"label": ("INT64", [None]), "probabilities": ("FLOAT", [None, 2])}
    return built(nodes, {"x": ("FLOAT", [None, 2])}, outputs, w=np.array([[1, 0], [0, 6]], dtype=np.float32))


def test_scores() -> None:
    seen: list[int] = []
    with OnnxModel(linear(), name="m.onnx", max_rows=2, progress=seen.append) as model:
        found = model.predict(ROWS)
    assert found.dtype == np.float64
    assert found.tolist() == [[0.0], [0.75], [1.375]]
    assert seen == [2, 3]


def test_labels_and_scores_of_a_classifier() -> None:
    answer = OnnxModel(classifier(), name="m.onnx").predictions(ROWS)
    assert answer.labels is not None
    assert answer.scores is not None
    assert answer.labels.tolist() == [1, 0, 0]
    assert answer.scores.shape == (3, 2)
    np.testing.assert_allclose(answer.scores.sum(axis=1), 1.0, atol=1e-6)


def test_outputs_by_name_and_by_position() -> None:
    by_name = OnnxModel(classifier(), name="m.onnx", probability="probabilities")
    by_position = OnnxModel(classifier(), name="m.onnx", probability=1)
    assert by_name.predictions(ROWS).labels is None
    np.testing.assert_array_equal(by_name.predict(ROWS), by_position.predict(ROWS))


def test_label_headers_name_the_highest_score() -> None:
    model = OnnxModel(classifier(), name="m.onnx", probability="probabilities", label_headers=("on time", "late"))
    labels = model.predictions(ROWS).labels
    assert labels is not None
    assert labels.tolist() == ["late", "on time", "on time"]


def test_one_input_per_feature() -> None:
    inputs = {"b": ("FLOAT", [None, 1]), "a": ("INT64", [None, 1])}
    nodes = [("Cast", ["a"], ["af"], {"to": 1}), ("Sub", ["af", "b"], ["y"])]
    model = OnnxModel(built(nodes, inputs, {"y": ("FLOAT", [None, 1])}), name="m.onnx")
    assert model.predict(ROWS).tolist() == [[0.5], [1.75], [2.875]]
    other = FeatureTable.from_rows(["a", "c"], [[1, 2.0]])
    with pytest.raises(ContractError, match="takes the input 'b', and no feature is called so"):
        model.predict(other)


def test_text_features() -> None:
    nodes = [("Identity", ["city"], ["label"])]
    content = built(nodes, {"city": ("STRING", [None, 1])}, {"label": ("STRING", [None, 1])})
    table = FeatureTable.from_rows(["city"], [["Oslo"], [None]])
    labels = OnnxModel(content, name="m.onnx").predictions(table).labels
    assert labels is not None
    assert labels.tolist() == ["Oslo", ""]


def test_a_file_through_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(linear())
    config = PredictorConfig(model_uri=str(tmp_path / "m.onnx"))
    with open_predictor(config, dataset_type="text/csv", feature_names=ROWS.names) as model:
        assert model.predict(ROWS).tolist() == [[0.0], [0.75], [1.375]]


def test_a_remote_file() -> None:
    import fsspec

    with fsspec.open("memory://models/m.onnx", "wb") as stream:
        stream.write(linear())
    config = PredictorConfig(model_uri="memory://models/m.onnx")
    with open_predictor(config, dataset_type="text/csv", feature_names=ROWS.names) as model:
        assert len(model.predict(ROWS)) == 3


def test_what_is_no_model(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime (the extra 'onnx') is not installed")
    path = tmp_path / "m.onnx"
    path.write_bytes(b"\x80\x04\x95 a pickle")
    with pytest.raises(ContractError, match=r"file m\.onnx, field predictor\.model_uri: is no ONNX model"):
        OnnxModel(str(path), name="m.onnx")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_ends_the_job(value: float) -> None:
    table = FeatureTable.from_rows(["a", "b"], [[1.0, 0.0], [value, 0.0]])
    with pytest.raises(ContractError, match=r"answers \[(nan|inf)\] for row 2 of 2 asked at once"):
        OnnxModel(linear(), name="m.onnx").predict(table)


def test_features_of_another_number_end_the_job() -> None:
    with pytest.raises(ContractError, match=r"the model m\.onnx fails: .*Got: 3 Expected: 2"):
        OnnxModel(linear(), name="m.onnx").predict(FeatureTable.from_rows(["a", "b", "c"], [[1, 2, 3]]))


def test_an_output_that_is_not_there() -> None:
    with pytest.raises(ContractError, match=r"predictor\.probability: .* has no output 'scores'\. Its outputs are y"):
        OnnxModel(linear(), name="m.onnx", probability="scores")


def test_without_onnxruntime_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ContractError, match=r"pip install 'airflow-model-monitor\[onnx\]'"):
        OnnxModel(b"", name="m.onnx")


def test_a_clarify_job_explains_an_onnx_file(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(linear())
    config = {
        "dataset_type": "text/csv",
        "headers": ["a", "b"],
        "methods": {"shap": {"baseline": [[0, 0]]}},
        "predictor": {"model_uri": str(tmp_path / "m.onnx")},
    }
    (tmp_path / "analysis_config.json").write_text(json.dumps(config))
    (tmp_path / "data.csv").write_text("1,0.5\n2,0.25\n3,0.125\n")
    env = {"analysis_config": str(tmp_path), "dataset_source": str(tmp_path / "data.csv")}
    result = clarify.run({**env, "output_path": str(tmp_path / "out")}, stream=io.StringIO())
    assert result.exit_code == 0, result.message
    report = AnalysisReport.from_json((tmp_path / "out" / "analysis.json").read_bytes())
    assert report.explanations is not None
    found = report.explanations.kernel_shap["label0"].global_shap_values
    assert found == pytest.approx({"a": 1.0, "b": 0.875 / 3})
