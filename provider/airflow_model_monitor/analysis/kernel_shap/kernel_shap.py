"""Kernel SHAP: what each feature of a row adds to the model's answer, compared with baseline rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap.coalitions import AllCoalitions, Bools, Coalitions
from airflow_model_monitor.analysis.kernel_shap.independent_coalitions import IndependentCoalitions
from airflow_model_monitor.analysis.kernel_shap.paired_regression import PairedRegression
from airflow_model_monitor.analysis.kernel_shap.sample_budget import sample_budget
from airflow_model_monitor.analysis.kernel_shap.scored_model import Predict, Progress, ScoredModel, log_odds
from airflow_model_monitor.analysis.kernel_shap.stratified_coalitions import StratifiedCoalitions
from airflow_model_monitor.analysis.kernel_shap.synthetic_rows import synthetic_rows
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility
from airflow_model_monitor.contract.errors import ContractError

Doubles = NDArray[np.float64]

_BATCH_VALUES: Final = 2**19
_MOST_BATCH_ROWS: Final = 2**16


@dataclass(frozen=True, slots=True)
class LocalValues:
    """What some consecutive rows were explained with.

    :param values: shape (rows, outputs, features); each row and output adds up to its score minus the expected value
    :param scores: of the rows, on the scale explained (log-odds with the logit link), shape (rows, outputs)
    """

    values: Doubles
    scores: Doubles

    @property
    def table(self) -> Doubles:
        """The values as ``explanations_shap/out.csv`` has them: shape (rows, outputs * features), label by label."""
        return self.values.reshape(len(self.values), -1)


class KernelShap:
    """Shapley values of a model's answers, by the original's method.

    A coalition is a set of features that a synthetic row takes from the row explained; the others come from a baseline
    row. What a coalition is worth is the model's answer, averaged over the baseline rows (then turned into log-odds, if
    asked for). A regression over coalitions gives each feature its share.

    All features vary, those that equal the baseline too; no feature is dropped for a small share. With a budget that
    covers all coalitions the values are the exact Shapley values, else they scatter around them.

    :param predict: the model
    :param baseline: rows that stand for "feature absent", one or more, same columns as the rows
    :param num_samples: coalitions per row; None for the original's default, see
        :func:`~airflow_model_monitor.analysis.kernel_shap.sample_budget.sample_budget`
    :param seed: of the coalitions; None for an unpredictable one, to be read from :attr:`seed`
    :param use_logit: explain log-odds; the model must then answer probabilities
    :param compatibility: how coalitions are sampled where they are not all taken: ``sagemaker`` as the original does
        (:mod:`~airflow_model_monitor.analysis.kernel_shap.independent_coalitions`), ``corrected`` with about half the
        error (:mod:`~airflow_model_monitor.analysis.kernel_shap.stratified_coalitions`)
    :param batch_rows: most rows the model is asked about at once, and the measure of all memory used here; None for
        as many as hold half a million values. It changes no value beyond rounding.
    :param row_count: how many rows there will be, for the progress
    :param progress: told after each call of the model
    :raises ContractError: no features, no baseline rows, a number of samples that is none, or an answer to the baseline
        rows that cannot be used
    """

    def __init__(
        self,
        predict: Predict,
        baseline: FeatureTable,
        *,
        num_samples: int | None = None,
        seed: int | None = None,
        use_logit: bool = False,
        compatibility: Compatibility = CORRECTED,
        batch_rows: int | None = None,
        row_count: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.names = baseline.names
        self.budget = sample_budget(len(self.names), num_samples)
        if not len(baseline):
            raise ContractError(
                "there are no baseline rows to compare with",
                field="methods.shap.baseline",
                remedy="Give one row or more, or leave the key out to have rows suggested.",
            )
        self.seed = _fresh_seed() if seed is None else seed
        self._baseline = baseline
        self._compatibility: Compatibility = compatibility
        self._use_logit = use_logit
        self._batch_rows = batch_rows or max(1, min(_MOST_BATCH_ROWS, _BATCH_VALUES // len(self.names)))
        self._model = ScoredModel(predict, batch_rows=self._batch_rows, progress=progress)
        if row_count is not None:
            self._model.total = self.predictions(row_count)
        self.expected_values: Doubles = self._link(self._model.scores(baseline).mean(axis=0))
        """Of each output: the answer to the baseline, the mean over its rows; shape (outputs,)."""

    def predictions(self, rows: int) -> int:
        """How many rows the model is asked about to explain ``rows`` rows, the baseline included."""
        return rows * (self.budget.samples * len(self._baseline) + 1) + len(self._baseline)

    def explain(self, tables: Iterable[FeatureTable]) -> Iterator[LocalValues]:
        """Explain rows as they come, a batch at a time; nothing is kept.

        :param tables: rows in the order of the data set, cut anywhere
        :raises ContractError: other columns than the baseline's, or an answer that cannot be used
        """
        coalitions = self._coalitions()
        for table in tables:
            if table.names != self._baseline.names:
                raise _other_columns(table.names, self._baseline.names)
            for start in range(0, len(table), self._batch_rows):
                part = table[start : start + self._batch_rows]
                scores = self._link(self._model.scores(part))
                for first in range(0, len(part), self._rows_at_once):
                    chosen = slice(first, first + self._rows_at_once)
                    totals = scores[chosen] - self.expected_values
                    yield LocalValues(self._values(part[chosen], totals, coalitions), scores[chosen])

    @property
    def _rows_at_once(self) -> int:
        """Rows whose synthetic rows fit a batch together; 1 when not even one row's do."""
        return max(1, self._batch_rows // max(1, self.budget.samples * len(self._baseline)))

    @property
    def _pairs_at_once(self) -> int:
        """Pairs of coalitions of one row that fit a batch; 1 when the baseline alone is too large for it."""
        return max(1, min(self.budget.pairs, self._batch_rows // (2 * len(self._baseline))))

    def _coalitions(self) -> Coalitions | None:
        if not self.budget.samples:
            return None
        if self.budget.complete:
            return AllCoalitions(len(self.names))
        if self._compatibility == CORRECTED:
            return StratifiedCoalitions(len(self.names), self.budget.pairs, self.seed)
        return IndependentCoalitions(len(self.names), self.seed)

    def _values(self, rows: FeatureTable, totals: Doubles, coalitions: Coalitions | None) -> Doubles:
        if coalitions is None:
            return totals[..., None]
        regression = PairedRegression(totals, len(self.names))
        for start in range(0, self.budget.pairs, self._pairs_at_once):
            stop = min(start + self._pairs_at_once, self.budget.pairs)
            present, weights = coalitions.take(len(rows), start, stop)
            regression.add(present, self._differences(rows, present), weights)
        return regression.solve()

    def _differences(self, rows: FeatureTable, coalitions: Bools) -> Doubles:
        """The answer to each coalition minus the answer to its complement, shape (rows, pairs, outputs)."""
        shape = (len(rows), 2, coalitions.shape[2], -1, len(self.expected_values))
        size = max(1, self._batch_rows // (2 * coalitions.shape[2] * len(rows)))
        total: Doubles = np.zeros(())
        for start in range(0, len(self._baseline), size):
            mixed = synthetic_rows(rows, self._baseline[start : start + size], coalitions)
            total = total + self._model.scores(mixed).reshape(shape).sum(axis=3)
        answers = self._link(total / len(self._baseline))
        result: Doubles = answers[:, 0] - answers[:, 1]
        return result

    def _link(self, scores: Doubles) -> Doubles:
        return log_odds(scores) if self._use_logit else scores


def _fresh_seed() -> int:
    # 63 bits: a seed is written into records that other readers parse as a signed number.
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))


def _other_columns(found: Sequence[str], expected: Sequence[str]) -> ContractError:
    return ContractError(
        f"the rows have the features {', '.join(found)}, the baseline has {', '.join(expected)}",
        field="methods.shap.baseline",
        remedy="A baseline row has the values of all features in the data set's order, without the label.",
    )
