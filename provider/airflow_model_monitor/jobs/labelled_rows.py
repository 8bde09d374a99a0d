"""Merged records as one table for training, a column per feature, and the label."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.clarify_inputs.monitored_records import RecordLayout, labelled_cells


@dataclass(frozen=True, slots=True)
class LabelledLayout:
    """Where features and label stand in merged records.

    :param headers: names of the features, in the order of a request
    :param label: what to call the label
    :param features_attribute: JMESPath of the features in a JSON request
    :param ground_truth_attribute: position or JMESPath of the label in the ground truth
    """

    headers: tuple[str, ...]
    label: str
    features_attribute: str | None = None
    ground_truth_attribute: str | None = None


def write_labelled_rows(
    urls: Sequence[str], layout: LabelledLayout, target: Path, *, storage_options: Mapping[str, Any] | None = None
) -> int:
    """Write CSV with a header: the features, then the label, one line per record in the order they were captured.

    :param urls: folders of merged records
    :param target: local file to write
    :returns: number of rows
    :raises ContractError: naming file and line of a record that is not as the layout says
    """
    if layout.label in layout.headers:
        raise ContractError(
            f"{layout.label!r} is a feature and the label", field="label", remedy="Leave one of them out"
        )
    config = AnalysisConfig(headers=(*layout.headers, layout.label), label=layout.label)
    # CSV ground truth is the label alone unless told otherwise; a name would be looked for as a path in it.
    records = RecordLayout(
        config, features=layout.features_attribute, label=layout.ground_truth_attribute, labelled=True
    )
    names, features, labels = labelled_cells(urls, records, storage_options=dict(storage_options or {}))
    with target.open("w", newline="", encoding="utf-8") as written:
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow((*names, layout.label))
        for row, label in zip(features, labels, strict=True):
            writer.writerow("" if cell is None else cell for cell in (*row, label))
    return len(labels)
