"""Evidently: the data summary of one file, or summary and drift from a second one. Run in an environment of its own."""

from __future__ import annotations

import sys

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset, DataSummaryPreset


def dataset(path: str) -> Dataset:
    frame = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path)
    return Dataset.from_pandas(frame, data_definition=DataDefinition())


current, *reference = [dataset(path) for path in sys.argv[1:]]
report = Report([DataSummaryPreset(), DataDriftPreset()] if reference else [DataSummaryPreset()])
print(len(report.run(current, *reference).json()))
