"""``model-monitor report``: the HTML page of an execution that is already there, ours or SageMaker's own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_model_monitor.contract.execution import Execution, MonitorType
    from airflow_model_monitor.jobs.location import Location


def add_command(commands: Any) -> None:
    """Add ``report`` to the commands."""
    parser = commands.add_parser(
        "report",
        help="write the HTML report of an execution",
        description="Write one self-contained HTML page from the files of an execution, ours or SageMaker's own:\n"
        "statistics.json, constraints.json, constraint_violations.json and execution.json, as far as there.",
        epilog="example:\n  model-monitor report today -o report.html --statistics baseline/statistics.json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("execution", metavar="EXECUTION_DIR", help="folder with the files; a path or an address")
    parser.add_argument("-o", "--output", metavar="FILE", default="report.html", type=Path, help="default: %(default)s")
    known = "default: where execution.json says it was"
    parser.add_argument("--constraints", metavar="FILE", help=f"the baseline's constraints.json; {known}")
    parser.add_argument("--statistics", metavar="FILE", help=f"the baseline's statistics.json; {known}")
    parser.set_defaults(run=_run, parser=parser)


def _run(arguments: argparse.Namespace) -> int:
    from airflow_model_monitor.contract.errors import ContractError

    try:
        page = _model_quality(arguments) if _is_model_quality(arguments.execution) else _data_quality(arguments)
    except ContractError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    try:
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(page, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"Error: cannot write {arguments.output}: {error.strerror}\n")
        return 1
    sys.stdout.write(f"{arguments.output}\n")
    return 0


def _data_quality(arguments: argparse.Namespace) -> str:
    from airflow_model_monitor.contract.constraints import Constraints
    from airflow_model_monitor.contract.statistics import Statistics
    from airflow_model_monitor.contract.violations import ConstraintViolations
    from airflow_model_monitor.report.render import render

    statistics = _read(arguments.execution, "statistics.json", Statistics.from_json)
    constraints = _read(arguments.execution, "constraints.json", Constraints.from_json)
    violations = _read(arguments.execution, "constraint_violations.json", ConstraintViolations.from_json)
    execution = _execution(arguments.execution, "DataQuality", statistics, violations)
    return render(
        execution,
        statistics=statistics,
        constraints=constraints,
        violations=violations,
        baseline_statistics=_baseline("statistics", arguments.statistics, execution, Statistics.from_json),
        baseline_constraints=_baseline("constraints", arguments.constraints, execution, Constraints.from_json),
    )


def _model_quality(arguments: argparse.Namespace) -> str:
    from airflow_model_monitor.contract.model_quality_constraints import ModelQualityConstraints
    from airflow_model_monitor.contract.model_quality_statistics import ModelQualityStatistics
    from airflow_model_monitor.contract.model_quality_violations import ModelQualityViolations
    from airflow_model_monitor.report.model_quality_page import render_model_quality

    parse = ModelQualityConstraints.from_json
    statistics = _read(arguments.execution, "statistics.json", ModelQualityStatistics.from_json)
    constraints = _read(arguments.execution, "constraints.json", parse)
    violations = _read(arguments.execution, "constraint_violations.json", ModelQualityViolations.from_json)
    execution = _execution(arguments.execution, "ModelQuality", statistics, violations)
    return render_model_quality(
        execution,
        statistics=statistics,
        constraints=constraints,
        violations=violations,
        baseline_constraints=_baseline("constraints", arguments.constraints, execution, parse),
    )


def _is_model_quality(folder: str) -> bool:
    """Whether the files are a model-quality execution's: by execution.json, else by what only such files hold."""
    from airflow_model_monitor.contract.json_reader import load

    record = _read(folder, "execution.json", load)
    if record is not None:
        return bool(record.child("monitor_type").value == "ModelQuality")
    statistics = _read(folder, "statistics.json", load)
    if statistics is not None:
        return any(name.endswith("_metrics") for name in statistics.object())
    violations = _read(folder, "constraint_violations.json", load)
    return violations is not None and any(item.has("metric_name") for item in violations.child("violations").items())


def _read(folder: str, name: str, parse: Any) -> Any:
    from airflow_model_monitor.jobs.location import Location

    content = _content(Location(f"{folder.rstrip('/')}/{name}"))
    return None if content is None else parse(content, f"{folder.rstrip('/')}/{name}")


def _content(location: Location) -> bytes | None:
    return location.read() if location.exists() else None


def _execution(folder: str, monitor_type: MonitorType, statistics: Any, violations: Any) -> Execution:
    """Return what ``execution.json`` says; of files SageMaker wrote, what they themselves say.

    :raises ContractError: there is nothing to report
    """
    from airflow_model_monitor.contract import exit_message
    from airflow_model_monitor.contract.errors import ContractError
    from airflow_model_monitor.contract.execution import Execution

    if statistics is None and violations is None:
        raise ContractError(
            "no statistics.json and no constraint_violations.json",
            file=folder,
            remedy="Name the folder of an execution",
        )
    found: Execution | None = _read(folder, "execution.json", Execution.from_json)
    if found is not None:
        return found
    number = len(violations) if violations else 0
    message = exit_message.completed(number)
    return Execution(
        monitor_type=monitor_type,
        status=exit_message.status_of(message, 0),
        exit_message=message,
        compatibility="sagemaker",
        rows=statistics.item_count if statistics else None,
        violations=number,
        violations_by_check=violations.counts() if violations else {},
    )


def _baseline(name: str, given: str | None, execution: Execution, parse: Any) -> Any:
    """Return a baseline file: the one named, or the one that judged, provided that it has not changed since."""
    import hashlib

    from airflow_model_monitor.jobs.location import Location

    if given is not None:
        return parse(Location(given).read(), given)
    used = execution.baseline.get(name)
    if used is None:
        return None
    content = _content(Location(used.uri))
    if content is None:
        sys.stderr.write(f"The baseline's {name} are no longer at {used.uri}; --{name} names another place\n")
        return None
    if hashlib.sha256(content).hexdigest() != used.sha256:
        sys.stderr.write(f"{used.uri} has changed since the execution and is left out; --{name} names a copy\n")
        return None
    return parse(content, used.uri)
