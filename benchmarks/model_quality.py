"""Model quality metrics beside scikit-learn and pandas: the same numbers, in the same process, as ratios.

``section()`` gives the lines for RESULTS.md; run on its own, this prints them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from math import isclose
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn import metrics as sklearn

from airflow_model_monitor.analysis.model_quality import analyze
from airflow_model_monitor.analysis.model_quality.problem import binary_problem, multiclass_problem, regression_problem
from airflow_model_monitor.contract.environment import EXACT_ROWS

Columns = tuple[np.ndarray, ...]
Metrics = Mapping[str, float]
BETAS = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
CLASSES = 10


def section(rows: int = 1_000_000, repeats: int = 5) -> list[str]:
    """Measure all three problem types; return a section of RESULTS.md, line by line."""
    return [
        "## Model quality",
        "",
        f"Metrics of {rows:,} rows out of NumPy arrays, one process, medians of {repeats} runs in turn, in seconds.",
        f"scikit-learn {version('scikit-learn')}, pandas {version('pandas')}; all three give the same numbers.",
        "",
        "* *scan* decodes every value of the same columns as Parquet (`bit_xor(hash(column))` per column), 2 threads",
        "* *metrics*: every number of the problem type, the confusion matrix and, for the binary one, both curves",
        "* *with deviations*: our whole analysis: metrics, the deviations over five samples of 80 %, constraints",
        "",
        "| problem | scan | metrics | scikit-learn | times longer | pandas | times longer | with deviations |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(name, rows, repeats) for name in _PROBLEMS),
    ]


def _row(name: str, rows: int, repeats: int) -> str:
    columns = _PROBLEMS[name][0](rows)
    with tempfile.TemporaryDirectory() as folder:
        return _measured(name, columns, _scan(columns, Path(folder)), repeats)


def _scan(columns: Columns, folder: Path) -> Callable[[], object]:
    """What reads the columns and nothing else."""
    names = [f"c{i}" for i in range(len(columns))]
    path = folder / "columns.parquet"
    pq.write_table(pa.table(dict(zip(names, columns, strict=True))), path)
    connection = duckdb.connect(config={"threads": 2})
    hashes = ", ".join(f"bit_xor(hash({name}))" for name in names)
    return lambda: connection.execute(f"SELECT {hashes} FROM read_parquet('{path}')").fetchall()


def _measured(name: str, columns: Columns, scan: Callable[[], object], repeats: int) -> str:
    _, ours, scikit_learn, with_pandas, problem_type = _PROBLEMS[name]
    calls: dict[str, Callable[[], object]] = {
        "scan": scan,
        "metrics": lambda: ours(*columns),
        "scikit-learn": lambda: scikit_learn(*columns),
        "pandas": lambda: with_pandas(*columns),
        "with deviations": lambda: analyze(*columns, problem_type=problem_type, seed="benchmark"),
    }
    _require_equal(ours(*columns), scikit_learn(*columns), with_pandas(*columns))
    seconds: dict[str, list[float]] = {call: [] for call in calls}
    for _ in range(repeats):
        for call, run in calls.items():
            start = time.perf_counter()
            run()
            seconds[call].append(time.perf_counter() - start)
    took = {call: median(values) for call, values in seconds.items()}
    cells = [name, f"{took['scan']:.3f}", f"{took['metrics']:.3f}"]
    for peer in ("scikit-learn", "pandas"):
        cells += [f"{took[peer]:.3f}", f"**{took[peer] / took['metrics']:.1f}**"]
    return f"| {' | '.join([*cells, format(took['with deviations'], '.3f')])} |"


def _require_equal(ours: Metrics, *peers: Metrics) -> None:
    """A race is fair only between those who run the same distance."""
    for peer in peers:
        for name, value in peer.items():
            # Our curves have some 1000 points, like the original's; the areas differ accordingly, of few rows most.
            tolerance = 1e-3 if name.startswith("au") else 1e-9
            assert isclose(ours[name], value, rel_tol=tolerance), (name, ours[name], value)


def _binary_columns(rows: int) -> Columns:
    random = np.random.default_rng(1)
    labels = (random.random(rows) < 0.2).astype(np.int64)
    probabilities = np.clip(random.normal(0.3 + 0.3 * labels, 0.15), 0.0, 1.0)
    return labels, (probabilities > 0.5).astype(np.int64), probabilities


def _multiclass_columns(rows: int) -> Columns:
    random = np.random.default_rng(2)
    labels = random.integers(0, CLASSES, rows)
    return labels, np.where(random.random(rows) < 0.8, labels, random.integers(0, CLASSES, rows))


def _regression_columns(rows: int) -> Columns:
    random = np.random.default_rng(3)
    labels = random.normal(10.0, 3.0, rows)
    return labels, labels + random.normal(0.0, 1.0, rows)


def _our_binary(labels: np.ndarray, predictions: np.ndarray, probabilities: np.ndarray) -> Metrics:
    return binary_problem(labels, predictions, probabilities, threshold=None, positive_label=None).metrics


def _our_multiclass(labels: np.ndarray, predictions: np.ndarray) -> Metrics:
    return multiclass_problem(labels, predictions).metrics


def _our_regression(labels: np.ndarray, predictions: np.ndarray) -> Metrics:
    return regression_problem(labels, predictions, exact_rows=EXACT_ROWS).metrics


def _sklearn_binary(labels: np.ndarray, predictions: np.ndarray, probabilities: np.ndarray) -> Metrics:
    (tn, fp), (fn, tp) = sklearn.confusion_matrix(labels, predictions)
    false, true, _ = sklearn.roc_curve(labels, probabilities, drop_intermediate=False)
    precisions, recalls, _ = sklearn.precision_recall_curve(labels, probabilities)
    return {
        "recall": sklearn.recall_score(labels, predictions),
        "precision": sklearn.precision_score(labels, predictions),
        "accuracy": sklearn.accuracy_score(labels, predictions),
        "false_positive_rate": fp / (fp + tn),
        "false_negative_rate": fn / (fn + tp),
        "auc": sklearn.auc(false, true),
        "au_prc": sklearn.auc(recalls, precisions),
        **{name: sklearn.fbeta_score(labels, predictions, beta=beta) for name, beta in BETAS.items()},
    }


def _sklearn_multiclass(labels: np.ndarray, predictions: np.ndarray) -> Metrics:
    sklearn.confusion_matrix(labels, predictions)
    found = {"accuracy": sklearn.accuracy_score(labels, predictions)}
    for name, beta in BETAS.items():
        precision, recall, f_score, _ = sklearn.precision_recall_fscore_support(
            labels, predictions, beta=beta, average="weighted"
        )
        found |= {f"weighted_{name}": f_score, "weighted_precision": precision, "weighted_recall": recall}
    return found


def _sklearn_regression(labels: np.ndarray, predictions: np.ndarray) -> Metrics:
    return {
        "mae": sklearn.mean_absolute_error(labels, predictions),
        "mse": sklearn.mean_squared_error(labels, predictions),
        "rmse": sklearn.root_mean_squared_error(labels, predictions),
        "r2": sklearn.r2_score(labels, predictions),
    }


def _pandas_binary(labels: np.ndarray, predictions: np.ndarray, probabilities: np.ndarray) -> Metrics:
    frame = pd.DataFrame({"label": labels, "prediction": predictions, "probability": probabilities})
    counts = frame.value_counts(["label", "prediction"])
    tp, fp, fn, tn = (int(counts.get(cell, 0)) for cell in ((1, 1), (0, 1), (1, 0), (0, 0)))
    points = frame.groupby("probability")["label"].agg(["sum", "count"]).iloc[::-1].cumsum()
    true, false = points["sum"], points["count"] - points["sum"]
    recalls, precisions = np.r_[0.0, true / (tp + fn)], true / points["count"]
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    return {
        "recall": recall,
        "precision": precision,
        "accuracy": (tp + tn) / len(frame),
        "auc": _trapezoids(np.r_[0.0, false / (fp + tn)], recalls),
        "au_prc": _trapezoids(recalls, np.r_[precisions.iloc[0], precisions]),
        **{name: (1 + b * b) * precision * recall / (b * b * precision + recall) for name, b in BETAS.items()},
    }


def _trapezoids(x: np.ndarray, y: np.ndarray) -> float:
    return float((np.diff(x) * (y[1:] + y[:-1])).sum() / 2)


def _pandas_multiclass(labels: np.ndarray, predictions: np.ndarray) -> Metrics:
    counts = pd.crosstab(pd.Series(labels), pd.Series(predictions))
    correct, support = pd.Series(np.diag(counts), counts.index), counts.sum(axis=1)
    recall, precision, weight = correct / support, correct / counts.sum(), support / support.sum()
    return {
        "accuracy": correct.sum() / support.sum(),
        "weighted_recall": (recall * weight).sum(),
        "weighted_precision": (precision * weight).sum(),
        **{
            f"weighted_{name}": ((1 + b * b) * precision * recall / (b * b * precision + recall) * weight).sum()
            for name, b in BETAS.items()
        },
    }


def _pandas_regression(labels: np.ndarray, predictions: np.ndarray) -> Metrics:
    truth = pd.Series(labels)
    errors = truth - pd.Series(predictions)
    mse = (errors**2).mean()
    return {"mae": errors.abs().mean(), "mse": mse, "rmse": mse**0.5, "r2": 1 - mse / truth.var(ddof=0)}


_PROBLEMS = {
    "binary, with probabilities": (
        _binary_columns,
        _our_binary,
        _sklearn_binary,
        _pandas_binary,
        "BinaryClassification",
    ),
    f"multiclass, {CLASSES} classes": (
        _multiclass_columns,
        _our_multiclass,
        _sklearn_multiclass,
        _pandas_multiclass,
        "MulticlassClassification",
    ),
    "regression": (_regression_columns, _our_regression, _sklearn_regression, _pandas_regression, "Regression"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    print("\n".join(section(arguments.rows, arguments.repeats)))


if __name__ == "__main__":
    main()
