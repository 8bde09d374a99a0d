"""Says how a retraining ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from airflow_model_monitor._compat import AirflowFailException
from airflow_model_monitor.assets.airflow_metrics import retraining_ended
from airflow_model_monitor.assets.arguments import one_of
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.service.retraining_ledger import Outcome

if TYPE_CHECKING:
    from airflow.sdk import Context


class RecordRetrainingOperator(ConnectedOperator):
    """Enter the outcome of the retraining that ``RetrainingGuardOperator`` let begin in this DAG run.

    Use it at the end of each way a retraining can take: ``"finished"`` after the deployment, ``"rejected"`` where the
    challenger is no better or a person said no, ``"failed"`` with ``trigger_rule="one_failed"``. Until then no other
    retraining begins. The first outcome stands; the same one again changes nothing.

    Returns ``{"retraining_id": …, "number": …, "outcome": …, "at": …}``. ``at`` is on the clock of the findings: the
    instant the retraining was decided for, and the time it took since.

    :param ledger_uri: folder of the ledger, that of the guard. (templated)
    :param outcome: ``"finished"``, ``"rejected"`` or ``"failed"``. (templated)
    :param retraining_run_id: the run that began it, where that is another run of this or of ``retraining_dag_id``:
        a DAG that goes on after an approval. (templated)
    :param retraining_dag_id: that run's DAG; default: this one. (templated)
    :param details: further facts to keep, such as the model's version. (templated)

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.
    """

    template_fields: Sequence[str] = (
        "ledger_uri",
        "outcome",
        "retraining_run_id",
        "retraining_dag_id",
        "details",
        *ConnectedOperator.template_fields,
    )
    template_fields_renderers = {"details": "json"}  # noqa: RUF012  as in BaseOperator

    def __init__(
        self,
        *,
        ledger_uri: str,
        outcome: str,
        retraining_run_id: str | None = None,
        retraining_dag_id: str | None = None,
        details: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if "{{" not in outcome:
            one_of("outcome", outcome, get_args(Outcome))
        self.ledger_uri = ledger_uri
        self.outcome = outcome
        self.retraining_run_id = retraining_run_id
        self.retraining_dag_id = retraining_dag_id
        self.details = details

    def execute(self, context: Context) -> dict[str, Any]:
        """Write it down."""
        from airflow_model_monitor.contract.timestamps import format_utc
        from airflow_model_monitor.service.retraining_ledger import Ended, RetrainingLedger, retraining_id

        ledger = RetrainingLedger(self.ledger_uri, self.hook.storage_options(self.ledger_uri))
        run = context["dag_run"]
        identifier = retraining_id(self.retraining_dag_id or run.dag_id, self.retraining_run_id or run.run_id)
        found = ledger.find(identifier)
        if found is None:
            raise AirflowFailException(
                f"{ledger.url}: no retraining was begun by run {self.retraining_run_id or run.run_id}; "
                "RetrainingGuardOperator begins one, in this ledger"
            )
        took = max(context["ti"].start_date - found.wall, found.wall - found.wall)
        try:
            ended = ledger.end(identifier, Ended(self.outcome, found.at + took, dict(self.details or {})))  # type: ignore[arg-type]
        except ValueError as error:
            raise AirflowFailException(str(error)) from error
        assert ended.ended is not None
        self.log.info("Retraining %s is %s", ended.number, ended.ended.outcome)
        if found.ended is None:
            retraining_ended(outcome=ended.ended.outcome, took=took)
        return {
            "retraining_id": identifier,
            "number": ended.number,
            "outcome": ended.ended.outcome,
            "at": format_utc(ended.ended.at),
        }
