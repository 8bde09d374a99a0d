"""The small result that tasks hand on: what an execution found, and where the rest of it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict

if TYPE_CHECKING:
    from airflow_model_monitor.contract.execution import Execution
    from airflow_model_monitor.service.revisions import Revision


class WindowText(TypedDict):
    """A window as text, ISO 8601 in UTC: ``{"start": "2026-01-02T02:00:00Z", "end": "2026-01-02T03:00:00Z"}``."""

    start: str
    end: str


class ExecutionSummary(TypedDict):
    """One monitoring execution, JSON-able: XCom of the operators and sensors, and most of an asset event's ``extra``.

    ``status`` is ``Completed`` or ``CompletedWithViolations``; ``counts`` holds violations by check type;
    ``execution_url`` is the folder of the published files and ``report_url`` the report in it, None without one;
    ``revision`` names the published content.

    All but data quality have ``metrics``, finite ones by name: the model's scalar metrics, the bias metrics of each
    facet (``post_training_bias.<facet>.<group>.<metric>``), or the NDCG of each label (``ndcg.<label>``). Those that
    judge merged data, model quality and bias, have two more: ``coverage``, the labelled share of the window's captures,
    and ``merge_revision``, the merged data that was judged; both are None for merged data that something else made.

    Executions of a SageMaker schedule have ``scheduled_time`` and ``processing_job_arn``; their ``execution_url`` is
    the job's output folder, ``revision`` the job's name, and there is no report. One without traffic has the status
    ``NoData``, and no job.
    """

    status: str
    violations: int
    counts: dict[str, int]
    rows: int
    window: WindowText | None
    execution_url: str
    report_url: str | None
    revision: str
    coverage: NotRequired[float | None]
    merge_revision: NotRequired[str | None]
    metrics: NotRequired[dict[str, float]]
    scheduled_time: NotRequired[str]
    processing_job_arn: NotRequired[str | None]


class BaselineSummary(TypedDict):
    """One baseline job, JSON-able.

    ``baseline_url`` is the folder a monitor compares with, ``execution_url`` the immutable revision behind it.
    """

    status: str
    rows: int
    baseline_url: str
    execution_url: str
    report_url: str | None
    revision: str


def execution_summary(revision: Revision) -> ExecutionSummary:
    """What a published execution of a monitor found."""
    execution = revision.execution
    summary = ExecutionSummary(
        status=execution.status,
        violations=execution.violations,
        counts=dict(execution.violations_by_check),
        rows=execution.rows or 0,
        window=window_text(execution),
        execution_url=revision.url,
        report_url=report_url(revision),
        revision=execution.revision or "",
    )
    if execution.monitor_type in ("ModelQuality", "ModelBias"):
        summary["coverage"] = execution.coverage
        summary["merge_revision"] = execution.merge_revision
    if execution.monitor_type != "DataQuality":
        summary["metrics"] = dict(execution.metrics)
    return summary


def baseline_summary(revision: Revision, baseline_url: str) -> BaselineSummary:
    """What a published baseline job produced.

    :param baseline_url: the folder that monitors are pointed at.
    """
    execution = revision.execution
    return BaselineSummary(
        status=execution.status,
        rows=execution.rows or 0,
        baseline_url=baseline_url,
        execution_url=revision.url,
        report_url=report_url(revision),
        revision=execution.revision or "",
    )


def report_url(revision: Revision) -> str | None:
    """Address of the report in a published revision, None when it was switched off."""
    name = revision.execution.report
    return revision.url_of(name) if name is not None and name in revision.files else None


def window_text(execution: Execution) -> WindowText | None:
    """The window of an execution as text; None for a baseline."""
    from airflow_model_monitor.service.windows import iso

    if execution.window is None:
        return None
    return WindowText(start=iso(execution.window.start), end=iso(execution.window.end))
