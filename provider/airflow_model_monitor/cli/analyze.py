"""``model-monitor analyze``: one analyzer job, from the environment, each variable also a flag."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DESCRIPTION = """\
Profile a data set, or judge a model by its labels, and check what was found against a baseline
when one is given.

Everything is read from the environment, under the names and with the defaults of SageMaker's
analyzer container; each flag overrides one variable (given in brackets)."""

_EXAMPLES = """\
examples:
  suggest a baseline
    model-monitor analyze --dataset train.csv --format csv --header --output baseline
  check captured traffic against it, with a report
    model-monitor analyze --dataset capture/ --format capture --output today --report \\
      --constraints baseline/constraints.json --statistics baseline/statistics.json
  suggest a baseline for a model's quality, then judge merged records by it
    model-monitor analyze --problem-type BinaryClassification --dataset scored.csv --format csv \\
      --header --prediction predicted --probability score --label actual --output baseline
    model-monitor analyze --problem-type BinaryClassification --dataset merge/ --format merged \\
      --probability 0 --threshold 0.5 --constraints baseline/constraints.json --output today

The last line of the standard output is the exit message. Exit codes: 0 completed, with violations
or without; 255 the input is at fault; 1 an unexpected failure; 2 the call is at fault."""

FORMATS: Mapping[str, str] = {
    "csv": "",
    "jsonl": '{"json": {"lines": true}}',
    "json": '{"json": {"lines": false}}',
    "parquet": '{"parquet": {}}',
    "capture": '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}',
    "merged": '{"sagemakerMergeJson":{"captureIndexNames":null}}',
}


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag and the environment variable it overrides."""

    flag: str
    variable: str
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    switch: str | None = None


_GROUPS: Mapping[str, tuple[Flag, ...]] = {
    "input": (
        Flag("--dataset", "dataset_source", "file or folder, or an address such as s3://bucket/prefix", "PATH"),
        Flag(
            "--constraints",
            "baseline_constraints",
            "constraints.json to check against; none: suggest a baseline",
            "FILE",
        ),
        Flag("--statistics", "baseline_statistics", "statistics.json to measure drift from", "FILE"),
        Flag("--start-time", "start_time", "first moment of the data, ISO 8601", "TIME"),
        Flag("--end-time", "end_time", "first moment after the data", "TIME"),
    ),
    "model quality": (
        Flag(
            "--problem-type",
            "problem_type",
            "judge a model instead of data: Regression, BinaryClassification or MulticlassClassification",
            "PROBLEM",
            choices=("Regression", "BinaryClassification", "MulticlassClassification"),
        ),
        Flag(
            "--prediction", "inference_attribute", "the prediction: column index, name, JSONPath or JMESPath", "WHERE"
        ),
        Flag("--probability", "probability_attribute", "the probability of the positive class, likewise", "WHERE"),
        Flag("--threshold", "probability_threshold_attribute", "probability above which it is predicted", "P"),
        Flag("--label", "ground_truth_attribute", "the label; merged records know it, unless it is JSON", "WHERE"),
        Flag("--positive-label", "positive_label", "the positive class, where it is not 1", "CLASS"),
        Flag("--seed", "seed", "text that decides the samples behind standard deviations", "TEXT"),
        Flag("--coverage", "coverage", "labelled share of the captures, as the merge counted it", "SHARE"),
        Flag("--merge-revision", "merge_revision", "name of the merged data that is judged", "NAME"),
    ),
    "output": (
        Flag("--output", "output_path", "folder for the files; published all at once", "FOLDER"),
        Flag("--report", "report_enabled", "write report.html too", switch="true"),
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
        Flag("--exact-rows", "exact_rows", "use the original's arithmetic up to this many rows", "N"),
        Flag(
            "--categorical-drift-method",
            "categorical_drift_method",
            "distance for text columns",
            choices=("LInfinity", "ChiSquared"),
        ),
        Flag("--generation", "file_generation", "write files in the form of this year: 2020, 2023 or 2024", "YEAR"),
        Flag("--memory-limit", "memory_limit", "memory of the engine, such as 512MB", "SIZE"),
        Flag("--threads", "threads", "threads of the engine", "N"),
    ),
    "scripts": (
        Flag(
            "--preprocessor", "record_preprocessor_script", "script with preprocess_handler(inference_record)", "FILE"
        ),
        Flag("--postprocessor", "post_analytics_processor_script", "script with postprocess_handler()", "FILE"),
        Flag("--enable-scripts", "enable_scripts", "allow these scripts to run", switch="true"),
        Flag("--script-time-limit", "script_time_limit_seconds", "time a script may take for one answer", "SECONDS"),
        Flag("--script-memory-limit", "script_memory_limit_mb", "memory a script may use", "MB"),
        Flag("--script-pass-environment", "script_pass_environment", "further variables a script may see", "NAMES"),
    ),
}


