"""AWS's SDK as it is installed in this environment: what both of its majors have, by the names of its documentation.

Version 2 keeps the monitors under ``sagemaker.model_monitor``, version 3 under ``sagemaker.core.model_monitor``.
"""

from __future__ import annotations

from importlib.metadata import version

MAJOR = int(version("sagemaker").split(".", maxsplit=1)[0])

if MAJOR == 2:
    from sagemaker import Session
    from sagemaker.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
    from sagemaker.model_monitor import (
        BatchTransformInput,
        BiasAnalysisConfig,
        Constraints,
        CronExpressionGenerator,
        DataCaptureConfig,
        DefaultModelMonitor,
        EndpointInput,
        ExplainabilityAnalysisConfig,
        ModelBiasMonitor,
        ModelExplainabilityMonitor,
        ModelMonitor,
        ModelQualityMonitor,
        MonitoringExecution,
        MonitoringOutput,
        Statistics,
    )
    from sagemaker.model_monitor.data_quality_monitoring_config import (
        DataQualityDistributionConstraints,
        DataQualityMonitoringConfig,
    )
    from sagemaker.model_monitor.dataset_format import DatasetFormat, MonitoringDatasetFormat
    from sagemaker.network import NetworkConfig
    from sagemaker.s3 import S3Downloader, S3Uploader
else:
    from sagemaker.core.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.core.model_monitor import (
        BatchTransformInput,
        BiasAnalysisConfig,
        Constraints,
        CronExpressionGenerator,
        DataCaptureConfig,
        DataQualityDistributionConstraints,
        DataQualityMonitoringConfig,
        DatasetFormat,
        DefaultModelMonitor,
        EndpointInput,
        ExplainabilityAnalysisConfig,
        ModelBiasMonitor,
        ModelExplainabilityMonitor,
        ModelMonitor,
        ModelQualityMonitor,
        MonitoringDatasetFormat,
        MonitoringExecution,
        MonitoringOutput,
        Statistics,
    )
    from sagemaker.core.network import NetworkConfig
    from sagemaker.core.s3 import S3Downloader, S3Uploader

__all__ = [
    "MAJOR",
    "BatchTransformInput",
    "BiasAnalysisConfig",
    "BiasConfig",
    "Constraints",
    "CronExpressionGenerator",
    "DataCaptureConfig",
    "DataConfig",
    "DataQualityDistributionConstraints",
    "DataQualityMonitoringConfig",
    "DatasetFormat",
    "DefaultModelMonitor",
    "EndpointInput",
    "ExplainabilityAnalysisConfig",
    "ModelBiasMonitor",
    "ModelConfig",
    "ModelExplainabilityMonitor",
    "ModelMonitor",
    "ModelPredictedLabelConfig",
    "ModelQualityMonitor",
    "MonitoringDatasetFormat",
    "MonitoringExecution",
    "MonitoringOutput",
    "NetworkConfig",
    "S3Downloader",
    "S3Uploader",
    "SHAPConfig",
    "Session",
    "Statistics",
]
