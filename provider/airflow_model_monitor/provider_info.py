"""What Airflow shows and checks about this provider: listings, links, asset addresses.

A leaf on purpose: Airflow calls it while it is still configuring itself, so it may import nothing of Airflow's.
"""

from __future__ import annotations

from typing import Any

_INTEGRATION = "Model Monitor"
_PACKAGE = "airflow_model_monitor"


def get_provider_info() -> dict[str, Any]:
    """Provider metadata in the shape of Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "airflow-model-monitor",
        "name": "Model Monitor",
        "description": "Model monitoring with the files and terms of Amazon SageMaker Model Monitor, on any machine.",
        "integrations": [
            {
                "integration-name": _INTEGRATION,
                "external-doc-url": "https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor.html",
                "tags": ["machine learning", "monitoring"],
            }
        ],
        "operators": [
            _modules(
                "operators.suggest_baseline",
                "operators.run_monitoring",
                "operators.upload_ground_truth",
                "operators.merge_ground_truth",
                "operators.find_revisable_windows",
                "operators.create_monitoring_schedule",
                "operators.update_monitoring_schedule",
                "operators.start_monitoring_schedule",
                "operators.stop_monitoring_schedule",
                "operators.delete_monitoring_schedule",
                "operators.list_due_schedules",
                "operators.run_scheduled_execution",
                "operators.collect_labelled_windows",
                "operators.compare_models",
                "operators.deploy_model",
                "operators.create_baseline_datasets",
                "operators.loosen_constraints",
                "operators.promote_baseline",
                "operators.retraining_guard",
                "operators.record_retraining",
                "operators.create_drift_alarm",
                "operators.delete_drift_alarm",
                "operators.update_monitoring_alert",
            ),
        ],
        "sensors": [
            _modules(
                "sensors.monitoring_execution",
                "sensors.violation",
                "sensors.ground_truth",
                "sensors.drift_alarm",
                "sensors.monitoring_alert",
            ),
        ],
        "triggers": [
            _modules(
                "triggers.execution_published",
                "triggers.labels_arrived",
                "triggers.alarm_message",
                "triggers.drift_alarm",
                "triggers.monitoring_execution",
                "triggers.processing_job",
                "triggers.monitoring_alert",
            ),
        ],
        "hooks": [
            _modules("hooks.model_monitor"),
        ],
        "notifications": [f"{_PACKAGE}.notifications.drift.DriftNotifier"],
        "extra-links": [
            f"{_PACKAGE}.links.report.ReportLink",
            f"{_PACKAGE}.links.monitoring_execution.MonitoringExecutionLink",
            f"{_PACKAGE}.links.processing_job.ProcessingJobLink",
            f"{_PACKAGE}.links.processing_job.ProcessingJobLogLink",
            f"{_PACKAGE}.links.monitoring_schedule.MonitoringScheduleLink",
        ],
        "asset-uris": [{"schemes": ["model-monitor"], "handler": f"{_PACKAGE}.assets.uri.sanitize_uri"}],
    }


def _modules(*names: str) -> dict[str, Any]:
    return {"integration-name": _INTEGRATION, "python-modules": [f"{_PACKAGE}.{name}" for name in names]}