def add_command(commands: Any) -> None:
    """Add ``analyze`` to the commands."""
    parser = commands.add_parser(
        "analyze",
        help="profile a data set and check it against a baseline",
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
                metavar="FORMAT",
                type=_format,
                help=f"{', '.join(FORMATS)}, or the JSON text of [dataset_format]",
            )
            group.add_argument(
                "--header",
                action=argparse.BooleanOptionalAction,
                help="whether the first line of a CSV file names the columns",
            )
    parser.set_defaults(run=_run, parser=parser)


def add_flag(group: Any, flag: Flag) -> None:
    """Add a flag to a group of arguments; its help ends in the variable it overrides."""
    options: dict[str, Any] = {"dest": flag.variable, "help": f"{flag.help} [{flag.variable}]"}
    if flag.switch is not None:
        group.add_argument(flag.flag, action="store_const", const=flag.switch, **options)
    else:
        group.add_argument(flag.flag, metavar=flag.metavar, choices=flag.choices, **options)


def _format(text: str) -> str:
    if text in FORMATS or text.lstrip().startswith("{"):
        return text
    names = ", ".join(FORMATS)
    raise argparse.ArgumentTypeError(f"invalid choice: '{text}' (choose from {names})")


def environment(arguments: argparse.Namespace, env: Mapping[str, str]) -> dict[str, str]:
    """Return ``env`` with what the flags override.

    :raises ValueError: a header is stated for a format that has none
    """
    flags = [flag for flags in _GROUPS.values() for flag in flags]
    given = {flag.variable: getattr(arguments, flag.variable) for flag in flags}
    result = {**env, **{name: value for name, value in given.items() if value is not None}}
    if given["cloudwatch_metrics_directory"] is not None:
        result["publish_cloudwatch_metrics"] = "Enabled"
    if given["problem_type"] is not None:
        result["analysis_type"] = "MODEL_QUALITY"
    name = arguments.format
    if arguments.header is not None and name not in ("csv", None):
        raise ValueError("--header belongs to --format csv")
    if name == "csv" or arguments.header is not None:
        result["dataset_format"] = json.dumps(
            {"csv": {"header": bool(arguments.header), "output_columns_position": "START"}}
        )
    elif name is not None:
        result["dataset_format"] = FORMATS.get(name, name)
    return result


def _run(arguments: argparse.Namespace) -> int:
    try:
        env = environment(arguments, os.environ)
    except ValueError as error:
        arguments.parser.error(str(error))
    from airflow_model_monitor.jobs.analyze import run

    result = run(env)
    if result.execution is not None:
        sys.stderr.write(f"Files: {result.output_dir}\n")
        for check, number in result.execution.violations_by_check.items():
            sys.stderr.write(f"  {check}: {number}\n")
        original = result.execution.original_verdict
        if original is not None:
            found = "" if original.status == "Failed" else f", {original.violations} violations"
            sys.stderr.write(f"SageMaker's own analyzer would have said: {original.status}{found}\n")
    else:
        for variable, flag in (("dataset_source", "--dataset"), ("dataset_format", "--format")):
            if not env.get(variable, "").strip():
                sys.stderr.write(f"{flag} sets {variable}; see model-monitor analyze --help\n")
    sys.stderr.flush()
    sys.stdout.write(f"{result.message}\n")
    return result.exit_code
