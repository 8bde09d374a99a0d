"""whylogs: the profile of one file. Run by run.py in an environment of its own."""

from __future__ import annotations

import sys

import pandas as pd
import whylogs

path = sys.argv[1]
frame = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path)
print(len(whylogs.log(pandas=frame).view().to_pandas()))
