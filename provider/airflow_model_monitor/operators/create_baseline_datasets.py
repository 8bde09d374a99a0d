"""From labelled rows and a model to the datasets that baselines are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from airflow_model_monitor.operators.connected import ConnectedOperator

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context

    from airflow_model_monitor.operators.collect_labelled_windows import LabelledDataset


class BaselineDatasets(TypedDict):
    """Addresses of CSV files with a header, one for each kind of monitor; ``rows`` is how many were labelled.

    ``data``: answers, then features, as an endpoint's captures are read. ``quality``: label and answers. ``bias``:
    features, predicted class and label. ``requests``: features alone, at most 1,000 rows, for SHAP.
    """

    data: str
    quality: str
    bias: str
    requests: str
    rows: int


class CreateBaselineDatasetsOperator(ConnectedOperator):
    """Ask a classifier about labelled rows, and write what ``SuggestBaselineOperator`` makes baselines of.

    Use it when another model goes into service: its windows are to be compared with the data it was trained on, and
    with what it says of them.

    Returns :class:`BaselineDatasets`.

    :param dataset: CSV with a header: features in the order of a request, and the label (0 or 1); or the result of
        ``CollectLabelledWindowsOperator``, whose ``requests`` are then taken too. (templated)
    :param model: the model, as ``model_config`` names one: ``{"model_uri": "….onnx"}``,
        ``{"endpoint_url": "https://…"}`` or ``{"endpoint_name": "…"}``. (templated)
    :param dataset_uri: folder to write to. (templated)
    :param label: column of the label.
    :param prediction: what to call the column of the predicted class.
    :param probability: what to call that of its probability.
    :param requests: CSV with a header, features alone: all requests, where not all of them were labelled; ``data`` and
        ``requests`` are made of them. (templated)
    :param decimals: of the probability, as the endpoint answers it.
    :param probability_threshold_attribute: probability above which the class is 1, for a model that answers a
        probability alone.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        *("dataset", "model", "dataset_uri", "requests"),
        *ConnectedOperator.template_fields,
    )
    template_fields_renderers = {"model": "json"}  # noqa: RUF012  as in BaseOperator

    def __init__(
        self,
        *,
        dataset: str | LabelledDataset,
        model: Mapping[str, Any],
        dataset_uri: str,
        label: str,
        prediction: str = "prediction",
        probability: str = "probability",
        requests: str | None = None,
        decimals: int = 6,
        probability_threshold_attribute: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len({label, prediction, probability}) < 3:
            raise ValueError(
                f"label={label!r}, prediction={prediction!r}, probability={probability!r}: expected three names"
            )
        if not 0 < probability_threshold_attribute < 1 or decimals < 0:
            raise ValueError(
                f"probability_threshold_attribute={probability_threshold_attribute!r}, decimals={decimals!r}: expected "
                "a probability between 0 and 1, and a number of digits"
            )
        self.dataset = dataset
        self.model = model
        self.dataset_uri = dataset_uri
        self.label_column = label
        self.prediction = prediction
        self.probability = probability
        self.requests = requests
        self.decimals = decimals
        self.probability_threshold_attribute = probability_threshold_attribute
        self._read: list[str | None] = []
        self._written: list[str | None] = []

    def execute(self, context: Context) -> BaselineDatasets:
        """Ask, write and upload."""
        import tempfile
        from pathlib import Path

        from airflow_model_monitor.jobs import baseline_datasets as files
        from airflow_model_monitor.operators.asked_model import access_to, predictor_of
        from airflow_model_monitor.service.folder import Folder

        rows, requests = self._sources()
        target = Folder(self.dataset_uri, self.hook.storage_options(self.dataset_uri))
        columns = files.AnswerColumns(self.prediction, self.probability, self.label_column, self.decimals)
        with tempfile.TemporaryDirectory(prefix="model-monitor-") as scratch:
            labelled = files.write_baseline_datasets(
                rows,
                predictor_of(self.model, "model"),
                columns,
                Path(scratch),
                requests=requests,
                threshold=self.probability_threshold_attribute,
                storage_options=self.hook.storage_options(rows),
                access=access_to(self.hook, self.model),
            )
            for file in sorted(Path(scratch).iterdir()):
                target.upload(file.name, file)
        result = BaselineDatasets(
            data=target.url_of(files.DATA),
            quality=target.url_of(files.QUALITY),
            bias=target.url_of(files.BIAS),
            requests=target.url_of(files.REQUESTS),
            rows=labelled,
        )
        self._read = [rows, requests, self.model.get("model_uri")]
        self._written = [result["data"], result["quality"], result["bias"], result["requests"]]
        self.log.info("The model was asked about %s labelled rows: %s", labelled, target.url)
        return result

    def _sources(self) -> tuple[str, str | None]:
        """Addresses of the labelled rows, and of all requests where there are more."""
        if isinstance(self.dataset, str):
            return self.dataset, self.requests or None
        return self.dataset["dataset"], self.requests or self.dataset["requests"]

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage | None:
        """Rows and model, and the datasets, for Airflow's OpenLineage provider where that is installed."""
        from airflow_model_monitor.operators.lineage import lineage_of_files

        return lineage_of_files(self._read, self._written) if self._written else None
