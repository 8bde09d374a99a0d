"""Bias metrics beside the same metrics written in pandas, and the flip test beside scikit-learn's, in one run.

`python benchmarks/bias.py` prints the tables; `report_lines()` gives them to whoever writes RESULTS.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from math import isclose
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsClassifier

from airflow_model_monitor.analysis.bias import analyze
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.bias_config import POST_TRAINING_METRICS, BiasMethods, FacetConfig
from airflow_model_monitor.contract.clarify_methods import Methods

ROWS = 1_000_000
FLIP_TEST_ROWS = 100_000
WITHOUT_FLIP_TEST = tuple(name for name in POST_TRAINING_METRICS if name != "FT")


def report_lines(rows: int = ROWS, flip_test_rows: int = FLIP_TEST_ROWS, repeats: int = 5) -> list[str]:
    """A Markdown section: medians in seconds, and how many times faster than the other formulation."""
    metrics = _measured(people(rows), WITHOUT_FLIP_TEST, in_pandas, repeats)
    flips = _measured(people(flip_test_rows), ("FT",), in_scikit_learn, repeats)
    return [
        "## Bias metrics",
        "",
        "People as in UCI Adult: 7 features, group variable age. Seconds, medians of several runs in one process,",
        f"taken in turns, {repeats} each; results are equal.",
        "",
        "| metrics | rows | ours | other | other / ours |",
        "|---|---|---|---|---|",
        _row("8 before and 12 after training, beside pandas", rows, metrics),
        _row("flip test, beside scikit-learn", flip_test_rows, flips),
    ]


def people(rows: int) -> pd.DataFrame:
    """Rows that look like UCI Adult's: labels depend on sex and age, predictions on the labels."""
    random = np.random.default_rng(2026)
    sex, age = random.integers(0, 2, rows), random.integers(17, 91, rows)
    label = (random.random(rows) < 0.1 + 0.2 * sex + 0.003 * (age - 17)).astype(int)
    return pd.DataFrame(
        {
            "sex": sex,
            "age": age,
            "weight": random.integers(12_285, 1_484_705, rows),
            "education": random.integers(1, 17, rows),
            "gain": np.where(random.random(rows) < 0.08, random.integers(100, 99_999, rows), 0),
            "loss": np.where(random.random(rows) < 0.05, random.integers(100, 4_000, rows), 0),
            "hours": random.integers(1, 99, rows),
            "label": label,
            "predicted": np.where(random.random(rows) < 0.85, label, 1 - label),
        }
    )


def ours(table: pd.DataFrame, after_training: tuple[str, ...]) -> dict[str, float]:
    """The metrics by our engine; those before training unless the flip test is asked for."""
    pre = None if after_training == ("FT",) else BiasMethods()
    config = AnalysisConfig(
        label_values_or_threshold=(1,),
        facet=(FacetConfig("sex", (0,)),),
        group_variable="age",
        methods=Methods(pre_training_bias=pre, post_training_bias=BiasMethods(after_training)),
    )
    columns = {name: table[name].to_numpy() for name in table.columns if name not in ("label", "predicted")}
    report = analyze(
        columns,
        table["label"].to_numpy(),
        config,
        label_name="label",
        predicted_labels=table["predicted"].to_numpy(),
        compatibility="sagemaker",
    ).report
    sections = [section for section in (report.pre_training_bias, report.post_training_bias) if section]
    return {
        metric.name: metric.value for section in sections for *_, group in section.groups() for metric in group.metrics
    }


