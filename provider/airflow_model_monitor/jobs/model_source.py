"""The model of a Clarify job: opened when it is first asked, its predictions counted where a person can see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TextIO

from airflow_model_monitor.contract.analysis_config import AnalysisConfig
from airflow_model_monitor.contract.clarify_environment import ClarifyEnvironment
from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.contract.predictor_config import PredictorConfig
from airflow_model_monitor.jobs.clarify_inputs.model_rows import ModelRows
from airflow_model_monitor.jobs.location import Location, Mounts
from airflow_model_monitor.jobs.predictors.opening import Access, ModelAddress, open_predictor
from airflow_model_monitor.jobs.predictors.predictor import Predictor
from airflow_model_monitor.jobs.predictors.retry import Retry
from airflow_model_monitor.jobs.progress import Progress


class Model:
    """The model, once somebody asks for it. Most bias jobs need none."""

    def __init__(self, source: ModelSource, config: AnalysisConfig, rows: ModelRows) -> None:
        self._source, self._config, self._rows = source, config, rows
        self._predictor: Predictor | None = None
        self._shown: Progress | None = None
        self._done = self._before = 0

    @property
    def storage_options(self) -> Mapping[str, Any]:
        """What fsspec needs to open the job's addresses."""
        return self._source.storage_options

    def locate(self, address: str) -> Location:
        """Where a file is that the configuration names."""
        return self._source.locate(address)

    @contextmanager
    def predicting(self, total: int | None) -> Iterator[Predictor]:
        """The model, for some predictions, which are shown as they are made.

        :param total: how many there will be
        :raises ContractError: no model is named, or it cannot be opened
        """
        if self._predictor is None:
            self._predictor = self._source.open(self._config, self._rows, self._count)
        self._before = self._done
        try:
            with Progress(self._source.stream, "predictions", total=total, done="made") as self._shown:
                yield self._predictor
        finally:
            self._shown = None

    def close(self) -> None:
        """Let go of the model's connections."""
        if self._predictor is not None:
            self._predictor.close()

    def _count(self, done: int) -> None:
        self._done = done
        if self._shown is not None:
            self._shown(done - self._before)


class ModelSource:
    """Where a job's model is, and what it takes to reach it.

    :param job: names it, or leaves that to the configuration
    :param where: for an ONNX file
    :param stream: progress, and what is tried again
    :param session: boto3 session
    :param service_url: address of InvokeEndpoint when it is not AWS's own
    :param headers: of HTTP requests
    """

    def __init__(
        self,
        job: ClarifyEnvironment,
        where: Mounts,
        stream: TextIO,
        *,
        session: Any = None,
        service_url: str | None = None,
        headers: Mapping[str, str],
    ) -> None:
        self._job, self._where, self.stream = job, where, stream
        self.storage_options = where.storage_options
        self._access = Access(session, service_url, headers, where.storage_options)

    def locate(self, address: str) -> Location:
        """Where a file is that the configuration names."""
        return self._where.locate(address)

    @contextmanager
    def opening(self, config: AnalysisConfig, rows: ModelRows) -> Iterator[Model]:
        """The model, for the length of a job."""
        model = Model(self, config, rows)
        try:
            yield model
        finally:
            model.close()

    def open(self, config: AnalysisConfig, rows: ModelRows, progress: Any) -> Predictor:
        """Open it.

        :raises ContractError: neither the job nor the configuration names a model
        """
        job, predictor = self._job, config.predictor
        if predictor is None and not job.names_a_model:
            raise ContractError(
                "no model is named, and the data hold no predictions",
                field="predictor",
                remedy="Name one (on the command line --endpoint-url, --model or --endpoint-name), or predicted_label",
            )
        predictor = predictor or PredictorConfig()
        uri = job.model_uri if job.names_a_model else predictor.model_uri
        address = ModelAddress(
            endpoint_url=job.endpoint_url if job.names_a_model else predictor.endpoint_url,
            model_uri=self._where.locate(uri).url if uri else None,
            endpoint_name=job.endpoint_name if job.names_a_model else predictor.endpoint_name,
        )
        return open_predictor(
            predictor,
            dataset_type=config.dataset_type,
            feature_names=rows.asked.names,
            address=address,
            access=self._access,
            retry=Retry(budget_seconds=job.retry_seconds),
            max_rows=job.request_rows,
            read_seconds=job.request_seconds,
            progress=progress,
            note=lambda text: self.stream.write(f"{text}\n") and None,
        )
