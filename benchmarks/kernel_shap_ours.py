"""One measured process of this project's Kernel SHAP. Run by kernel_shap.py; prints one JSON object."""

from __future__ import annotations

import json
import sys
import time

import kernel_shap_cases
import numpy as np

from airflow_model_monitor.analysis.feature_table import FeatureTable
from airflow_model_monitor.analysis.kernel_shap import KernelShap

rows, features, samples, seed, compatibility, target = sys.argv[1:]
case = kernel_shap_cases.Case(int(rows), int(features), int(samples))
model = kernel_shap_cases.Counted(case.features)
names = tuple(f"f{i}" for i in range(case.features))
table, baseline = (FeatureTable(names, tuple(x.T)) for x in kernel_shap_cases.data(case))

start = time.perf_counter()
shap = KernelShap(
    lambda asked: model(asked.matrix()),
    baseline,
    num_samples=case.samples,
    seed=int(seed),
    compatibility=compatibility,
)
values = np.concatenate([local.values[:, 0] for local in shap.explain([table])])
seconds = time.perf_counter() - start

np.save(target, values)
print(json.dumps({"seconds": seconds, "evaluations": model.rows}))
