"""``model-monitor clarify``: one bias or explainability job, from a configuration and folders."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

from airflow_model_monitor.cli.analyze import FORMATS, Flag, add_flag

_DESCRIPTION = """\
Measure a model's bias, or explain its predictions, as an analysis_config.json of SageMaker Clarify
asks for it; check what was found against a baseline when one is given.

Folders and their defaults are those of SageMaker's Clarify container; each flag overrides one
variable of the environment (given in brackets)."""

_EXAMPLES = """\
examples:
  a baseline of a model that answers /invocations on this machine
    model-monitor clarify --config analysis_config.json --data train.csv --output baseline \\
      --endpoint-url http://localhost:8080
  the same of an ONNX file
    model-monitor clarify --config analysis_config.json --data train.csv --output baseline \\
      --model model.onnx
  bias drift of records merged with their ground truth; their answers are in them, no model is asked
    model-monitor clarify --config monitor_config.json --data merge/ --format merged \\
      --probability 0 --baseline baseline/analysis.json --output today
  attribution drift of captured requests
    model-monitor clarify --config monitor_config.json --data capture/ --format capture \\
      --baseline baseline/analysis.json --output today --endpoint-name delays

The variable endpoint_authorization, where it is set, is the Authorization header of HTTP requests.
The last line of the standard output is the exit message. Exit codes: 0 completed, with violations
or without; 255 the input is at fault; 1 an unexpected failure; 2 the call is at fault."""

AUTHORIZATION: Final = "endpoint_authorization"

_GROUPS: Mapping[str, tuple[Flag, ...]] = {
    "input": (
        Flag("--config", "analysis_config", "analysis_config.json, or the folder it is in", "PATH"),
        Flag("--data", "dataset_source", "file or folder, or an address such as s3://bucket/prefix", "PATH"),
        Flag("--baseline", "baseline_constraints", "analysis.json to compare with; none: this is the baseline", "FILE"),
        Flag("--start-time", "start_time", "first moment of the data, ISO 8601", "TIME"),
        Flag("--end-time", "end_time", "first moment after the data", "TIME"),
    ),
    "where a monitor's records hold what": (
        Flag("--features", "features_attribute", "the features in a JSON request, a JMESPath", "WHERE"),
        Flag("--prediction", "inference_attribute", "the predicted label: column index, name or JMESPath", "WHERE"),
        Flag("--probability", "probability_attribute", "its probability, likewise", "WHERE"),
        Flag("--threshold", "probability_threshold_attribute", "probability above which 1 is predicted", "P"),
        Flag(
            "--label", "ground_truth_attribute", "the label in the ground truth, where the config does not say", "WHERE"
        ),
        Flag("--coverage", "coverage", "labelled share of the captures, as the merge counted it", "SHARE"),
        Flag("--merge-revision", "merge_revision", "name of the merged data that is judged", "NAME"),
    ),
    "model": (
        Flag("--endpoint-url", "endpoint_url", "address of a model that answers /invocations", "URL"),
        Flag("--model", "model_uri", "ONNX file of the model, run here", "FILE"),
        Flag("--endpoint-name", "endpoint_name", "SageMaker endpoint of the model", "NAME"),
        Flag("--request-rows", "request_rows", "most records of a request", "N"),
        Flag("--request-seconds", "request_seconds", "time the model may take for one answer", "SECONDS"),
        Flag("--retry-seconds", "retry_seconds", "time that asking again may take in all", "SECONDS"),
    ),
    "output": (
        Flag("--output", "output_path", "folder for the files; published all at once", "FOLDER"),
        Flag("--report", "report_enabled", "write report.html, also where the config does not ask", switch="true"),
        Flag("--message-file", "output_message_file", "file for the exit message", "FILE"),
        Flag("--metrics", "cloudwatch_metrics_directory", "write CloudWatch metric records into this folder", "FOLDER"),
        Flag("--endpoint", "sagemaker_endpoint_name", "endpoint the metrics belong to", "NAME"),
        Flag("--schedule", "sagemaker_monitoring_schedule_name", "monitoring schedule the metrics belong to", "NAME"),
    ),
    "behaviour": (
        Flag(
            "--compatibility",
            "compatibility",
            "the original, bugs included (default), or with its bugs mended",
            choices=("sagemaker", "corrected"),
        ),
        Flag("--memory-limit", "memory_limit", "memory of the engine, such as 512MB", "SIZE"),
        Flag("--threads", "threads", "threads of the engine", "N"),
    ),
}


def add_command(commands: Any) -> None:
    """Add ``clarify`` to the commands."""
    parser = commands.add_parser(
        "clarify",
        help="measure bias or explain predictions, and compare with a baseline",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for title, flags in _GROUPS.items():
        group = parser.add_argument_group(title)
        for flag in flags:
            add_flag(group, flag)
        if title == "input":
            group.add_argument(
                "--format",
                choices=tuple(FORMATS),
                help="layout of a monitor's data; left out, the configuration describes the data set [dataset_format]",
            )
    parser.set_defaults(run=_run, parser=parser)


def environment(arguments: argparse.Namespace, env: Mapping[str, str]) -> dict[str, str]:
    """Return ``env`` with what the flags override."""
    flags = [flag for flags in _GROUPS.values() for flag in flags]
    given = {flag.variable: getattr(arguments, flag.variable) for flag in flags}
    result = {**env, **{name: value for name, value in given.items() if value is not None}}
    if given["cloudwatch_metrics_directory"] is not None:
        result["publish_cloudwatch_metrics"] = "Enabled"
    if arguments.format is not None:
        result["dataset_format"] = FORMATS[arguments.format] or '{"csv": {"header": false}}'
    return result


def _run(arguments: argparse.Namespace) -> int:
    env = environment(arguments, os.environ)
    from airflow_model_monitor.jobs.clarify import run

    authorization = os.environ.get(AUTHORIZATION)
    result = run(env, headers={"Authorization": authorization} if authorization else None)
    if result.execution is not None:
        sys.stderr.write(f"Files: {result.output_dir}\n")
        for check, number in result.execution.violations_by_check.items():
            sys.stderr.write(f"  {check}: {number}\n")
        original = result.execution.original_verdict
        if original is not None:
            found = "" if original.status == "Failed" else f", {original.violations} violations"
            sys.stderr.write(f"SageMaker's own analyzer would have said: {original.status}{found}\n")
    sys.stderr.flush()
    sys.stdout.write(f"{result.message}\n")
    return result.exit_code
