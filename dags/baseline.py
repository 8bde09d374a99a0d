"""From training data to the first model in service, and to the baselines its monitors compare with.

Runs when the training data's asset is updated, or by hand. Training data are labelled rows: ``training/rows.csv``, a
column per feature and one for the label; ``training/requests.csv`` holds the features of all requests, if not all of
them are labelled. Where they have columns for what was answered, baselines are made of that, else of what the model
says. Where a model is at hand already, ``training/model.onnx`` is used; on SageMaker that is the endpoint.
"""

from __future__ import annotations

from airflow.sdk import DAG, task
from model_monitor_deployment import put_in_service
from model_monitor_models import models, storage_options
from model_monitor_schedules import RETRIED, TRAINING_DATA
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor._compat import AirflowFailException

with DAG(
    "baseline",
    schedule=[TRAINING_DATA],
    catchup=False,
    default_args=RETRIED,
    tags=["model-monitor", "example"],
    doc_md=__doc__,
):

    @task
    def first_model() -> dict[str, str]:
        """The model as it is at hand, else one that is trained now; kept as a version of the registry."""
        import json

        from model_monitor_training import train

        from airflow_model_monitor.service.folder import Folder

        rows, options = f"{S.training}/rows.csv", storage_options(S.training)
        requests = f"{S.training}/requests.csv" if Folder(S.training, options).digest("requests.csv") else ""
        if S.runtime == "sagemaker":
            name, content = "sagemaker.json", json.dumps({"EndpointName": S.endpoint}).encode()
        else:
            name, content = "model.onnx", Folder(S.training, options).read_if_there("model.onnx")
        answers = (S.answer.prediction, S.answer.probability)
        # It has seen no captured window: what it was trained on is older than all of them, or unknown.
        version = models().add({name: content or train(rows, S.label.name, options, answers)}, {"rows": rows})
        served = [one.version for one in models().deployments()]
        if version.version in served[:-1] and version.version != served[-1]:
            raise AirflowFailException(f"{version.version} served before and was replaced; train on other rows")
        return {
            "version": version.version,
            "rows": rows,
            "requests": requests,
            "since": "",
            "reason": "the first model",
        }

    put_in_service(first_model(), answers_already=True)
