"""The configuration of a bias or explainability task: from an operator's arguments to the file its job reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_model_monitor.assets.arguments import exactly_one
from airflow_model_monitor.assets.literal import is_literal, is_output
from airflow_model_monitor.service.clarify_config import (
    ClarifyAnalysis,
    baseline_document,
    checked_config,
    dataset_type_of,
    monitor_document,
)
from airflow_model_monitor.service.sdk_configs import Config
from airflow_model_monitor.service.sdk_configs import plain_config as sdk_config

if TYPE_CHECKING:
    from airflow_model_monitor.contract.analysis_config import ConfigRole


def plain_config(argument: str, given: Any) -> Any:
    """A mapping, or what an object of AWS's SDK holds, as a mapping; other tasks' outputs as they are.

    :param argument: what the operator calls it.
    :raises ValueError: it is neither.
    """
    return given if given is None or is_output(given) else sdk_config(argument, given)


def config_of(
    analysis: ClarifyAnalysis,
    role: ConfigRole,
    *,
    analysis_config: Any = None,
    dataset_format: str | None = None,
    headers: Sequence[str] | None = None,
    label: str | int | None = None,
    features_attribute: str | None = None,
    bias_config: Config | None = None,
    shap_config: Config | None = None,
    model_config: Config | None = None,
    model_conn_id: str | None = None,
    inference_attribute: str | None = None,
    probability_attribute: str | None = None,
    probability_threshold_attribute: float | None = None,
) -> Any:
    """The configuration an operator's arguments describe: an address, or a document as analysis_config.json has it.

    :param role: ``job`` for a baseline, ``monitor`` for an execution.
    :param dataset_format: of the data; for an execution None means captured or merged records.
    :raises ValueError: an argument is missing, or does not fit the others.
    :raises ContractError: the document breaks the schema; the error names the key.
    """
    parts = {"bias_config": bias_config, "shap_config": shap_config}
    own = "bias_config" if analysis == "MODEL_BIAS" else "shap_config"
    exactly_one("the settings, or a whole analysis_config.json", **{own: parts[own]}, analysis_config=analysis_config)
    if analysis_config is not None:
        for argument, value in (("headers", headers), ("label", label), ("model_config", model_config)):
            if value is not None:
                raise ValueError(f"{argument}={value!r}: analysis_config holds it; give one of the two")
        if isinstance(analysis_config, str) or is_output(analysis_config):
            return analysis_config
        found = plain_config("analysis_config", analysis_config)
    else:
        common: dict[str, Any] = {
            "headers": headers,
            "label": label,
            "bias": plain_config("bias_config", bias_config),
            "shap": _seeded(plain_config("shap_config", shap_config)),
            "predictor": plain_config("model_config", model_config),
        }
        if role == "job":
            found = _baseline(
                analysis,
                dataset_format,
                features_attribute,
                (inference_attribute, probability_attribute, probability_threshold_attribute),
                model_conn_id,
                common,
            )
        else:
            # A window's answers are captured, unless it comes as a dataset that holds them in a column.
            captured = dataset_format is None or "sagemaker" in dataset_format
            predicted = None if captured else _sole(inference_attribute, probability_attribute)
            found = monitor_document(analysis, **common, predicted_label=predicted)
    if is_literal(found):
        checked_config(found, analysis, role, model_named_elsewhere=model_conn_id is not None)
    return found


def kept_config(
    found: Any,
    analysis: ClarifyAnalysis,
    role: ConfigRole,
    *,
    root_uri: str,
    storage_options: Mapping[str, Any],
    model_named_elsewhere: bool,
) -> str:
    """The address of the configuration; a document is written below ``root_uri`` first.

    :param found: what :func:`config_of` returned, rendered.
    """
    from airflow_model_monitor.service.config_store import keep_config

    if isinstance(found, str):
        return found
    config = checked_config(found, analysis, role, model_named_elsewhere=model_named_elsewhere)
    return keep_config(root_uri, config, storage_options)


def _baseline(
    analysis: ClarifyAnalysis,
    dataset_format: str | None,
    features: str | None,
    answers: tuple[str | None, str | None, float | None],
    model_conn_id: str | None,
    common: dict[str, Any],
) -> dict[str, Any]:
    if dataset_format is None:
        raise ValueError('dataset_format=None: a dataset needs one, such as {"csv": {"header": True}}')
    inference, probability, threshold = answers
    predictor = common["predictor"]
    if predictor is None and model_conn_id is not None:
        predictor = {}
    predicted = None
    if analysis == "MODEL_BIAS":
        if predictor is None:
            predicted = _sole(inference, probability)
            if predicted is None:
                raise ValueError(
                    "model_config=None, inference_attribute=None: bias is measured on predictions too; name the column "
                    "that holds them (inference_attribute), or the model to ask (model_config)"
                )
        else:
            predictor = _with_answers(predictor, label=inference, probability=probability)
    return baseline_document(
        analysis,
        **{**common, "predictor": predictor},
        dataset_type=dataset_type_of(dataset_format),
        features=features,
        predicted_label=predicted,
        probability_threshold=threshold,
    )


def _seeded(shap: Any) -> Any:
    """Settings with a seed: run again, a task shall publish the same bytes."""
    return {**shap, "seed": shap.get("seed", 0)} if isinstance(shap, Mapping) else shap


def _with_answers(predictor: Any, **places: str | None) -> Any:
    given = {key: _position(value) for key, value in places.items() if value is not None}
    for key, value in given.items():
        if not isinstance(predictor, Mapping) or key in predictor:
            argument = "inference_attribute" if key == "label" else "probability_attribute"
            raise ValueError(f"{argument}={value!r}: model_config says {key!r} already; give one of the two")
    return {**predictor, **given} if given else predictor


def _sole(inference: str | None, probability: str | None) -> str | int | None:
    if inference is not None and probability is not None:
        raise ValueError(
            f"inference_attribute={inference!r}, probability_attribute={probability!r}: of a dataset's predictions one "
            "column is taken; give one of the two"
        )
    stated = inference if inference is not None else probability
    return None if stated is None else _position(stated)


def _position(stated: str) -> str | int:
    """A column or an element by its position, as analysis_config.json has it, or by its name."""
    return int(stated) if stated.isdecimal() else stated
