"""What the example DAGs share: the monitors by name, and how a model is put in service with baselines of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, AssetWatcher, task, task_group
from airflow.timetables.interval import CronDataIntervalTimetable
from model_monitor_settings import SETTINGS

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.monitor import violations_asset
from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
from airflow_model_monitor.operators.promote_baseline import PromoteBaselineOperator
from airflow_model_monitor.operators.suggest_baseline import SuggestBaselineOperator

S = SETTINGS
CONNECTED = {"aws_conn_id": S.connection}
#: Which retrainings there were, and how each ended.
LEDGER = {"ledger_uri": S.retrainings, **CONNECTED}
#: Where jobs run; the merge's arguments.
JOB: dict[str, Any] = {**CONNECTED, "runtime": S.runtime}
if S.runtime == "sagemaker":
    JOB |= {"role_arn": S.sagemaker.role_arn, "instance_type": S.sagemaker.instance_type, "deferrable": True}
    JOB |= {"image_uri": S.sagemaker.image} if S.sagemaker.image else {}
TRAINING_DATA = Asset("model-monitor-training-data", uri=f"model-monitor-training://{S.name}/rows")
MONITORS = {"DataQuality": S.name, "ModelQuality": f"{S.name}-quality"}
if S.bias:
    MONITORS["ModelBias"] = f"{S.name}-bias"
if S.attribution:
    MONITORS["ModelExplainability"] = f"{S.name}-attribution"

#: What may be a reason to retrain: violations, and alarms where a queue is named.
FINDINGS: Any = violations_asset(MONITORS["DataQuality"]) | violations_asset(MONITORS["ModelQuality"])
if S.alarm and S.alarm.queue_url:
    from airflow_model_monitor.triggers.alarm_message import AlarmMessageTrigger

    ALARMS = Asset(
        "model-monitor-alarms",
        watchers=[
            AssetWatcher("queue", AlarmMessageTrigger(queue_url=S.alarm.queue_url, aws_conn_id=S.connection)),
        ],
    )
    FINDINGS = FINDINGS | ALARMS
#: A worker or a scheduler may die; every task may be repeated.
RETRIED = {"retries": 2, "retry_delay": timedelta(seconds=20)}
#: One DAG run per window; named, because a plain cron string gives runs an empty interval in Airflow 3.
EVERY_WINDOW = CronDataIntervalTimetable(S.windows.schedule, timezone="UTC")
WINDOWED: dict[str, Any] = {
    "start_date": S.windows.start,
    "end_date": S.windows.end,
    "catchup": False,
    "default_args": RETRIED,
    "tags": ["model-monitor", "example"],
}
#: Where things stand in labelled data, and how a class is compared with a label.
QUALITY = {"problem_type": "BinaryClassification"}
BIAS = {"label": S.label.name, "bias_config": S.bias and {
    "label_values_or_threshold": [1], "facet": [{"name_or_index": S.bias.facet}]
}}  # fmt: skip
SHAP = {"shap_config": S.attribution and {"baseline": [S.attribution.compare_with], "seed": 2013}}


def baseline_of(monitoring_type: str) -> str:
    """Where a monitor finds the baseline it uses."""
    return f"{S.baselines}/{MONITORS[monitoring_type]}"


def judged(monitoring_type: str) -> dict[str, Any]:
    """Where a monitor's jobs run."""
    if S.runtime == "worker" or S.sagemaker.image:
        return JOB
    if monitoring_type in ("ModelBias", "ModelExplainability"):
        return {**CONNECTED, "runtime": "worker"}  # AWS's Clarify image gets its data from SageMaker's schedules alone
    return {**JOB, "compatibility": "sagemaker"}  # AWS's images have the original's behaviour, bugs included


def asked_at(model_uri: str) -> dict[str, Any]:
    """How a model is asked: its file, or on SageMaker the endpoint, which answers class and probability.

    :param model_uri: the file's address, or a template for it
    """
    if S.runtime == "worker":
        return {"model_uri": model_uri}
    csv = {"content_type": "text/csv", "accept_type": "text/csv"}
    return {"endpoint_name": S.endpoint, "label": 0, "probability": 1, **csv}


def models() -> Any:
    """The model's versions; called in tasks only."""
    from airflow_model_monitor.service.model_versions import ModelVersions

    url = f"{S.models}/{S.name}"
    return ModelVersions(url, ModelMonitorHook(S.connection).storage_options(url))


def storage_options(url: str) -> dict[str, Any]:
    """What opens an address; called in tasks only."""
    return ModelMonitorHook(S.connection).storage_options(url)


@task
def deploy(candidate: dict[str, str]) -> dict[str, str]:
    """Requests go to this version from now on. A repeated task finds what the first one did."""
    from airflow_model_monitor.service.windows import iso

    registry, since = models(), None
    version = registry.get(candidate["version"])
    history = registry.deployments()
    if history and history[-1].version == version.version:
        since = history[-1].since
    else:
        if candidate["since"] == "first" and version.version in {one.version for one in history}:
            raise AirflowFailException(f"{version.version} served before and was replaced; train on other rows")
        if candidate["since"] not in ("", "first"):
            since = datetime.fromisoformat(candidate["since"])
        elif history or not candidate["since"]:
            since = datetime.now(UTC)
        registry.deploy(version.version, since=since, reason=candidate["reason"])
    folder = f"{S.training}/{version.version}"
    return {
        "model": version.url_of(),
        "rows": candidate["rows"],
        "requests": candidate["requests"],
        "folder": folder,
        "since": "" if since is None else iso(since),
        "reason": candidate["reason"],
    }


