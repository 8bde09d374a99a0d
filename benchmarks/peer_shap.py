"""shap: KernelExplainer without feature selection. Run by kernel_shap.py in an environment of its own."""

from __future__ import annotations

import json
import sys
import time

import kernel_shap_cases
import numpy as np
import shap

rows, features, samples, seed, _, target = sys.argv[1:]
case = kernel_shap_cases.Case(int(rows), int(features), int(samples))
model = kernel_shap_cases.Counted(case.features)
table, baseline = kernel_shap_cases.data(case)

np.random.seed(int(seed))
start = time.perf_counter()
explainer = shap.KernelExplainer(model, baseline)
values = explainer.shap_values(table, nsamples=case.samples, l1_reg=False, silent=True)
seconds = time.perf_counter() - start

np.save(target, values)
print(json.dumps({"seconds": seconds, "evaluations": model.rows}))
