"""A model in an ONNX file, run in this process by onnxruntime; the one model file that is data and no program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.predictor import Predictions, Predictor, joined

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.feature_table import FeatureTable

MAX_ROWS: Final = 8_192
"""Rows a call computes at once: bounds the memory of the model's intermediate values."""

_TYPES: Final = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


class OnnxModel(Predictor):
    """Asks a model of one input, shape (n, features), or of one input per feature, shape (n, 1), matched by name.

    Outputs are found by name or position. Where neither is stated: of an integer or text output and one of numbers, as
    classifiers converted from scikit-learn have them, the first is the labels and the second the scores; a single
    output of numbers is the scores. A list of dictionaries (ZipMap) is read in the order of its keys.

    :param source: local path of the file, or its content
    :param name: how messages call it
    :param label: output with the labels
    :param probability: output with the scores
    :param label_headers: names of the scores, where the model itself gives no labels
    :param threads: threads of one call
    :param progress: called with the number of predictions made so far
    :raises ContractError: onnxruntime is not installed, the file is no model, or has no such output
    """

    def __init__(
        self,
        source: str | bytes,
        *,
        name: str,
        label: str | int | None = None,
        probability: str | int | None = None,
        label_headers: Sequence[Any] = (),
        threads: int = 2,
        max_rows: int = MAX_ROWS,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        super().__init__(f"the model {name}")
        self._session: Any = _session(source, name, threads)
        self._inputs = self._session.get_inputs()
        outputs = {output.name: output.type for output in self._session.get_outputs()}
        self._label = self._output(outputs, "predictor.label", label)
        self._probability = self._output(outputs, "predictor.probability", probability)
        if self._label is None and self._probability is None:
            self._label, self._probability = self._guessed(outputs)
        self._headers = list(label_headers)
        self._max_rows = max_rows
        self._progress = progress or (lambda done: None)
        self._done = 0

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the model's inputs, in their order."""
        return tuple(one.name for one in self._inputs)

    def predictions(self, table: FeatureTable) -> Predictions:
        """Return what the model says of each row; as :meth:`.Predictor.predictions`."""
        parts = []
        for start in range(0, len(table), self._max_rows):
            part = table[start : start + self._max_rows]
            parts.append(self._answer(part))
            self._done += len(part)
            self._progress(self._done)
        try:
            return joined(parts)
        except ValueError as error:
            raise ContractError(f"{self.name} is not of one mind: {error}", field="predictor.model_uri") from None

    def _answer(self, table: FeatureTable) -> Predictions:
        wanted = [output for output in (self._label, self._probability) if output is not None]
        try:
            found = dict(zip(wanted, self._session.run(wanted, self._feed(table))))
        except ContractError:
            raise
        except Exception as error:  # onnxruntime's errors have no base of their own
            raise ContractError(
                f"{self.name} fails: {' '.join(str(error).split())}",
                field="predictor.model_uri",
                remedy="Check that it takes these features in this order",
            ) from error
        labels = None if self._label is None else np.asarray(found[self._label]).reshape(-1).astype(object)
        scores = None if self._probability is None else self._scores(found[self._probability], len(table))
        if labels is None and scores is not None and self._headers and scores.shape[1] > 1:
            labels = self._named(scores)
        answer = Predictions(scores, labels)
        if len(answer) != len(table):
            raise ContractError(
                f"{self.name} answers {len(answer)} predictions for {len(table)} rows", field="predictor.model_uri"
            )
        return answer

    def _scores(self, values: Any, rows: int) -> NDArray[np.float64]:
        if isinstance(values, list):  # ZipMap: one dictionary per row
            values = [list(one.values()) if isinstance(one, dict) else one for one in values]
        try:
            scores = np.asarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ContractError(
                f"the output {self._probability!r} of {self.name} is not made of numbers ({error})",
                field="predictor.probability",
            ) from None
        scores = scores.reshape(len(scores), -1) if scores.ndim else scores.reshape(1, 1)
        if not np.isfinite(scores).all():
            row = int(np.argwhere(~np.isfinite(scores))[0][0])
            raise ContractError(
                f"{self.name} answers {scores[row].tolist()} for row {row + 1} of {rows} asked at once",
                field="predictor.model_uri",
                remedy="A score is a finite number; check the model and the row's missing values",
            )
        return scores

    def _named(self, scores: NDArray[np.float64]) -> NDArray[np.object_]:
        if scores.shape[1] != len(self._headers):
            raise ContractError(
                f"{self.name} answers {scores.shape[1]} scores a row for {len(self._headers)} label headers",
                field="predictor.label_headers",
            )
        headers = np.empty(len(self._headers), dtype=object)
        headers[:] = self._headers
        named: NDArray[np.object_] = headers[scores.argmax(axis=1)]
        return named

    def _feed(self, table: FeatureTable) -> dict[str, NDArray[Any]]:
        if len(self._inputs) == 1:
            only = self._inputs[0]
            if only.type == "tensor(string)":
                return {only.name: np.array([[_text(cell) for cell in row] for row in table.rows()], dtype=object)}
            return {only.name: table.matrix().astype(_numpy_type(only, self.name))}
        columns = dict(zip(table.names, table.columns, strict=True))
        missing = [one.name for one in self._inputs if one.name not in columns]
        if missing:
            raise ContractError(
                f"{self.name} takes the input {missing[0]!r}, and no feature is called so",
                field="headers",
                remedy=f"The features are {', '.join(table.names)}",
            )
        return {one.name: _shaped(columns[one.name], one, self.name) for one in self._inputs}

    def _output(self, outputs: dict[str, str], field: str, wanted: str | int | None) -> str | None:
        if wanted is None:
            return None
        names = list(outputs)
        if isinstance(wanted, int) and 0 <= wanted < len(names):
            return names[wanted]
        if wanted not in outputs:
            raise ContractError(
                f"{self.name} has no output {wanted!r}", field=field, remedy=f"Its outputs are {', '.join(names)}"
            )
        return str(wanted)

    def _guessed(self, outputs: dict[str, str]) -> tuple[str | None, str | None]:
        whole = [name for name, kind in outputs.items() if kind in ("tensor(int64)", "tensor(int32)", "tensor(string)")]
        other = [name for name in outputs if name not in whole]
        if len(whole) <= 1 and len(other) <= 1:
            return (whole[0] if whole else None), (other[0] if other else None)
        raise ContractError(
            f"{self.name} has several outputs: {', '.join(outputs)}",
            field="predictor.probability",
            remedy="Say which of them is the scores, and in predictor.label which the labels",
        )


def _session(source: str | bytes, name: str, threads: int) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ContractError(
            f"{name} is an ONNX file, and onnxruntime is not installed",
            field="predictor.model_uri",
            remedy="Install it: pip install 'airflow-model-monitor[onnx]'",
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # warnings about graph optimisation are nobody's concern here
    try:
        return onnxruntime.InferenceSession(source, sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base of their own
        raise ContractError(
            f"is no ONNX model onnxruntime can run: {' '.join(str(error).split())}",
            file=name,
            field="predictor.model_uri",
        ) from error


def _numpy_type(node: Any, model: str) -> Any:
    if node.type not in _TYPES:
        raise ContractError(
            f"{model} takes the input {node.name!r} as {node.type}, which no feature can be",
            field="predictor.model_uri",
        )
    return _TYPES[node.type]


def _shaped(column: NDArray[Any], node: Any, model: str) -> NDArray[Any]:
    kind = _numpy_type(node, model)
    if kind is np.object_:
        column = np.array([_text(cell) for cell in column.tolist()], dtype=object)
    try:
        values = column.astype(kind)
    except (TypeError, ValueError) as error:
        raise ContractError(
            f"{model} takes the input {node.name!r} as {node.type} ({error})",
            field=node.name,
            remedy="Check the column's values",
        ) from None
    return values.reshape(-1, 1) if len(node.shape) > 1 else values


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
