"""Tells people about drift, in a few lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.sdk import BaseNotifier
from asgiref.sync import sync_to_async

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook
    from airflow_model_monitor.report.drift_message import DriftMessage

LOG = "log"
_EXECUTIONS = "/_executions/"


class DriftNotifier(BaseNotifier):
    """Tell what drifted, since when, how much beyond the threshold, and where the report is; nothing when all is quiet.

    Use it as ``on_success_callback`` (and ``on_failure_callback`` with ``on_violation="fail"``) of
    ``RunMonitoringOperator`` or a monitoring sensor, or of any task of a DAG that violations or alarms start; then it
    tells about what started the run. ``destinations`` may be

    * ``"log"``: the task's log;
    * the ARN of an SNS topic;
    * a function of two texts, subject and message;
    * another notifier, whose templates use ``{{ drift_subject }}`` and ``{{ drift_message }}``.

    :param destinations: one or several of them.
    :param aws_conn_id: Airflow connection to the monitor's files and to SNS. (templated)
    :param region_name: AWS region, where the connection names none. (templated)
    :param verify: TLS verification, as boto3 takes it.
    :param botocore_config: keyword arguments of ``botocore.config.Config``.
    """

    template_fields: Sequence[str] = ("aws_conn_id", "region_name")

    def __init__(
        self,
        *,
        destinations: str | Callable[..., Any] | Sequence[str | Callable[..., Any]] = LOG,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        several = isinstance(destinations, list | tuple)
        self.destinations = list(destinations) if several else [destinations]  # type: ignore[call-overload]
        for one in self.destinations:
            if not callable(one) and one != LOG and not str(one).startswith("arn:"):
                raise ValueError(
                    f"destinations: {one!r}; expected 'log', the ARN of an SNS topic, a function of subject and "
                    "message, or another notifier"
                )
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.verify = verify
        self.botocore_config = botocore_config

    def notify(self, context: Context) -> None:
        """Send the messages there are; one that cannot be sent does not keep the others from it."""
        failures: list[Exception] = []
        for message in self.messages(context):
            for destination in self.destinations:
                try:
                    self._send(destination, message, context)
                except Exception as error:
                    self.log.exception("Message %r could not be sent to %r", message.subject, destination)
                    failures.append(error)
        if failures:
            raise failures[0]

    async def async_notify(self, context: Context) -> None:
        """As :meth:`notify`, in a thread: files and SNS are asked, and that blocks."""
        await sync_to_async(self.notify, thread_sensitive=False)(context)

    def messages(self, context: Context) -> list[DriftMessage]:
        """What there is to tell in a task's context."""
        from airflow_model_monitor.report.drift_message import alarm_message

        told: list[DriftMessage] = []
        summary = _result(context)
        if summary is not None:
            told += self._of(summary, _report(context))
        else:
            for extra in _triggers(context):
                payload = extra.get("payload")
                if isinstance(payload, Mapping) and "alarm_name" in payload:
                    told.append(alarm_message(payload))
                elif "execution_url" in extra:
                    told += self._of(extra, None)
        if not told:
            self.log.info("There is no drift to tell about")
        return told

    def _of(self, summary: Mapping[str, Any], report: str | None) -> list[DriftMessage]:
        """The message about a published execution; none about a quiet one."""
        from airflow_model_monitor.contract.execution import FILE_NAME, Execution
        from airflow_model_monitor.report.drift_message import drift_message
        from airflow_model_monitor.service.folder import Folder
        from airflow_model_monitor.service.store import VIOLATIONS, ExecutionKey, ExecutionStore
        from airflow_model_monitor.service.violated_row import violated_row
        from airflow_model_monitor.service.windows import Window

        if not summary.get("violations"):
            return []
        url = str(summary["execution_url"])
        options = self._hook.storage_options(url)
        folder = Folder(url, options)
        execution = Execution.from_json(folder.read(FILE_NAME), folder.url_of(FILE_NAME))
        since, windows = None, 1
        root, found, _ = url.rpartition(_EXECUTIONS)
        if found and execution.monitor and execution.window is not None:
            window = Window(execution.window.start, execution.window.end)
            key = ExecutionKey(execution.monitor, window, execution.endpoint)
            since, windows = violated_row(ExecutionStore(root, options), key)
        return [
            drift_message(
                execution,
                folder.read_if_there(VIOLATIONS),
                since=since,  # type: ignore[arg-type]
                windows=windows,
                report=report or summary.get("report_url"),
                files=url,
            )
        ]

    def _send(self, destination: Any, message: DriftMessage, context: Context) -> None:
        if destination == LOG:
            self.log.warning("%s\n%s", message.subject, message.text)
        elif isinstance(destination, BaseNotifier):
            # Not by calling it: that swallows its errors.
            told: Any = {**context, "drift_subject": message.subject, "drift_message": message.text}
            destination.render_template_fields(told)
            destination.notify(told)
        elif callable(destination):
            destination(message.subject, message.text)
        else:
            sns = self._hook.client("sns")
            sns.publish(TopicArn=destination, Subject=message.subject, Message=message.text)

    @property
    def _hook(self) -> ModelMonitorHook:
        from airflow_model_monitor.hooks.model_monitor import ModelMonitorHook

        return ModelMonitorHook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )


def _result(context: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the task returned, if that is an execution's summary or, from ``ViolationSensor``, has one in it."""
    ti = context.get("ti")
    if ti is None:
        return None
    found = ti.xcom_pull(task_ids=ti.task_id, map_indexes=getattr(ti, "map_index", -1))
    if isinstance(found, Mapping) and isinstance(found.get("execution"), Mapping):
        found = found["execution"]
    return found if isinstance(found, Mapping) and "execution_url" in found else None


def _triggers(context: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The extras of the asset events that made the run."""
    events = context.get("triggering_asset_events") or {}
    return [event.extra or {} for several in events.values() for event in several]


def _report(context: Mapping[str, Any]) -> str | None:
    """The task's report page, where Airflow knows its own address."""
    from airflow_model_monitor._compat import conf
    from airflow_model_monitor.links.address import report_page

    base = urlsplit(conf.get("api", "base_url", fallback="") or "")
    if not base.netloc:
        return None
    ti = context["ti"]
    index = getattr(ti, "map_index", None)
    page = report_page(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=-1 if index is None else index)
    return f"{base.scheme}://{base.netloc}{page}"
