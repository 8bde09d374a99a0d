"""A model behind an endpoint: rows in requests of bearable size, asked again when it fails, every answer checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.jobs.predictors.answer_values import AnswerError
from airflow_model_monitor.jobs.predictors.batches import MAX_ROWS, BatchSize
from airflow_model_monitor.jobs.predictors.predictor import Predictions, Predictor, joined
from airflow_model_monitor.jobs.predictors.request_format import RequestFormat
from airflow_model_monitor.jobs.predictors.response_format import ResponseFormat
from airflow_model_monitor.jobs.predictors.retry import GivenUpError, Retry, TransientError
from airflow_model_monitor.jobs.predictors.sagemaker_endpoint import MAX_BODY_BYTES
from airflow_model_monitor.jobs.predictors.transport import RefusedError, Transport

if TYPE_CHECKING:
    from airflow_model_monitor.analysis.feature_table import FeatureTable

_SNIPPET: Final = 200


class EndpointPredictor(Predictor):
    """Asks an endpoint.

    A request the model refuses is cut into smaller ones, down to single records; one it is too busy for is sent again,
    within the budget of ``retry``. The order of the answers is the order of the rows. No answer is guessed or left out:
    the first record without a prediction ends the job.

    :param transport: how a request reaches the model
    :param request: how rows are written
    :param response: where predictions stand in the answer
    :param retry: how often and how long to ask again
    :param max_rows: most records of a request
    :param max_bytes: most bytes of a request
    :param progress: called with the number of predictions made so far
    :param note: called with a sentence where something went wrong that will be tried again
    """

    def __init__(
        self,
        transport: Transport,
        request: RequestFormat,
        response: ResponseFormat,
        *,
        retry: Retry | None = None,
        max_rows: int = MAX_ROWS,
        max_bytes: int = MAX_BODY_BYTES,
        progress: Callable[[int], None] | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(f"the endpoint {transport.name}")
        self._transport, self._request, self._response = transport, request, response
        self._retry = retry or Retry()
        self._block = max_rows
        self._size = BatchSize(1 if request.one_at_a_time else max_rows, max_bytes)
        self._progress = progress or (lambda done: None)
        self._note = note or (lambda text: None)
        self._done = 0

    def predictions(self, table: FeatureTable) -> Predictions:
        """Return what the endpoint says of each row; as :meth:`.Predictor.predictions`."""
        parts: list[Predictions] = []
        for start in range(0, len(table), self._block):  # the texts of all rows at once could be many gigabytes
            parts += self._in_batches(self._request.records(table[start : start + self._block]))
        try:
            return joined(parts)
        except ValueError as error:
            raise ContractError(f"{self.name} is not of one mind: {error}", field="predictor") from None

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()

    def _in_batches(self, records: Sequence[str]) -> list[Predictions]:
        sizes = [len(record) if record.isascii() else len(record.encode()) for record in records]
        batches = self._size.batches(sizes, self._request.overhead)
        return [answer for batch in batches for answer in self._ask(records[batch])]

    def _ask(self, records: Sequence[str]) -> list[Predictions]:
        try:
            found = self._answer(records)
        except RefusedError as refusal:
            if len(records) == 1:
                raise self._error(str(refusal), refusal.snippet, records[0]) from refusal
            self._size.refused(len(records))
            self._note(f"{self.name} {refusal} to {len(records):,} records at once; trying fewer")
            return self._in_batches(records)
        self._size.answered()
        self._done += len(records)
        self._progress(self._done)
        return [found]

    def _answer(self, records: Sequence[str]) -> Predictions:
        body = self._request.body(records)
        alone = len(records) == 1

        def ask() -> bytes:
            try:
                return self._transport.send(body)
            except RefusedError as refusal:
                if alone and refusal.transient:  # nothing smaller to try: wait for the model to recover
                    raise TransientError(str(refusal), snippet=refusal.snippet) from refusal
                raise
            except TransientError as error:
                self._note(f"{self.name} {error}; asking again")
                raise

        try:
            answer = self._retry(ask)
            return self._response.predictions(answer, len(records))
        except GivenUpError as error:
            last = error.__cause__
            assert isinstance(last, TransientError)
            raise self._error(f"{last} ({error})", last.snippet, records[0] if alone else None) from error
        except AnswerError as error:
            sent = None if error.record is None else records[error.record]
            place = "" if error.record is None else f" for record {error.record + 1} of {len(records)}"
            kind = self._response.accept_type
            raise self._error(
                f"does not answer as expected: its {kind}{place} {error.message}", error.snippet, sent
            ) from error

    def _error(self, message: str, snippet: str, record: str | None) -> ContractError:
        said = f"; it says {_short(snippet)}" if snippet else ""
        asked = f"; asked about {_short(record)}" if record is not None else ""
        return ContractError(
            f"{self.name} {message}{said}{asked}",
            field="predictor",
            remedy="Nothing was published. Mend the endpoint or the predictor's settings, and run the job again",
        )


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= _SNIPPET else text[: _SNIPPET - 1] + "…")
