"""The monitors: what they are called, where they find and leave things, where their jobs run, what they compare."""

from __future__ import annotations

from typing import Any

from model_monitor_settings import SETTINGS as S

CONNECTED = {"aws_conn_id": S.connection}
MONITORS = {"DataQuality": S.name, "ModelQuality": f"{S.name}-quality"}
if S.bias:
    MONITORS["ModelBias"] = f"{S.name}-bias"
if S.attribution:
    MONITORS["ModelExplainability"] = f"{S.name}-attribution"

#: Where jobs run.
JOB: dict[str, Any] = {**CONNECTED, "runtime": S.runtime}
if S.runtime == "sagemaker":
    JOB |= {"role_arn": S.sagemaker.role_arn, "instance_type": S.sagemaker.instance_type}
    JOB |= {"deferrable": S.sagemaker.deferrable, "waiter_delay": S.sagemaker.waiter_delay}
    JOB |= {"image_uri": S.sagemaker.image} if S.sagemaker.image else {}

#: What the monitors of labelled data, and that of attributions, compare.
QUALITY = {"problem_type": "BinaryClassification"}
BIAS = {"label": S.label.name, "bias_config": S.bias and {
    "label_values_or_threshold": [1], "facet": [{"name_or_index": S.bias.facet}]
}}  # fmt: skip
SHAP = {"shap_config": S.attribution and {"baseline": [S.attribution.compare_with], "seed": 2013}}


def executions_of(monitoring_type: str) -> dict[str, Any]:
    """What finds a monitor's executions."""
    return {
        "monitoring_schedule_name": MONITORS[monitoring_type],
        "endpoint_name": S.endpoint,
        "output_uri": S.executions,
    }


def baseline_of(monitoring_type: str) -> str:
    """Where a monitor finds the baseline it uses."""
    return f"{S.baselines}/{MONITORS[monitoring_type]}"


def judged(monitoring_type: str) -> dict[str, Any]:
    """Where a monitor's jobs run, and whose behaviour they have."""
    if S.runtime == "worker" or S.sagemaker.image:
        return JOB
    if monitoring_type in ("ModelBias", "ModelExplainability"):
        return {**CONNECTED, "runtime": "worker"}  # AWS's Clarify image gets its data from SageMaker's schedules alone
    return {**JOB, "compatibility": "sagemaker"}  # AWS's images have the original's behaviour, bugs included
