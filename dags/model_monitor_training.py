"""Train a classifier on labelled rows and write it as an ONNX file: data that can be looked at, and no program.

Replace :func:`train` by your own training; the DAGs want nothing but an ONNX file that takes one input per feature,
shape (n, 1), and answers a class, shape (n,), and the probability of class 1, shape (n, 1).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any


def train(
    url: str, label: str, storage_options: Mapping[str, Any] | None = None, answers: Collection[str] = ()
) -> bytes:
    """A gradient-boosted tree classifier of two classes, 0 and 1.

    :param url: CSV with a header: features in the order of a request, and the label; texts are taken as categories
    :param label: column of the class
    :param storage_options: what fsspec needs to open it
    :param answers: columns of what another model answered; nothing to learn from
    :returns: the ONNX file
    """
    from airflow_model_monitor.jobs.model_comparison import LabelledRows

    rows = LabelledRows.read(url, label, storage_options, answers)
    return fit(dict(zip(rows.features.names, rows.features.columns)), rows.labels)


def fit(columns: Mapping[str, Any], labels: Any) -> bytes:
    """The same from arrays: numbers with NaN where one is missing, texts as objects."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    texts = {
        name: ["" if cell is None else str(cell) for cell in column.tolist()]
        for name, column in columns.items()
        if column.dtype.kind in "OUT"
    }
    categories = {name: sorted(set(cells)) for name, cells in texts.items()}
    matrix = [
        np.searchsorted(categories[name], texts[name]) if name in texts else column.astype(float)
        for name, column in columns.items()
    ]
    trees = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, random_state=2013)
    trees.fit(np.column_stack(matrix), np.asarray(labels).astype(int))
    return to_onnx(trees, list(columns), categories)


def to_onnx(trees: Any, features: Sequence[str], categories: dict[str, list[str]]) -> bytes:
    """The trees as an ONNX graph: texts become codes (an unknown one -1), and all is joined into one row of numbers."""
    from onnx import TensorProto, checker, helper

    nodes, columns, inputs = [], [], []
    for name in features:
        known = categories.get(name)
        kind = TensorProto.FLOAT if known is None else TensorProto.STRING
        inputs.append(helper.make_tensor_value_info(name, kind, [None, 1]))
        columns.append(name if known is None else f"{name}.code")
        if known is not None:
            codes = {"keys_strings": known, "values_floats": list(map(float, range(len(known)))), "default_float": -1.0}
            nodes.append(helper.make_node("LabelEncoder", [name], [columns[-1]], domain="ai.onnx.ml", **codes))
    nodes.append(helper.make_node("Concat", columns, ["row"], axis=1))
    outputs = ["label", "both"]
    nodes.append(helper.make_node("TreeEnsembleClassifier", ["row"], outputs, domain="ai.onnx.ml", **_ensemble(trees)))
    nodes.append(helper.make_node("Gather", ["both", "one"], ["probability"], axis=1))
    one = helper.make_tensor("one", TensorProto.INT64, [1], [1])
    answers = [
        helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
        helper.make_tensor_value_info("probability", TensorProto.FLOAT, [None, 1]),
    ]
    graph = helper.make_graph(nodes, "classifier", inputs, answers, [one])
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=8, producer_name="airflow-model-monitor")
    checker.check_model(model)
    return bytes(model.SerializeToString())


def _ensemble(trees: Any) -> dict[str, Any]:
    """The attributes of ``TreeEnsembleClassifier``, node by node."""
    found: dict[str, list[Any]] = {name: [] for name in (*_NODE, *_LEAF)}
    for number, (tree,) in enumerate(trees._predictors):
        for place, node in enumerate(tree.nodes):
            leaf = bool(node["is_leaf"])
            values = (number, place, int(node["feature_idx"]), "LEAF" if leaf else "BRANCH_LEQ")
            values += (0.0 if leaf else float(node["num_threshold"]), int(node["left"]), int(node["right"]))
            for name, value in zip(_NODE, (*values, int(node["missing_go_to_left"]))):
                found[name].append(value)
            if leaf:
                for name, value in zip(_LEAF, (number, place, 0, float(node["value"]))):
                    found[name].append(value)
    base = [float(trees._baseline_prediction.ravel()[0])]
    return {**found, "classlabels_int64s": [0, 1], "base_values": base, "post_transform": "LOGISTIC"}


_NODE = (
    *("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes", "nodes_values"),
    *("nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true"),
)
_LEAF = ("class_treeids", "class_nodeids", "class_ids", "class_weights")
