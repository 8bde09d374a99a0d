"""A classifier that knows the labels of ``labelled.py``: one in four numbers is positive."""

from __future__ import annotations

from pathlib import Path

from tests.airflow.labelled import truth


def write_rows(path: Path, rows: int = 40) -> str:
    """Labelled rows: a header, two features, the label."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{number},AA,{truth(number)}" for number in range(rows)]
    path.write_text("number,carrier,late\n" + "\n".join(lines) + "\n")
    return str(path)


def threshold_model(path: Path, *, inverted: bool = False) -> str:
    """An ONNX model that is right about every fourth number, or wrong about all of them."""
    from onnx import TensorProto, helper

    number = helper.make_tensor_value_info("number", TensorProto.FLOAT, [None, 1])
    carrier = helper.make_tensor_value_info("carrier", TensorProto.STRING, [None, 1])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, 1])
    four, zero, one = (helper.make_tensor(name, TensorProto.FLOAT, [1], [value]) for name, value in
                       (("four", 4.0), ("zero", 0.0), ("one", 1.0)))  # fmt: skip
    nodes = [
        helper.make_node("Mod", ["number", "four"], ["rest"], fmod=1),
        helper.make_node("Equal", ["rest", "zero"], ["hit"]),
        helper.make_node("Cast", ["hit"], ["right"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["one", "right"], ["wrong"]),
        helper.make_node("Identity", ["wrong" if inverted else "right"], ["scores"]),
    ]
    graph = helper.make_graph(nodes, "fourth", [number, carrier], [scores], [four, zero, one])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return str(path)
