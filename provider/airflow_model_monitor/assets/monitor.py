"""What other DAGs may be scheduled on.

Assets are declared when a DAG is parsed and never made at run time: concurrent runs that mint one through an
``AssetAlias`` collide in Airflow's database. What a run found rides in the event's ``extra``
(:mod:`airflow_model_monitor.assets.events`).
"""

from __future__ import annotations

from airflow.sdk import Asset

from airflow_model_monitor.assets.uri import asset_uri


def baseline_asset(monitor: str) -> Asset:
    """The baseline of a monitor; updated by every ``SuggestBaselineOperator`` run that succeeds.

    :param monitor: name of the monitoring schedule.
    :raises ValueError: if ``monitor`` is no name SageMaker would accept for a monitoring schedule.
    """
    return _asset(monitor, "baseline")


def violations_asset(monitor: str) -> Asset:
    """The violations of a monitor; updated by every ``RunMonitoringOperator`` run that found some and succeeds.

    A quiet window updates nothing, so a DAG scheduled on this asset runs when there is something to do. Backfills
    update it too: look at ``run_type`` in the event's ``extra`` before retraining a model.

    :param monitor: name of the monitoring schedule.
    :raises ValueError: if ``monitor`` is no name SageMaker would accept for a monitoring schedule.
    """
    return _asset(monitor, "violations")


def ground_truth_asset(monitor: str) -> Asset:
    """The merged ground truth of a monitor; updated by every ``MergeGroundTruthOperator`` run that succeeds.

    The event's ``extra`` holds window, coverage, counts and what changed. Backfills update it too: look at
    ``run_type``. A window that was merged again without any change updates it as well; ``change["changed"]`` says so.

    :param monitor: name of the monitoring schedule.
    :raises ValueError: if ``monitor`` is no name SageMaker would accept for a monitoring schedule.
    """
    return _asset(monitor, "ground-truth")


def _asset(monitor: str, kind: str) -> Asset:
    uri = asset_uri(monitor, kind)
    return Asset(name=f"{monitor}/{kind}", uri=uri, group="model-monitor")
