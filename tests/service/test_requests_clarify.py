"""Requests of the Clarify monitors, and the configuration that goes with them, against recordings of AWS's SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.processing_job import ProcessingJobRequest, ProcessingNetwork
from airflow_model_monitor.service.clarify_attributes import ClarifyAttributes
from airflow_model_monitor.service.clarify_config import (
    ClarifyAnalysis,
    baseline_document,
    checked_config,
    dataset_type_of,
    monitor_document,
)
from airflow_model_monitor.service.config_store import keep_config
from airflow_model_monitor.service.requests_clarify import baseline_request, monitoring_request
from airflow_model_monitor.service.sagemaker_job import SageMakerJob
from airflow_model_monitor.service.windows import Window

START = datetime(2026, 1, 2, 2, tzinfo=UTC)
HOUR = Window(START, START + timedelta(hours=1))
ROLE = "arn:aws:iam::111122223333:role/service-role/MonitorRole"
KEY = "arn:aws:kms:us-west-2:111122223333:key"
ON_SAGEMAKER = SageMakerJob(role_arn=ROLE, region="us-west-2")
IN_FULL = SageMakerJob(
    role_arn=ROLE,
    region="us-west-2",
    instance_type="ml.m5.2xlarge",
    instance_count=2,
    volume_size_gb=50,
    volume_kms_key=f"{KEY}/11111111-1111-1111-1111-111111111111",
    output_kms_key=f"{KEY}/22222222-2222-2222-2222-222222222222",
    max_runtime_in_seconds=1800,
    network=ProcessingNetwork(("sg-0123",), ("subnet-a", "subnet-b"), False, True),
    tags={"team": "risk"},
)
DATA: dict[str, Any] = {"headers": ["label", "age", "income"], "label": "label"}
BIAS = {
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "age", "value_or_threshold": [40]}],
    "group_variable": "income",
}
SHAP = {
    "use_logit": False,
    "save_local_shap_values": False,
    "baseline": [[40, 20]],
    "num_samples": 100,
    "agg_method": "mean_abs",
}
MODEL: dict[str, Any] = {
    "model_name": "churn-model",
    "instance_type": "ml.m5.xlarge",
    "initial_instance_count": 1,
    "accept_type": "text/csv",
    "content_type": "text/csv",
}
Document = dict[str, Any]


def bias(model: Document, **further: Any) -> Document:
    return baseline_document(
        "MODEL_BIAS", dataset_type="text/csv", **DATA, bias=BIAS, predictor={**MODEL, **model}, **further
    )


def shap(**model: Any) -> Document:
    return baseline_document(
        "MODEL_EXPLAINABILITY", dataset_type="text/csv", **DATA, shap=SHAP, predictor={**MODEL, **model}
    )


BASELINES: dict[str, tuple[Document, str, SageMakerJob]] = {
    "mb_baseline_minimal": (bias({}), "mb-baseline-1", ON_SAGEMAKER),
    "mb_baseline_full": (bias({"label": "predicted", "label_headers": ["churn"]}), "mb-baseline-full", IN_FULL),
    "mb_schedule_after_baseline": (
        bias({"probability": 0}, probability_threshold=0.7),
        "mb-baseline-seq",
        ON_SAGEMAKER,
    ),
    "me_baseline_minimal": (shap(), "me-baseline-1", ON_SAGEMAKER),
    "me_baseline_full": (shap(label=0, label_headers=["churn"]), "me-baseline-full", IN_FULL),
    "me_schedule_after_baseline": (shap(), "me-baseline-seq", ON_SAGEMAKER),
}
MONITORS: dict[str, tuple[ClarifyAnalysis, Document]] = {
    "mb_schedule_after_baseline": ("MODEL_BIAS", monitor_document("MODEL_BIAS", **DATA, bias=BIAS)),
    "mb_schedule_config_object": ("MODEL_BIAS", monitor_document("MODEL_BIAS", **DATA, bias=BIAS)),
    "me_schedule_after_baseline": (
        "MODEL_EXPLAINABILITY",
        monitor_document("MODEL_EXPLAINABILITY", **DATA, shap=SHAP, predictor=MODEL),
    ),
}


@pytest.fixture
def recorded(recordings: Path) -> Callable[[str, str], list[Any]]:
    """The calls of one operation in a recording."""

    def calls(name: str, operation: str) -> list[Any]:
        found = json.loads((recordings / f"{name}.json").read_text())["calls"]
        return [call for call in found if call["operation"] == operation]

    return calls


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_asked_for_as_recorded(recorded: Callable[[str, str], list[Any]], name: str) -> None:
    document, job_name, where = BASELINES[name]
    (call,) = recorded(name, "CreateProcessingJob")
    upload = recorded(name, "PutObject")[0]
    stated = upload["api_params"]
    request = baseline_request(
        job_name=job_name,
        dataset="s3://ml-bucket/churn/train/baseline.csv",
        config_uri=f"s3://{stated['Bucket']}/{stated['Key']}",
        output_uri="s3://ml-bucket/clarify/out",
        environment={"MY_FLAG": "1"} if "Environment" in call["api_params"] else {},
    )
    assert where.applied_to(request).to_api(app_managed=False) == call["api_params"]
    assert ProcessingJobRequest.from_api(call["api_params"]).to_api(app_managed=False) == call["api_params"]
    assert document == upload["body_json"]


@pytest.mark.parametrize("name", BASELINES)
def test_the_uploaded_file_says_what_was_recorded(recorded: Callable[[str, str], list[Any]], name: str) -> None:
    analysis: ClarifyAnalysis = "MODEL_BIAS" if name.startswith("mb") else "MODEL_EXPLAINABILITY"
    config = checked_config(BASELINES[name][0], analysis, "job")
    assert json.loads(config.to_json()) == recorded(name, "PutObject")[0]["body_json"]


def test_every_recording_of_a_baseline_is_compared(recordings: Path) -> None:
    assert {path.stem for path in recordings.glob("m[be]_baseline_*.json")} <= set(BASELINES)


@pytest.mark.parametrize("name", MONITORS)
def test_a_monitors_file_says_what_was_recorded(recorded: Callable[[str, str], list[Any]], name: str) -> None:
    analysis, document = MONITORS[name]
    config = checked_config(document, analysis, "monitor")
    assert json.loads(config.to_json()) == document == recorded(name, "PutObject")[-1]["body_json"]


def monitoring(analysis: ClarifyAnalysis = "MODEL_BIAS", **arguments: Any) -> ProcessingJobRequest:
    source = {} if analysis == "MODEL_BIAS" else {"captured_data_uri": "s3://b/capture/"}
    arguments = {
        "monitor": "hourly",
        "window": HOUR,
        "endpoint": "churn",
        "output_uri": "s3://b/reports/",
        "config_uri": "s3://b/reports/_configs/1/analysis_config.json",
        "attributes": ClarifyAttributes(inference_attribute="0"),
        "baseline_constraints": "s3://b/baseline/analysis.json",
        **source,
        **arguments,
    }
    return monitoring_request(analysis=analysis, **arguments)


@pytest.mark.parametrize(
    ("analysis", "data", "name"),
    [
        ("MODEL_BIAS", "reports/merge/churn/AllTraffic/2026/01/02/02", "model-bias-monitoring"),
        ("MODEL_EXPLAINABILITY", "capture/churn/AllTraffic/2026/01/02/02", "model-explainability-monitoring"),
    ],
)
def test_an_execution_reads_the_window(analysis: ClarifyAnalysis, data: str, name: str) -> None:
    request = monitoring(analysis)
    assert [(one.uri, one.local_path) for one in request.inputs] == [
        (f"s3://b/{data}", "/opt/ml/processing/input/data/churn/AllTraffic/2026/01/02/02"),
        ("s3://b/reports/_configs/1/analysis_config.json", "/opt/ml/processing/input/config"),
        ("s3://b/baseline/analysis.json", "/opt/ml/processing/baseline/constraints"),
    ]
    assert request.outputs[0].uri == "s3://b/reports/churn/hourly/2026/01/02/03"
    assert request.job_name.startswith(f"{name[:31]}-"[:31])


def test_the_job_understands_its_variables() -> None:
    attributes = ClarifyAttributes(probability_attribute="1", probability_threshold=1 / 3, ground_truth_attribute="y")
    request = monitoring(attributes=attributes, coverage=0.75, merge_revision="000002")
    found = ClarifyEnvironment.from_mapping(request.environment)
    shared = found.shared
    assert (found.probability_threshold, shared.probability_attribute) == (1 / 3, "1")
    assert (shared.start_time, shared.end_time) == (HOUR.start, HOUR.end)
    assert (shared.coverage, shared.merge_revision, shared.ground_truth_attribute) == (0.75, "000002", "y")
    assert found.reads_captures
    assert found.is_monitoring


def test_a_configuration_of_another_name_is_found() -> None:
    named = monitoring(config_uri="s3://b/cfg/churn.json").environment
    assert named["analysis_config"] == "/opt/ml/processing/input/config/churn.json"
    assert "analysis_config" not in monitoring().environment


def test_names_depend_on_everything_and_on_nothing_else() -> None:
    requests = [
        monitoring(),
        monitoring("MODEL_EXPLAINABILITY"),
        monitoring(config_uri="s3://b/reports/_configs/2/analysis_config.json"),
        monitoring(coverage=0.5),
        monitoring(baseline_constraints=None),
        monitoring(attributes=ClarifyAttributes(inference_attribute="1")),
        baseline_request(dataset="s3://b/d.csv", config_uri="s3://b/1/c.json", output_uri="s3://b/o"),
        baseline_request(dataset="s3://b/d.csv", config_uri="s3://b/2/c.json", output_uri="s3://b/o"),
    ]
    assert len({request.job_name for request in requests}) == len(requests)
    assert monitoring().job_name == monitoring().job_name
    assert all(len(request.job_name) <= 63 for request in requests)


def test_awss_image_makes_baselines_only() -> None:
    request = baseline_request(
        dataset="s3://b/d.csv",
        config_uri="s3://b/analysis_config.json",
        output_uri="s3://b/o",
        environment={"compatibility": "sagemaker", "report_enabled": "true", "request_rows": "100"},
    )
    assert ON_SAGEMAKER.applied_to(request).environment == {}
    with pytest.raises(ValueError, match=r"how a monitor's data is handed to AWS's Clarify image"):
        ON_SAGEMAKER.applied_to(monitoring())
    image = "111122223333.dkr.ecr.us-west-2.amazonaws.com/airflow-model-monitor"
    assert SageMakerJob(role_arn=ROLE, image=image).applied_to(monitoring()).image_uri == image


def test_a_configuration_is_kept_once_under_a_name_of_its_own(tmp_path: Path) -> None:
    config = checked_config(shap(), "MODEL_EXPLAINABILITY", "job")
    other = checked_config(bias({}), "MODEL_BIAS", "job")
    kept = [keep_config(str(tmp_path), one) for one in (config, other, config)]
    assert kept[0] == kept[2] != kept[1]
    assert AnalysisConfig.from_json(Path(kept[0]).read_bytes()) == config
    Path(kept[0]).write_text("{}")
    with pytest.raises(ContractError, match="not the one that was written here"):
        keep_config(str(tmp_path), config)


@pytest.mark.parametrize(
    ("document", "analysis", "message"),
    [
        ({**shap(), "methods": {"report": {"name": "report"}}}, "MODEL_EXPLAINABILITY", r"methods\.shap: is missing"),
        (shap(), "MODEL_BIAS", r"asks for no bias metric"),
        ({**shap(), "metods": {}}, "MODEL_EXPLAINABILITY", r"metods.*Did you mean 'methods'"),
        (
            {**shap(), "predictor": {"endpoint_url": "https://me:secret@models/late"}},
            "MODEL_EXPLAINABILITY",
            r"endpoint_url: the address of models holds a password.*model_conn_id",
        ),
    ],
)
def test_a_configuration_is_checked(document: Document, analysis: ClarifyAnalysis, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        checked_config(document, analysis, "job")
    assert "secret" not in str(caught.value)


def test_a_monitor_does_one_thing() -> None:
    both = {**bias({}), "methods": {"shap": SHAP, "pre_training_bias": {"methods": "all"}}}
    with pytest.raises(ContractError, match="asks for bias and for explanations"):
        checked_config(both, "MODEL_BIAS", "monitor")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"captured_data_uri": "s3://b/capture"}, "bias is measured on captured data merged with its labels"),
        ({"analysis": "MODEL_EXPLAINABILITY", "captured_data_uri": None}, "give exactly one of them"),
        ({"analysis": "MODEL_EXPLAINABILITY", "dataset_uri": "s3://b/x"}, "give exactly one of them"),
        ({"monitor": "a/b"}, "monitor: 'a/b'"),
        ({"config_uri": "s3://b/cfg/"}, "config_uri: 's3://b/cfg/' does not name a .json file"),
        ({"baseline_constraints": "s3://b/baseline"}, "give the file, not its folder"),
        ({"window": Window(START, START + timedelta(minutes=30))}, "not a whole UTC hour"),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        monitoring(**arguments)


def test_further_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match=r"probability_threshold: 1\.5; allowed are 0 to 1"):
        ClarifyAttributes(probability_threshold=1.5)
    with pytest.raises(ValueError, match="not of captured data"):
        dataset_type_of('{"sagemakerCaptureJson": {}}')
    assert dataset_type_of(Csv()) == "text/csv"
