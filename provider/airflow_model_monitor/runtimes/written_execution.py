"""execution.json of a job that SageMaker ran: its own record, or one made from the contract files it wrote."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

from airflow_model_monitor.contract import exit_message
from airflow_model_monitor.contract.compatibility import SAGEMAKER
from airflow_model_monitor.contract.execution import Execution, MonitorType, Verdict, Window
from airflow_model_monitor.contract.timestamps import parse_utc
from airflow_model_monitor.runtimes.base import MonitoringJobFailed
from airflow_model_monitor.runtimes.written_files import VIOLATIONS, WrittenFiles
from airflow_model_monitor.service.job_kind import job_kind

REPORT: Final = "report.html"


def written_execution(written: WrittenFiles) -> Execution:
    """What execution.json shall say, its files aside.

    A report is written beside the files of AWS's analyzer, which makes none, where the request asks for one.

    :raises MonitoringJobFailed: the job completed without the files that make a result
    :raises ContractError: a file is not what its name says
    """
    if written.record is not None:
        # The job knows its baseline by the path in its container.
        baseline = written.baseline
        return dataclasses.replace(written.record, baseline=baseline or written.record.baseline)
    return _READERS[_kind(written)](written)


def _kind(written: WrittenFiles) -> str:
    if job_kind(written.request) == "clarify":
        return "clarify"
    analysis = written.request.environment.get("analysis_type", "").upper().replace("_", "")
    return "model_quality" if analysis == "MODELQUALITY" else "data_quality"


def _data_quality(written: WrittenFiles) -> Execution:
    from airflow_model_monitor.contract.constraints import Constraints
    from airflow_model_monitor.contract.statistics import Statistics
    from airflow_model_monitor.contract.violations import ConstraintViolations
    from airflow_model_monitor.report.render import render
    from airflow_model_monitor.runtimes.written_drift import written_drift

    found = written.read(VIOLATIONS)
    violations = None if found is None else ConstraintViolations.from_json(found)
    # Where columns are missing or too many, the original writes that violation and nothing else.
    alone = violations is not None and written.read("statistics.json") is None
    statistics = None if alone else Statistics.from_json(written.need("statistics.json"))
    constraints = None if alone else Constraints.from_json(written.need("constraints.json"))
    given = written.given("baseline_constraints"), written.given("baseline_statistics")
    baseline_constraints = None if given[0] is None else Constraints.from_json(given[0][1], given[0][0])
    baseline_statistics = None if given[1] is None else Statistics.from_json(given[1][1], given[1][0])
    drift = written_drift(statistics, baseline_statistics, baseline_constraints)
    execution = dataclasses.replace(
        _common(written, "DataQuality", {} if violations is None else violations.counts()),
        rows=None if statistics is None else statistics.item_count,
        drift={name: one.distance for name, one in drift.items()},
    )
    return _with_report(
        written,
        execution,
        lambda: render(
            execution,
            statistics=statistics,
            constraints=constraints,
            violations=violations,
            baseline_statistics=baseline_statistics,
            baseline_constraints=baseline_constraints,
            drift=drift,
        ),
    )


def _model_quality(written: WrittenFiles) -> Execution:
    from math import isfinite

    from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints
    from airflow_model_monitor.contract.model_quality_statistics import ModelQualityStatistics
    from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations
    from airflow_model_monitor.report.model_quality_page import render_model_quality

    statistics = ModelQualityStatistics.from_json(written.need("statistics.json"))
    constraints = ModelQualityConstraints.from_json(written.need("constraints.json"))
    found = written.read(VIOLATIONS)
    violations = None if found is None else ModelQualityViolations.from_json(found)
    given = written.given("baseline_constraints")
    execution = dataclasses.replace(
        _common(written, "ModelQuality", {} if violations is None else violations.counts()),
        rows=statistics.item_count,
        problem_type=statistics.problem_type,
        metrics={name: value for name, value in statistics.scalars().items() if isfinite(value)},
    )
    return _with_report(
        written,
        execution,
        lambda: render_model_quality(
            execution,
            statistics=statistics,
            constraints=constraints,
            violations=violations,
            baseline_constraints=None if given is None else ModelQualityConstraints.from_json(given[1], given[0]),
        ),
    )


def _clarify(written: WrittenFiles) -> Execution:
    from airflow_model_monitor.contract.analysis_report import AnalysisReport
    from airflow_model_monitor.contract.clarify_violations import ClarifyViolations
    from airflow_model_monitor.jobs.clarify_record import scalars_of

    report = AnalysisReport.from_json(written.need("analysis.json"))
    found = written.read(VIOLATIONS)
    violations = None if found is None else ClarifyViolations.from_json(found)
    bias = report.pre_training_bias is not None or report.post_training_bias is not None
    execution = _common(
        written, "ModelBias" if bias else "ModelExplainability", {} if violations is None else violations.counts()
    )
    # Clarify's image writes a page of its own.
    return dataclasses.replace(
        execution, metrics=scalars_of(report), report=REPORT if written.read(REPORT) is not None else None
    )


_READERS: Final[Mapping[str, Callable[[WrittenFiles], Execution]]] = {
    "data_quality": _data_quality,
    "model_quality": _model_quality,
    "clarify": _clarify,
}


def _common(written: WrittenFiles, monitor_type: MonitorType, counts: Mapping[str, int]) -> Execution:
    environment = written.request.environment
    verdict = _verdict(written, counts)
    start, end, coverage = (environment.get(name) for name in ("start_time", "end_time", "coverage"))
    window = None
    if start and end:
        window = Window(parse_utc(start, field="start_time"), parse_utc(end, field="end_time"))
    return Execution(
        monitor_type=monitor_type,
        monitor=environment.get("sagemaker_monitoring_schedule_name"),
        endpoint=environment.get("sagemaker_endpoint_name"),
        status=verdict.status,
        exit_message=written.exit_message or exit_message.completed(verdict.violations),
        compatibility=SAGEMAKER,
        window=window,
        baseline=written.baseline,
        violations=verdict.violations,
        violations_by_check=verdict.by_check,
        coverage=None if coverage is None else float(coverage),
        merge_revision=environment.get("merge_revision"),
    )


def _verdict(written: WrittenFiles, counts: Mapping[str, int]) -> Verdict:
    number = sum(counts.values())
    told = exit_message.status_of(written.exit_message, 0)
    if told == exit_message.COMPLETED_WITH_VIOLATIONS and not number:
        raise MonitoringJobFailed(
            f"Processing job {written.request.job_name} says {written.exit_message!r}, but there are no violations in "
            f"{written.uri}/{VIOLATIONS}. Was the folder changed meanwhile? A cleared task runs a job anew."
        )
    return Verdict(exit_message.status_of(exit_message.completed(number), 0), number, dict(counts))


def _with_report(written: WrittenFiles, execution: Execution, page: Callable[[], str]) -> Execution:
    if written.request.environment.get("report_enabled") != "true":
        return execution
    (written.folder / REPORT).write_text(page(), encoding="utf-8")
    return dataclasses.replace(execution, report=REPORT)
