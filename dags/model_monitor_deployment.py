"""A model goes into service, and every monitor gets a baseline of what it was trained on and what it says of that."""

from __future__ import annotations

from typing import Any

from airflow.sdk import task_group
from model_monitor_models import MODELS, asked_at
from model_monitor_monitors import BIAS, CONNECTED, MONITORS, QUALITY, SHAP, baseline_of, judged
from model_monitor_settings import SETTINGS as S

from airflow_model_monitor.operators.create_baseline_datasets import CreateBaselineDatasetsOperator
from airflow_model_monitor.operators.deploy_model import DeployModelOperator
from airflow_model_monitor.operators.loosen_constraints import LoosenConstraintsOperator
from airflow_model_monitor.operators.promote_baseline import PromoteBaselineOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator


def said(task: str, key: str) -> str:
    """What a task of the group returned."""
    return "{{ ti.xcom_pull(task_ids='put_in_service." + task + "')['" + key + "'] or '' }}"


FOLDER = f"{S.training}/{said('deploy', 'version')}"
ANSWER = {"inference_attribute": S.answer.prediction, "probability_attribute": S.answer.probability}
CSV = {"csv": {"header": True}}
#: Of which dataset each monitor's baseline is made, and how it is read.
SUGGESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "DataQuality": ("data", {"dataset_format": {"csv": {"header": True, "output_columns_position": "START"}}}),
    "ModelQuality": ("quality", {"dataset_format": CSV, "ground_truth_attribute": S.label.name, **ANSWER, **QUALITY}),
    "ModelBias": (
        "bias",
        {
            "dataset_format": CSV,
            "headers": [*S.request.features, S.answer.prediction, S.label.name],
            "inference_attribute": S.answer.prediction,
            **BIAS,
        },
    ),
    "ModelExplainability": (
        "requests",
        {
            "dataset_format": CSV,
            "headers": S.request.features,
            "model_config": {**asked_at(said("deploy", "model_uri")), "label_headers": [S.label.name]},
            **SHAP,
        },
    ),
}


@task_group
def put_in_service(candidate: Any, answers_already: bool = False) -> None:
    """Deploy a model, ask it about the rows it was trained on, and make baselines of its answers.

    :param candidate: ``version`` in the registry, ``rows`` it was trained on, ``requests`` of that time if there were
        more, ``since`` when it serves (empty: from now on, the first from the beginning), ``reason``
    :param answers_already: on SageMaker: the endpoint is as it is to be
    """
    if S.runtime == "sagemaker" and not answers_already:
        from model_monitor_sagemaker import update_endpoint

        candidate = update_endpoint(candidate)
    deploy = DeployModelOperator(
        task_id="deploy",
        models_uri=MODELS,
        version=candidate["version"],
        effective_from=candidate["since"],
        reason=candidate["reason"],
        **CONNECTED,
    )
    answers = CreateBaselineDatasetsOperator(
        task_id="answers",
        dataset=candidate["rows"],
        requests=candidate["requests"],
        model=asked_at(said("deploy", "model_uri")),
        dataset_uri=FOLDER,
        label=S.label.name,
        prediction=S.answer.prediction,
        probability=S.answer.probability,
        decimals=S.answer.decimals,
        **CONNECTED,
    )
    deploy >> answers
    suggested = []
    for kind, monitor in MONITORS.items():
        data, suggestion = SUGGESTIONS[kind]
        names = {"monitoring_schedule_name": monitor, "monitoring_type": kind}
        proposal = f"{FOLDER}/baselines/{monitor}"
        suggest = SuggestBaselineOperator(
            task_id=f"suggest_{data}",
            dataset=said("answers", data),
            baseline_uri=proposal,
            **names,
            **suggestion,
            **judged(kind),
        )
        promote = PromoteBaselineOperator(
            task_id=f"promote_{data}",
            candidate_uri=proposal,
            baseline_uri=baseline_of(kind),
            effective_from=said("deploy", "effective_from"),
            reason=candidate["reason"],
            **names,
            **CONNECTED,
        )
        answers >> suggest >> promote
        suggested.append(suggest)
        if kind == "ModelQuality":
            # Windows differ, and the model knows its training data.
            allow = LoosenConstraintsOperator(
                task_id="allow_for_chance", baseline_uri=proposal, margin=S.quality.margin, **CONNECTED
            )
            suggest >> allow >> promote
    if S.runtime == "sagemaker":
        from model_monitor_asked import ask_beside

        ask_beside(deploy, answers, suggested)