@task
def answers(serving: dict[str, str]) -> dict[str, str]:
    """What the model says of the rows it was trained on: the datasets the baselines are made of."""
    import tempfile
    from pathlib import Path

    from airflow_model_monitor.contract.predictor_config import PredictorConfig
    from airflow_model_monitor.jobs.baseline_datasets import AnswerColumns, write_baseline_datasets
    from airflow_model_monitor.jobs.predictors.opening import Access
    from airflow_model_monitor.service.folder import Folder

    columns = AnswerColumns(S.answer.prediction, S.answer.probability, S.label.name, S.answer.decimals)
    options = storage_options(serving["rows"])
    with tempfile.TemporaryDirectory() as scratch:
        model = PredictorConfig(**asked_at(serving["model"]))
        access = Access(ModelMonitorHook(S.connection), storage_options=storage_options(serving["model"]))
        local = Path(scratch)
        write_baseline_datasets(
            serving["rows"],
            model,
            columns,
            local,
            requests=serving["requests"] or None,
            storage_options=options,
            access=access,
        )
        target = Folder(serving["folder"], storage_options(serving["folder"]))
        for file in sorted(local.iterdir()):
            target.upload(file.name, file)
    return serving


@task
def allow_for_chance(suggested: dict[str, str]) -> None:
    """Let the thresholds of model quality give way: windows differ, and the model knows its training data.

    People edit the plain file in the same way. What was suggested stays as it is, so a repeated task edits it once.
    """
    import json
    import tempfile
    from pathlib import Path

    from airflow_model_monitor.service.folder import Folder

    options = storage_options(suggested["baseline_url"])
    document = json.loads(Folder(suggested["execution_url"], options).read("constraints.json"))
    for constraint in document["binary_classification_constraints"].values():
        at_least = constraint["comparison_operator"] == "LessThanThreshold"
        constraint["threshold"] += -S.quality.margin if at_least else S.quality.margin
    with tempfile.NamedTemporaryFile() as local:
        local.write(json.dumps(document, indent=2).encode())
        local.flush()
        Folder(suggested["baseline_url"], options).upload("constraints.json", Path(local.name))


@task_group
def put_in_service(candidate: Any, answers_already: bool = False) -> None:
    """Deploy a model, and give every monitor a baseline of what it was trained on and what it says of that.

    :param candidate: ``version`` in the registry, ``rows`` it was trained on, ``requests`` of that time if there were
        more, ``since`` when it serves (empty: from now on; ``first``: from the beginning), ``reason``
    :param answers_already: on SageMaker: the endpoint is as it is to be
    """
    if S.runtime == "sagemaker" and not answers_already:
        from model_monitor_sagemaker import update_endpoint

        candidate = update_endpoint(candidate)

    made = answers(deploy(candidate))

    def said(key: str) -> str:
        return "{{ ti.xcom_pull(task_ids='put_in_service.answers')['" + key + "'] }}"

    answer = {"inference_attribute": S.answer.prediction, "probability_attribute": S.answer.probability}
    csv = {"csv": {"header": True}}
    suggestions: dict[str, dict[str, Any]] = {
        "DataQuality": {"dataset_format": {"csv": {"header": True, "output_columns_position": "START"}}},
        "ModelQuality": {"dataset_format": csv, "ground_truth_attribute": S.label.name, **answer, **QUALITY},
        "ModelBias": {
            "dataset_format": csv,
            "headers": [*S.request.features, S.answer.prediction, S.label.name],
            "inference_attribute": S.answer.prediction,
            **BIAS,
        },
        "ModelExplainability": {
            "dataset_format": csv,
            "headers": S.request.features,
            "model_config": {**asked_at(said("model")), "label_headers": [S.label.name]},
            **SHAP,
        },
    }
    files = {"DataQuality": "data", "ModelQuality": "quality", "ModelBias": "bias", "ModelExplainability": "requests"}
    for kind, monitor in MONITORS.items():
        names = {"monitoring_schedule_name": monitor, "monitoring_type": kind}
        candidate_uri = said("folder") + f"/baselines/{monitor}"
        suggest = SuggestBaselineOperator(
            task_id=f"suggest_{files[kind]}",
            dataset=said("folder") + f"/{files[kind]}.csv",
            baseline_uri=candidate_uri,
            **names,
            **suggestions[kind],
            **judged(kind),
        )
        promote = PromoteBaselineOperator(
            task_id=f"promote_{files[kind]}",
            candidate_uri=candidate_uri,
            baseline_uri=baseline_of(kind),
            effective_from=said("since"),
            reason=said("reason"),
            **names,
            **CONNECTED,
        )
        made >> suggest >> promote
        if kind == "ModelQuality":
            allow_for_chance(suggest.output) >> promote
