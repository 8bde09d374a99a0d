"""The explanation of a data set: global values and expected value per label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap.global_values import Doubles, GlobalValues
from airflow_model_monitor.analysis.kernel_shap.kernel_shap import KernelShap, LocalValues
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.explanations import Explanations, LabelExplanation
from airflow_model_monitor.contract.shap_config import Aggregation


@dataclass(frozen=True, slots=True)
class Explanation:
    """What features a model's answers to a data set are made of.

    :param labels: global values and the model's answer to the baseline by label, in the order of the model's outputs
    :param rows: how many were explained
    :param num_samples: coalitions per row; None where none were needed (trees)
    :param exact: exact Shapley values; else estimates from sampled coalitions
    :param seed: of the coalitions, None when exact
    :param warnings: in the original's words
    """

    labels: Mapping[str, LabelExplanation]
    rows: int
    num_samples: int | None
    exact: bool
    seed: int | None
    warnings: tuple[str, ...] = ()

    @property
    def contract(self) -> Explanations:
        """As analysis.json has it."""
        return Explanations(self.labels)


def explain(
    shap: KernelShap,
    tables: Iterable[FeatureTable],
    *,
    aggregation: Aggregation = "mean_abs",
    label_headers: Sequence[str] | None = None,
    features_to_explain: Sequence[str | int] = (),
    keep: Callable[[LocalValues], None] | None = None,
) -> Explanation:
    """Explain a data set in one pass over its rows.

    All features vary, whichever are to be explained: the values of the chosen ones are those of a run without a choice.

    :param tables: rows in the order of the data set, cut anywhere
    :param label_headers: names of the model's outputs; ``label0``, ``label1``, … when None
    :param features_to_explain: names or positions; none for all
    :param keep: given the values of each batch of rows, those of the chosen features, for ``explanations_shap/out.csv``
    :raises ContractError: no rows, unknown features, another number of labels than the model has outputs, or an answer
        of the model that cannot be used
    """
    chosen = chosen_features(shap.names, features_to_explain)
    labels = label_names(len(shap.expected_values), label_headers)
    totals = GlobalValues(aggregation)
    for local in shap.explain(tables):
        explained = local if len(chosen) == len(shap.names) else LocalValues(local.values[..., chosen], local.scores)
        totals.add(explained.values)
        if keep is not None:
            keep(explained)
    return Explanation(
        labels=explained_labels(labels, [shap.names[i] for i in chosen], totals.result(), shap.expected_values),
        rows=totals.rows,
        num_samples=shap.budget.samples,
        exact=shap.budget.complete,
        seed=None if shap.budget.complete else shap.seed,
        warnings=() if shap.budget.warning is None else (shap.budget.warning,),
    )


def explained_labels(
    labels: Sequence[str], features: Sequence[str], global_values: Doubles, expected_values: Doubles
) -> dict[str, LabelExplanation]:
    """:param global_values: shape (outputs, features); :param expected_values: shape (outputs,)"""
    return {
        label: LabelExplanation(dict(zip(features, values.tolist(), strict=True)), float(expected))
        for label, values, expected in zip(labels, global_values, expected_values, strict=True)
    }


def label_names(outputs: int, label_headers: Sequence[str] | None) -> tuple[str, ...]:
    """The names of the outputs: as given, else ``label0``, ``label1``, … as the original falls back to.

    :raises ContractError: another number of names than outputs, or one name twice
    """
    if not label_headers:
        return tuple(f"label{i}" for i in range(outputs))
    if len(label_headers) != outputs or len(set(label_headers)) != outputs:
        raise ContractError(
            f"{len(label_headers)} label headers ({', '.join(label_headers)}) for a model of {outputs} outputs",
            field="predictor.label_headers",
            remedy="Name each output once, or leave the key out.",
        )
    return tuple(label_headers)


def chosen_features(names: Sequence[str], choice: Sequence[str | int]) -> tuple[int, ...]:
    """Positions of the features to explain, ascending; all of them for an empty choice.

    :raises ContractError: a name or a position that is not there
    """
    positions = set()
    for item in choice:
        position = item if isinstance(item, int) else list(names).index(item) if item in names else -1
        if not 0 <= position < len(names):
            raise ContractError(
                f"{item!r} is no feature",
                field="methods.shap.features_to_explain",
                remedy=f"The features are {', '.join(names)} (positions 0 to {len(names) - 1}).",
            )
        positions.add(position)
    return tuple(sorted(positions)) if choice else tuple(range(len(names)))
