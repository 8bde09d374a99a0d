"""One bias measurement: rows and settings in, the bias sections of analysis.json out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from airflow_model_monitor.analysis.bias.bias_rows import BiasRows
from airflow_model_monitor.analysis.bias.catalogue import catalogue, measure
from airflow_model_monitor.analysis.bias.column_kind import ColumnKind
from airflow_model_monitor.analysis.bias.column_values import Column, codes, missing
from airflow_model_monitor.analysis.bias.compared_groups import ComparedGroups
from airflow_model_monitor.analysis.bias.facet_sample import BoolArray, FacetSample
from airflow_model_monitor.analysis.bias.flip_counts import FlipCounts
from airflow_model_monitor.analysis.bias.outcome_labels import observed_labels, predicted_labels
from airflow_model_monitor.analysis.bias.selection import Selection, naming, select
from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.analysis_report import AnalysisReport
from airflow_model_monitor.contract.bias_config import BiasStage
from airflow_model_monitor.contract.bias_metrics import BiasMetrics, FacetMetrics
from airflow_model_monitor.contract.clarify_values import Scalar
from airflow_model_monitor.contract.compatibility import CORRECTED, Compatibility

STAGES: tuple[BiasStage, ...] = ("pre_training_bias", "post_training_bias")


@dataclass
class Measurement:
    """Settings of a measurement, and how many rows it had to leave out.

    ``corrected`` leaves out rows whose label, prediction or facet is missing; the original counts them as not positive
    and not sensitive.

    :param known_kinds: how a baseline read a column, by ``label`` or ``(facet, position)``; None where it says nothing
    :param left_out: rows left out by the name of the column that lacks a value
    :param groups: the groups compared, stage by stage
    """

    config: AnalysisConfig
    compatibility: Compatibility
    flips: FlipCounts
    known_kinds: Callable[[str, int | None], ColumnKind | None] = lambda name, position: None
    left_out: dict[str, int] = field(default_factory=dict)
    groups: list[ComparedGroups] = field(default_factory=list)

    def run(self, rows: BiasRows) -> AnalysisReport:
        """The metrics the settings ask for; those of the second stage only where there are predictions.

        :raises ContractError: settings that do not go with the rows
        """
        positives = self.config.label_values_or_threshold
        kind = self._known(rows.label_name, None, positives)
        observed = observed_labels(
            rows.labels, positives, name=rows.label_name, compatibility=self.compatibility, kind=kind
        )
        sections: dict[BiasStage, BiasMetrics] = {}
        for stage in STAGES:
            asked = self.config.bias(stage)
            if asked is None or (stage == "post_training_bias" and rows.predicted is None):
                continue
            predicted = self._predicted(rows, observed) if stage == "post_training_bias" else None
            sections[stage] = self._section(rows, observed, predicted, asked.names(stage))
        return AnalysisReport(sections.get("post_training_bias"), sections.get("pre_training_bias"))

    def _predicted(self, rows: BiasRows, observed: Selection) -> Selection:
        assert rows.predicted is not None
        return predicted_labels(
            rows.predicted,
            observed,
            self.config.label_values_or_threshold,
            name="predicted label",
            compatibility=self.compatibility,
        )

    def _section(
        self, rows: BiasRows, observed: Selection, predicted: Selection | None, names: tuple[str, ...]
    ) -> BiasMetrics:
        kinds = catalogue(self.compatibility)
        facets: dict[str, list[FacetMetrics]] = {}
        present = self._present(rows, with_predictions=predicted is not None)
        groups = None
        if self.config.group_variable is not None and {"CDDL", "CDDPL"} & set(names):
            groups = codes(rows.column(self.config.group_variable, "$.group_variable")[1])
        predicted_mask = None if predicted is None else predicted.mask
        for name, group in self._groups(rows):
            kept = present & self._facet_present(rows, name)
            sample = self._sample(rows, name, group.mask, observed.mask, predicted_mask, groups, kept)
            metrics = tuple(measure(short, kinds[short], sample) for short in names)
            facets.setdefault(name, []).append(FacetMetrics(group.text, metrics))
            self.groups.append(ComparedGroups.of(name, group.text, sample))
        return BiasMetrics(rows.label_name, {name: tuple(found) for name, found in facets.items()}, observed.text)

    def _groups(self, rows: BiasRows) -> Iterator[tuple[str, Selection]]:
        positions: dict[str, int] = {}
        for index, facet in enumerate(self.config.facet):
            name, column = rows.column(facet.name_or_index, f"$.facet[{index}].name_or_index")
            kind = self._known(name, positions.get(name, 0), facet.value_or_threshold)
            with naming(f"$.facet[{index}].value_or_threshold", name):
                groups = select(
                    column, facet.value_or_threshold, name=name, compatibility=self.compatibility, kind=kind
                )
            for group in groups:
                positions[name] = positions.get(name, 0) + 1
                yield name, group

    def _known(self, name: str, position: int | None, values: Sequence[Scalar]) -> ColumnKind | None:
        # Several values, or none, can only mean classes: nothing is left to guess.
        if self.compatibility != CORRECTED or len(values) != 1:
            return None
        return self.known_kinds(name, position)

    def _sample(
        self,
        rows: BiasRows,
        facet: str,
        sensitive: BoolArray,
        observed: BoolArray,
        predicted: BoolArray | None,
        groups: np.ndarray[tuple[int], np.dtype[np.intp]] | None,
        kept: BoolArray,
    ) -> FacetSample:
        if not kept.all():
            sensitive, observed = sensitive[kept], observed[kept]
            predicted = None if predicted is None else predicted[kept]
            groups = None if groups is None else groups[kept]
        if predicted is None:
            return FacetSample(sensitive, observed, None, groups)
        features = rows.features_without(facet)
        positive = predicted
        return FacetSample(
            sensitive, observed, predicted, groups, lambda: self.flips.count(features, kept, sensitive, positive)
        )

    def _present(self, rows: BiasRows, *, with_predictions: bool) -> BoolArray:
        present = self._noted(rows.label_name, rows.labels)
        if with_predictions and rows.predicted is not None:
            present = present & self._noted("predicted label", rows.predicted)
        return present

    def _facet_present(self, rows: BiasRows, name: str) -> BoolArray:
        return self._noted(name, rows.column(name, name)[1])

    def _noted(self, name: str, column: Column) -> BoolArray:
        if self.compatibility != CORRECTED:
            return np.ones(len(column), dtype=np.bool_)
        absent = missing(column)
        if absent.any():
            self.left_out[name] = int(np.count_nonzero(absent))
        return ~absent