def in_pandas(table: pd.DataFrame) -> dict[str, float]:
    """The same metrics as one would write them with pandas, one after the other."""
    inside = table["sex"] == 0
    positive, predicted = table["label"] == 1, table["predicted"] == 1
    a, d = table[~inside], table[inside]
    result = {"CI": (len(a) - len(d)) / len(table)}
    shares_a, shares_d = (part["label"].value_counts(normalize=True).sort_index() for part in (a, d))
    mean = (shares_a + shares_d) / 2
    difference = (shares_a - shares_d).abs()
    result |= {
        "KL": (shares_a * np.log(shares_a / shares_d)).sum(),
        "JS": ((shares_a * np.log(shares_a / mean)).sum() + (shares_d * np.log(shares_d / mean)).sum()) / 2,
        "LP": (difference**2).sum() ** 0.5,
        "TVD": difference.sum() / 2,
        "KS": difference.max(),
        "DPL": positive[~inside].mean() - positive[inside].mean(),
        "CDDL": _disparity(table, inside, positive),
        "CDDPL": _disparity(table, inside, predicted),
        "DPPL": predicted[~inside].mean() - predicted[inside].mean(),
        "DI": predicted[inside].mean() / predicted[~inside].mean(),
    }
    right = positive == predicted
    result |= {
        "AD": right[~inside].mean() - right[inside].mean(),
        "DCA": positive[~inside].sum() / predicted[~inside].sum() - positive[inside].sum() / predicted[inside].sum(),
        "DCR": (~positive)[inside].sum() / (~predicted)[inside].sum()
        - (~positive)[~inside].sum() / (~predicted)[~inside].sum(),
        "DAR": right[~inside & predicted].mean() - right[inside & predicted].mean(),
        "DRR": right[inside & ~predicted].mean() - right[~inside & ~predicted].mean(),
        "RD": right[~inside & positive].mean() - right[inside & positive].mean(),
        "SD": right[inside & ~positive].mean() - right[~inside & ~positive].mean(),
        "TE": (positive & ~predicted)[inside].sum() / (~positive & predicted)[inside].sum()
        - (positive & ~predicted)[~inside].sum() / (~positive & predicted)[~inside].sum(),
    }
    benefit = table["predicted"] - table["label"] + 1
    return {**result, "GE": ((benefit / benefit.mean()) ** 2 - 1).sum() / (2 * len(table))}


def in_scikit_learn(table: pd.DataFrame) -> dict[str, float]:
    """The flip test by scikit-learn's classifier of five neighbours."""
    inside = table["sex"] == 0
    features = table.drop(columns=["sex", "label", "predicted"]).to_numpy(dtype=float)
    neighbours = KNeighborsClassifier(n_neighbors=5).fit(features[~inside], table["predicted"][~inside])
    alike, own = neighbours.predict(features[inside]), table["predicted"][inside].to_numpy()
    return {"FT": float(((own > alike).sum() - (own < alike).sum()) / inside.sum())}


def _disparity(table: pd.DataFrame, inside: pd.Series[bool], positive: pd.Series[bool]) -> float:
    counted = pd.DataFrame({"age": table["age"], "positive": positive, "inside": inside})
    shares = counted.groupby(["age", "positive"])["inside"].mean().unstack(fill_value=0.0)
    sizes = counted.groupby("age").size()
    return float((sizes * (shares[False] - shares[True])).sum() / sizes.sum())


def _measured(
    table: pd.DataFrame,
    after_training: tuple[str, ...],
    other: Callable[[pd.DataFrame], dict[str, float]],
    repeats: int,
) -> tuple[float, float]:
    mine, theirs = [], []
    for _ in range(repeats):
        seconds, found = _timed(lambda: ours(table, after_training))
        mine.append(seconds)
        seconds, expected = _timed(lambda: other(table))
        theirs.append(seconds)
        _require_equal(found, expected)
    return median(mine), median(theirs)


def _timed(call: Callable[[], dict[str, float]]) -> tuple[float, dict[str, float]]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def _require_equal(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        # Rows equally far are resolved differently by scikit-learn: a few flips of many thousand rows.
        tolerance = 1e-3 if name == "FT" else 1e-9
        if not isclose(found[name], value, rel_tol=tolerance, abs_tol=tolerance):
            raise RuntimeError(f"{name}: ours {found[name]!r}, the other formulation {value!r}")
    if found.keys() != expected.keys():
        raise RuntimeError(f"metrics differ: {sorted(found.keys() ^ expected.keys())}")


def _row(title: str, rows: int, seconds: tuple[float, float]) -> str:
    mine, theirs = seconds
    return f"| {title} | {rows:,} | {mine:.2f} | {theirs:.2f} | **{theirs / mine:.1f}** |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--flip-test-rows", type=int, default=FLIP_TEST_ROWS)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    print("\n".join(report_lines(arguments.rows, arguments.flip_test_rows, arguments.repeats)))
