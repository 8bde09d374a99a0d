"""The folders, files and variables a training container finds, here below a folder of the job instead of ``/opt/ml``.

A program finds them by the variables that SageMaker's training toolkit sets (``SM_CHANNEL_TRAINING``, ``SM_MODEL_DIR``,
``SM_HPS``, …); one that has ``/opt/ml`` written into it cannot be moved.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airflow_model_monitor.contract.processing_job import ProcessingInput

_HOST: Final = "algo-1"
_GROUP: Final = "homogeneousCluster"


@dataclass(frozen=True, slots=True)
class TrainingFolders:
    """What stands for ``/opt/ml``.

    :param root: the folder itself
    """

    root: Path

    @property
    def config(self) -> Path:
        """Three JSON files about the job."""
        return self.root / "input" / "config"

    @property
    def data(self) -> Path:
        """A folder for each channel."""
        return self.root / "input" / "data"

    @property
    def model(self) -> Path:
        """What becomes ``model.tar.gz``."""
        return self.root / "model"

    @property
    def output(self) -> Path:
        """What becomes ``output.tar.gz``."""
        return self.root / "output" / "data"

    @property
    def failure(self) -> Path:
        """Why the program failed, if it says so."""
        return self.root / "output" / "failure"


def channels(request: Mapping[str, Any]) -> tuple[ProcessingInput, ...]:
    """The request's channels as what they are: inputs from S3.

    :raises ValueError: a channel that is not of S3, or two of the same name
    """
    found = tuple(_channel(one, request) for one in request.get("InputDataConfig") or ())
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise ValueError(f"InputDataConfig: the channel names {', '.join(names)} are not unique")
    return found


def lay_out(folders: TrainingFolders, request: Mapping[str, Any]) -> None:
    """Make the folders, and write what the container is told in files."""
    for folder in (folders.config, folders.model, folders.output):
        folder.mkdir(parents=True)
    for channel in channels(request):
        (folders.data / channel.name).mkdir(parents=True)
    files = {
        "hyperparameters.json": request.get("HyperParameters") or {},
        "inputdataconfig.json": _input_data_config(request),
        "resourceconfig.json": _resource_config(request),
    }
    for name, document in files.items():
        (folders.config / name).write_text(json.dumps(document), encoding="utf-8")


def training_variables(folders: TrainingFolders, request: Mapping[str, Any]) -> dict[str, str]:
    """What the container is told in variables; those of the request's ``Environment`` first."""
    hyperparameters = {name: _parsed(text) for name, text in (request.get("HyperParameters") or {}).items()}
    names = [channel.name for channel in channels(request)]
    told: dict[str, Any] = {
        "SM_INPUT_DIR": folders.root / "input",
        "SM_INPUT_CONFIG_DIR": folders.config,
        "SM_CHANNELS": names,
        **{f"SM_CHANNEL_{name.upper()}": folders.data / name for name in names},
        "SM_MODEL_DIR": folders.model,
        "SM_OUTPUT_DIR": folders.root / "output",
        "SM_OUTPUT_DATA_DIR": folders.output,
        "SM_HPS": hyperparameters,
        **{f"SM_HP_{name.upper()}": value for name, value in hyperparameters.items()},
        "SM_INPUT_DATA_CONFIG": _input_data_config(request),
        "SM_RESOURCE_CONFIG": _resource_config(request),
        "SM_HOSTS": [_HOST],
        "SM_CURRENT_HOST": _HOST,
        "SM_NUM_CPUS": os.cpu_count() or 1,
        "SM_NUM_GPUS": 0,
        "TRAINING_JOB_NAME": request["TrainingJobName"],
        "TRAINING_JOB_ARN": request["TrainingJobArn"],
    }
    return {**(request.get("Environment") or {}), **{name: _text(value) for name, value in told.items()}}


def _channel(stated: Mapping[str, Any], request: Mapping[str, Any]) -> ProcessingInput:
    name = stated["ChannelName"]
    source = (stated.get("DataSource") or {}).get("S3DataSource")
    if source is None:
        raise ValueError(f"InputDataConfig: the channel {name!r} is not of S3, which is all the local SageMaker reads")
    mode = stated.get("InputMode") or _algorithm(request).get("TrainingInputMode") or "File"
    return ProcessingInput(
        name=name,
        uri=source["S3Uri"],
        local_path=f"/opt/ml/input/data/{name}",
        data_type=source["S3DataType"],
        # FastFile is File whose bytes come when they are read.
        input_mode="File" if mode == "FastFile" else mode,
        distribution_type=source.get("S3DataDistributionType") or "FullyReplicated",
        compression_type=stated.get("CompressionType") or "None",
    )


def _input_data_config(request: Mapping[str, Any]) -> dict[str, Any]:
    told = {}
    for stated, channel in zip(request.get("InputDataConfig") or (), channels(request)):
        told[channel.name] = {
            "TrainingInputMode": stated.get("InputMode") or _algorithm(request).get("TrainingInputMode"),
            "S3DistributionType": channel.distribution_type,
            "RecordWrapperType": stated.get("RecordWrapperType") or "None",
            **({"ContentType": stated["ContentType"]} if stated.get("ContentType") else {}),
        }
    return told


def _resource_config(request: Mapping[str, Any]) -> dict[str, Any]:
    kind = (request.get("ResourceConfig") or {}).get("InstanceType")
    group = {"instance_group_name": _GROUP, "instance_type": kind, "hosts": [_HOST]}
    return {
        "current_host": _HOST,
        "current_instance_type": kind,
        "current_group_name": _GROUP,
        "hosts": [_HOST],
        "instance_groups": [group],
        "network_interface_name": "lo",
    }


def _algorithm(request: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = request.get("AlgorithmSpecification") or {}
    return found


def _parsed(text: str) -> Any:
    """A hyperparameter as the toolkit reads it: JSON where it is JSON, else a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, Path) else json.dumps(value)
