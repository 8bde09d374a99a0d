"""The churn model as an ONNX file: a logistic regression with the coefficients of :mod:`churn`."""

from __future__ import annotations

import tarfile
from pathlib import Path

from churn import COEFFICIENTS, INTERCEPT


def write_model(folder: Path) -> Path:
    """``model.tar.gz`` with ``model.onnx`` in it, as SageMaker's model data is packed."""
    import onnx
    from onnx import TensorProto, helper

    features = len(COEFFICIENTS)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["features", "coefficients"], ["weighted"]),
            helper.make_node("Add", ["weighted", "intercept"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["score"]),
        ],
        "churn",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, features])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None, 1])],
        [
            helper.make_tensor("coefficients", TensorProto.FLOAT, [features, 1], COEFFICIENTS),
            helper.make_tensor("intercept", TensorProto.FLOAT, [1], [INTERCEPT]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    packed = folder / "model.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(folder / "model.onnx", "model.onnx")
    return packed
