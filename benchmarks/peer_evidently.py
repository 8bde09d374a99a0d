"""Evidently: the data summary of one file. Run by run.py in an environment of its own."""

from __future__ import annotations

import sys

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataSummaryPreset

path = sys.argv[1]
frame = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path)
report = Report([DataSummaryPreset()])
print(len(report.run(Dataset.from_pandas(frame, data_definition=DataDefinition())).json()))
