"""Assets carry their monitor in their address and refuse what no monitor may be called."""

from __future__ import annotations

import pytest
from airflow.sdk import Asset

from airflow_model_monitor.assets import baseline_asset, ground_truth_asset, violations_asset


def test_assets_of_a_monitor() -> None:
    assert baseline_asset("churn").uri == "model-monitor://churn/baseline"
    assert violations_asset("churn").uri == "model-monitor://churn/violations"
    assert ground_truth_asset("churn").uri == "model-monitor://churn/ground-truth"
    assert violations_asset("churn") == violations_asset("churn")


@pytest.mark.parametrize("name", ["", "-churn", "churn_v2", "a" * 64, "churn/../x", "{{ params.monitor }}"])
def test_refuses_names_that_sagemaker_would_refuse(name: str) -> None:
    with pytest.raises(ValueError, match="monitor"):
        violations_asset(name)


def test_a_template_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="fixed when the DAG is parsed"):
        violations_asset("{{ params.monitor }}")


@pytest.mark.parametrize("uri", ["model-monitor://churn/", "model-monitor://churn/else", "model-monitor://_/baseline"])
def test_airflow_refuses_other_addresses_with_our_scheme(uri: str) -> None:
    with pytest.raises(ValueError, match="model-monitor://"):
        Asset(name="other", uri=uri)
