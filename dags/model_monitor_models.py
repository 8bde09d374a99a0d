"""The model's versions: which there are, which serves, how one is asked, and how a new one is made."""

from __future__ import annotations

from typing import Any

from airflow.sdk import task
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

#: Below it every version, and which of them serves from when on.
MODELS = f"{S.models}/{S.name}"
#: On SageMaker: answers as the endpoint that is watched does, and captures nothing; there while it is asked.
ASKED = f"{S.endpoint}-asked"


def storage_options(url: str) -> dict[str, Any]:
    """What opens an address; called in tasks only."""
    return ModelMonitorHook(S.connection).storage_options(url)


def models() -> Any:
    """The versions; called in tasks only."""
    from airflow_model_monitor.service.model_versions import ModelVersions

    return ModelVersions(MODELS, storage_options(MODELS))


def asked_at(model_uri: str, endpoint: str = ASKED) -> dict[str, Any]:
    """How a model is asked: its file, or on SageMaker an endpoint, which answers class and probability.

    :param model_uri: the file's address, or a template for it
    """
    if S.runtime == "worker":
        return {"model_uri": model_uri}
    csv = {"content_type": "text/csv", "accept_type": "text/csv"}
    return {"endpoint_name": endpoint, "label": 0, "probability": 1, **csv}


@task
def champion() -> dict[str, Any]:
    """The model that serves."""
    version = models().serving()
    return {"model": {**asked_at(version.url_of()), "trained_on": version.about.get("trained_on")}}


def train_challenger(rows: Any) -> Any:
    """Tasks that end in another model: its ``version``, and how the ``model`` is asked.

    :param rows: what ``CollectLabelledWindowsOperator`` gathered
    """
    if S.runtime == "sagemaker":
        from model_monitor_sagemaker import train_on_sagemaker

        return train_on_sagemaker(rows)
    return retrain(rows)


@task
def retrain(rows: dict[str, Any]) -> dict[str, Any]:
    """Train a challenger; it is kept as a version, and serves nobody yet."""
    from model_monitor_training import train

    trained_on = {"start": rows["start"], "end": rows["end"]}
    content = train(rows["dataset"], S.label.name, storage_options(rows["dataset"]))
    version = models().add({"model.onnx": content}, {"rows": rows["dataset"], "trained_on": trained_on})
    return {"version": version.version, "model": {"model_uri": version.url_of(), "trained_on": trained_on}}
