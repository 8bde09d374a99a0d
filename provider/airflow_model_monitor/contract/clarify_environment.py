"""The Clarify job's environment: folders of the container contract, what a monitor adds to them, and ours beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airflow_model_monitor.contract.dataset_format import CaptureJson, DatasetFormat, MergeJson
from airflow_model_monitor.contract.environment import AnalyzerEnvironment
from airflow_model_monitor.contract.errors import ContractError

CONFIG_PATH: Final = "/opt/ml/processing/input/config/analysis_config.json"
DATA_PATH: Final = "/opt/ml/processing/input/data"
ANALYSES: Final = ("MODELBIAS", "MODELEXPLAINABILITY")

_OWN_TEXTS: Final = ("features_attribute", "endpoint_url", "model_uri", "endpoint_name")
_OWN_NUMBERS: Final = {"retry_seconds": 600.0, "request_seconds": 60.0, "request_rows": 5_000.0}
_SET_BY_NOBODY: Final = ("", "null", "None")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClarifyEnvironment:
    """The parameters of one Clarify job.

    Its container reads folders; what a monitor's service hands over beside them is not published, so the variables are
    those of the analyzer, under the same names. Beside those in ``shared``:

    * ``analysis_config``: the configuration, a file or the folder it is in.
    * ``dataset_format``: says that the data are a monitor's (captured or merged records, or a batch transform's input)
      and not the data set the configuration describes.
    * ``features_attribute``: JMESPath of the features in a JSON request.
    * ``probability_threshold_attribute``: wins over the configuration's threshold.
    * ``endpoint_url``, ``model_uri``, ``endpoint_name``: the model to ask, whatever the configuration says: an HTTP
      address, an ONNX file, a SageMaker endpoint.
    * ``retry_seconds``: what asking again may take in all; ``request_seconds``: how long one answer may take;
      ``request_rows``: most records of a request.
    """

    shared: AnalyzerEnvironment
    analysis_config: str = CONFIG_PATH
    dataset_format: DatasetFormat | None = None
    features_attribute: str | None = None
    probability_threshold: float | None = None
    endpoint_url: str | None = None
    model_uri: str | None = None
    endpoint_name: str | None = None
    retry_seconds: float = _OWN_NUMBERS["retry_seconds"]
    request_seconds: float = _OWN_NUMBERS["request_seconds"]
    request_rows: int = int(_OWN_NUMBERS["request_rows"])

    @property
    def names_a_model(self) -> bool:
        """Whether the model to ask is given here."""
        return any((self.endpoint_url, self.model_uri, self.endpoint_name))

    @property
    def is_monitoring(self) -> bool:
        """Whether the job checks against a baseline."""
        return self.shared.is_monitoring

    @classmethod
    def from_mapping(cls, env: Mapping[str, str]) -> ClarifyEnvironment:
        """The parameters in ``env``; other variables are ignored, and so are empty ones.

        :raises ContractError: naming the variable that is wrong
        """
        stated = {name: text for name, text in env.items() if text.strip() not in _SET_BY_NOBODY}
        # Of the analyzer's variables two are required, and have another default or none here.
        shared = AnalyzerEnvironment.from_mapping(
            {"dataset_source": DATA_PATH, "dataset_format": '{"csv":{}}', **stated}
        )
        analysis = (shared.analysis_type or ANALYSES[0]).upper().replace("_", "")
        if analysis not in ANALYSES:
            raise ContractError(
                f"{shared.analysis_type!r} is neither MODEL_BIAS nor MODEL_EXPLAINABILITY",
                field="analysis_type",
                remedy="Leave it out: the configuration's methods say what is analysed",
            )
        for name in ("record_preprocessor_script", "post_analytics_processor_script", "baseline_statistics"):
            if getattr(shared, name) is not None:
                raise ContractError("a Clarify job has no use for it", field=name, remedy="Leave it out")
        numbers = {name: _positive(name, stated[name]) for name in _OWN_NUMBERS if name in stated}
        rows = numbers.pop("request_rows", _OWN_NUMBERS["request_rows"])
        return cls(
            shared=shared,
            analysis_config=stated.get("analysis_config", CONFIG_PATH),
            dataset_format=shared.dataset_format if "dataset_format" in stated else None,
            probability_threshold=_threshold(shared.probability_threshold_attribute),
            request_rows=max(1, int(rows)),
            **{name: stated.get(name) for name in _OWN_TEXTS},  # type: ignore[arg-type]
            **numbers,  # type: ignore[arg-type]
        )

    @property
    def reads_captures(self) -> bool:
        """Whether the data are captured or merged records."""
        return isinstance(self.dataset_format, CaptureJson | MergeJson)


def _threshold(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise ContractError(f"{text!r} is not a number from 0 to 1", field="probability_threshold_attribute")
    return value


def _positive(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise ContractError(f"{text!r} is not a positive number", field=name)
    return value
