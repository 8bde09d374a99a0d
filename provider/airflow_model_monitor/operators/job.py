"""What every operator that asks for a job has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast, get_args

from airflow_model_monitor._compat import AirflowFailException, TaskDeferralTimeout, conf
from airflow_model_monitor.assets.airflow_metrics import job_ended, job_without_result
from airflow_model_monitor.assets.arguments import one_of, whole_number
from airflow_model_monitor.assets.literal import is_literal, is_output
from airflow_model_monitor.assets.uri import monitor_name
from airflow_model_monitor.links.processing_job import ProcessingJobLink, ProcessingJobLogLink
from airflow_model_monitor.operators.connected import ConnectedOperator
from airflow_model_monitor.operators.log_stream import LogStream
from airflow_model_monitor.operators.remote_job import RemoteJob
from airflow_model_monitor.service import sdk_arguments
from airflow_model_monitor.service.images import is_aws_image

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Context

    from airflow_model_monitor.contract.processing_job import ProcessingJobRequest
    from airflow_model_monitor.runtimes.base import MonitoringJobFailed, RunResult

Runtime = Literal["worker", "sagemaker"]


class JobOperator(ConnectedOperator):
    """Builds a job request and hands it to a runtime; never computes. The base of our operators, not one itself.

    :param monitoring_schedule_name: name of the monitor, a literal: assets carry it. Letters, digits, inner hyphens.
    :param environment: further variables of the job, such as ``{"memory_limit": "1GB"}``. (templated)
    :param runtime: where the job runs: ``"worker"``, in this task, or ``"sagemaker"``, as a Processing job. (templated)
    :param role_arn: role that the processing job assumes. This and all below are for ``runtime="sagemaker"``; on the
        worker they are not looked at, so that a DAG may switch by a variable. (templated)
    :param image_uri: container image of the job: this package's image, or another that obeys its contract. Default:
        AWS's own image of the region. (templated)
    :param instance_type: machine type of the job. (templated)
    :param instance_count: number of machines.
    :param volume_size_in_gb: disk of each machine, gigabytes.
    :param volume_kms_key: key that encrypts the disks. (templated)
    :param output_kms_key: key that encrypts what the job writes. (templated)
    :param max_runtime_in_seconds: SageMaker stops the job after this long; its own limit is a day.
    :param network_config: network of the job, as the API has it, such as ``{"VpcConfig": {"SecurityGroupIds": [...],
        "Subnets": [...]}}``, or a ``NetworkConfig`` of AWS's SDK. (templated)
    :param tags: of the job, ``{"team": "fraud"}`` or the API's list of Key and Value. (templated)
    :param wait_for_completion: wait for the job's end and publish what it wrote. Without, the task ends when the job
        has started: nothing is published, no asset is updated, and it returns the job's name, ARN and status.
    :param deferrable: wait in the triggerer rather than in a worker.
    :param waiter_delay: seconds between two looks at a running job.
    :param waiter_max_attempts: how many looks, so that ``waiter_delay * waiter_max_attempts`` is the longest wait;
        default: a day. A job that takes longer fails the task and goes on; a retry attaches to it.

    The other arguments are those of :class:`~airflow_model_monitor.operators.connected.ConnectedOperator`.

    A processing job is named after task instance and request, so a retry attaches to the job of an earlier try, and
    takes the next name after one that failed. A cleared task runs a job anew.
    """

    template_fields: Sequence[str] = (
        *("environment", "runtime", "role_arn", "image_uri", "instance_type", "volume_kms_key", "output_kms_key"),
        *("network_config", "tags"),
        *ConnectedOperator.template_fields,
    )
    template_fields_renderers = {  # noqa: RUF012  as in BaseOperator
        "environment": "json",
        "network_config": "json",
        "tags": "json",
    }
    operator_extra_links = (ProcessingJobLink(), ProcessingJobLogLink())

    def __init__(
        self,
        *,
        monitoring_schedule_name: str,
        environment: Mapping[str, str] | None = None,
        runtime: Runtime | str = "worker",
        role_arn: str | None = None,
        image_uri: str | None = None,
        instance_type: str = "ml.m5.xlarge",
        instance_count: int = 1,
        volume_size_in_gb: int = 30,
        volume_kms_key: str | None = None,
        output_kms_key: str | None = None,
        max_runtime_in_seconds: int | None = None,
        network_config: Any = None,
        tags: Any = None,
        wait_for_completion: bool = True,
        deferrable: bool = conf.getboolean("operators", "default_deferrable", fallback=False),
        waiter_delay: int = 30,
        waiter_max_attempts: int = 2880,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if is_literal(runtime):
            one_of("runtime", runtime, get_args(Runtime))
        for argument, value in (
            ("instance_count", instance_count),
            ("volume_size_in_gb", volume_size_in_gb),
            ("waiter_delay", waiter_delay),
            ("waiter_max_attempts", waiter_max_attempts),
            ("max_runtime_in_seconds", max_runtime_in_seconds),
        ):
            if value is not None:
                whole_number(argument, value, minimum=1)
        if runtime == "sagemaker" and role_arn is None:
            raise ValueError(
                "role_arn=None: runtime='sagemaker' needs the role that the processing job assumes, such as "
                "'arn:aws:iam::111122223333:role/MonitorRole'"
            )
        self.monitoring_schedule_name = monitor_name(monitoring_schedule_name, argument="monitoring_schedule_name")
        self.environment = dict(environment or {})
        self.runtime = runtime
        self.role_arn = role_arn
        self.image_uri = image_uri
        self.instance_type = instance_type
        self.instance_count = instance_count
        self.volume_size_in_gb = volume_size_in_gb
        self.volume_kms_key = volume_kms_key
        self.output_kms_key = output_kms_key
        self.max_runtime_in_seconds = max_runtime_in_seconds
        as_they_are = network_config is None or is_output(network_config)
        self.network_config = network_config if as_they_are else sdk_arguments.network(network_config)
        self.tags = tags if tags is None or is_output(tags) else sdk_arguments.tags(tags)
        self.wait_for_completion = wait_for_completion
        self.deferrable = deferrable
        self.waiter_delay = waiter_delay
        self.waiter_max_attempts = waiter_max_attempts
        self._remote: RemoteJob | None = None
        self._request: ProcessingJobRequest | None = None
        self._result: RunResult | None = None

    @abstractmethod
    def execute(self, context: Context) -> Any:
        """Build the request, run it with :meth:`run_job`, and tell what came of it."""

    @abstractmethod
    def conclude(self, context: Context, result: RunResult, kept: Mapping[str, Any]) -> Any:
        """Tell what came of a job.

        :param kept: what :meth:`run_job` was given to keep.
        """

    @property
    def on_aws_image(self) -> bool:
        """Whether the job runs on AWS's own image, which knows only the original's behaviour."""
        return self.runtime == "sagemaker" and (self.image_uri is None or is_aws_image(self.image_uri))

    def run_job(
        self,
        context: Context,
        request: ProcessingJobRequest,
        *,
        headers: Mapping[str, str] | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run the job where ``runtime`` says, now or while this task is deferred, and conclude.

        :param headers: of requests to a model behind HTTP.
        :param kept: what :meth:`conclude` needs beside the result; it travels as JSON.
        :raises MonitoringJobFailed: it ended with the contract's failure status; the text is its exit message.
        :raises JobInputsHadNoData: there is no data in the window.
        """
        one_of("runtime", self.runtime, get_args(Runtime))
        kept = kept or {}
        self._request = request
        if self.runtime == "worker":
            with self._failures():
                result = self._run_here(request, headers)
            return self._told(context, result, kept)
        if headers:
            raise ValueError(
                "model_conn_id: its credentials are not sent to a processing job, where everybody who may describe it "
                "could read them; name the model as endpoint_name in model_config, or use runtime='worker'"
            )
        with self._failures(), LogStream(self.log.info) as stream:
            remote = self._remote = RemoteJob(self, request, cast("TextIO", stream))
            job = remote.start(context)
            if not self.wait_for_completion:
                self.outlets = [one for one in self.outlets if not getattr(one, "uri", "").startswith("model-monitor:")]
                return {"processing_job_name": job.name, "processing_job_arn": job.arn, "status": job.status}
            if self.deferrable and not job.has_ended:
                self.log.info("Waiting for processing job %s in the triggerer", job.name)
                remote.defer(job.name, kept)
            result = remote.finish(job if job.has_ended else remote.wait(job.name))
        return self._told(context, result, kept)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Publish what the job has written while this task was deferred, and conclude."""
        from airflow_model_monitor.contract.processing_job import ProcessingJobRequest

        carried = (event or {}).get("carried") or {}
        if "request" not in carried:
            raise ValueError(f"event={event!r}: expected what ProcessingJobTrigger fires, with the request it carried")
        ProcessingJobLink.restore(self, context)
        with self._failures(), LogStream(self.log.info) as stream:
            request = self._request = ProcessingJobRequest.from_api(carried["request"])
            remote = RemoteJob(self, request, cast("TextIO", stream))
            result = remote.finish(remote.ended(event))
        return self._told(context, result, carried.get("kept") or {})

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """As in the base; a job whose task ran into its execution timeout while deferred is stopped."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout:
            job = ProcessingJobLink.restore(self, context)
            if job is not None:
                self.log.info("Stopping processing job %s: the task has timed out", job["name"])
                RemoteJob.service_of(self).stop(str(job["name"]))
            raise

    def on_kill(self) -> None:
        """Stop the processing job this task is waiting for."""
        if self._remote is not None:
            self._remote.stop()

    def without_result(self, error: MonitoringJobFailed) -> Exception:
        """What the task raises for a job that ended without a result; the error itself, unless the author said so."""
        return error

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage | None:
        """What the job read and wrote, for Airflow's OpenLineage provider where that is installed."""
        from airflow_model_monitor.operators.lineage import lineage_of

        return None if self._request is None else lineage_of(self._request, self._result)

    @property
    def _metric_tags(self) -> dict[str, str]:
        kind = getattr(self, "monitoring_type", "GroundTruthMerge")
        return {"monitor": self.monitoring_schedule_name, "monitoring_type": kind, "runtime": str(self.runtime)}

    @contextmanager
    def _failures(self) -> Iterator[None]:
        from airflow_model_monitor.runtimes.base import JobInputsHadNoData, MonitoringJobFailed
        from airflow_model_monitor.runtimes.closed_account import ClosedAccountError

        try:
            yield
        except MonitoringJobFailed as error:
            no_data = isinstance(error, JobInputsHadNoData)
            job_without_result(**self._metric_tags, status="NoData" if no_data else "Failed")
            raised = self.without_result(error)
            if raised is error:
                raise
            raise raised from error
        except ClosedAccountError as error:
            raise AirflowFailException(str(error)) from error

    def _run_here(self, request: ProcessingJobRequest, headers: Mapping[str, str] | None) -> RunResult:
        from airflow_model_monitor.runtimes.worker import Worker

        with LogStream(self.log.info) as stream:
            worker = Worker(
                storage_options=self.job_storage_options(request),
                session=self.hook,
                headers=headers,
                stream=cast("TextIO", stream),
            )
            return worker.run(request)

    def job_storage_options(self, request: ProcessingJobRequest) -> dict[str, Any]:
        """What opens the addresses of a request."""
        addresses = [*(one.uri for one in request.inputs), *(one.uri for one in request.outputs)]
        remote = next((address for address in addresses if address.startswith(("s3://", "s3a://"))), "")
        return self.hook.storage_options(remote)

    def _told(self, context: Context, result: RunResult, kept: Mapping[str, Any]) -> Any:
        if result.metrics_skipped:
            self.log.warning(
                "CloudWatch takes no records older than two weeks or with such names: %s of %s were left out",
                result.metrics_skipped,
                result.metrics_skipped + result.metrics_published,
            )
        self.log.info("%s Files: %s", result.message, result.revision.url)
        self._result = result
        execution = result.revision.execution
        job_ended(
            **self._metric_tags,
            took=datetime.now(UTC) - context["ti"].start_date,
            status=execution.status,
            rows=execution.rows or 0,
            found=execution.violations_by_check,
        )
        return self.conclude(context, result, kept)
