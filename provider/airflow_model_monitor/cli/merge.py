"""``model-monitor merge``: one merge job, from the environment, each variable also a flag."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any

from airflow_model_monitor.cli.analyze import Flag, add_flag

_DESCRIPTION = """\
Merge captured data with its ground truth: one record for each captured one that has a label.

Everything is read from the environment, under the names and with the defaults of SageMaker's
merge container; each flag overrides one variable (given in brackets)."""

_EXAMPLES = """\
examples:
  merge what an endpoint captured
    model-monitor merge --dataset capture/ --ground-truth labels/ --output merged
  merge the output of a batch transform job, refusing two labels for one id
    model-monitor merge --dataset output/ --format csv --ground-truth labels/ --output merged \\
      --label-choice refuse

Exit codes: 0 merged, with nothing on the standard output as the original's exit message is empty;
255 the input is at fault; 1 an unexpected failure; 2 the call is at fault. A failure's message is
the last line of the standard output."""

_FORMATS: Mapping[str, str] = {
    "capture": '{"sagemakerCaptureJson":{"captureIndexNames":null}}',
    "csv": '{"csv": {"header": false}}',
    "jsonl": '{"json": {"lines": true}}',
}

_GROUPS: Mapping[str, tuple[Flag, ...]] = {
    "input": (
        Flag("--dataset", "dataset_source", "captured data: file, folder or an address such as s3://…", "PATH"),
        Flag("--ground-truth", "ground_truth_source", "labels: file, folder or address", "PATH"),
        Flag("--start-time", "start_time", "first moment of the captured data, ISO 8601", "TIME"),
        Flag("--end-time", "end_time", "first moment after it", "TIME"),
    ),
    "output": (
        Flag("--output", "output_path", "folder for the merged records; published all at once", "FOLDER"),
        Flag("--message-file", "output_message_file", "file for the exit message", "FILE"),
        Flag("--endpoint", "sagemaker_endpoint_name", "endpoint the data is of", "NAME"),
        Flag("--schedule", "sagemaker_monitoring_schedule_name", "monitoring schedule the merge is for", "NAME"),
    ),
    "behaviour": (
        Flag(
            "--label-choice",
            "label_choice",
            "which label counts where an id has several (default: newest)",
            choices=("newest", "oldest", "all", "refuse"),
        ),
        Flag("--memory-limit", "memory_limit", "memory the engine may use, e.g. 512MB", "SIZE"),
        Flag("--threads", "threads", "threads of the engine", "N"),
    ),
}


def add_command(commands: Any) -> None:
    """Add ``merge`` to the commands."""
    parser = commands.add_parser(
        "merge",
        help="merge captured data with its ground truth",
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
                dest="dataset_format",
                type=_format,
                help=f"{', '.join(_FORMATS)} (capture by default), or JSON text [dataset_format]",
            )
    parser.set_defaults(run=_run, parser=parser)


def _format(text: str) -> str:
    if text in _FORMATS or text.lstrip().startswith("{"):
        return _FORMATS.get(text, text)
    raise argparse.ArgumentTypeError(f"invalid choice: '{text}' (choose from {', '.join(_FORMATS)})")


def environment(arguments: argparse.Namespace, env: Mapping[str, str]) -> dict[str, str]:
    """Return ``env`` with what the flags override."""
    variables = ["dataset_format", *(flag.variable for flags in _GROUPS.values() for flag in flags)]
    given = {name: getattr(arguments, name) for name in variables}
    return {**env, **{name: value for name, value in given.items() if value is not None}}


def _run(arguments: argparse.Namespace) -> int:
    env = environment(arguments, os.environ)
    from airflow_model_monitor.jobs.merge import run

    result = run(env)
    if result.execution is not None and result.execution.merge is not None:
        sys.stderr.write(f"Merged records: {result.output_dir}\n")
        for name, number in result.execution.merge.to_document().items():
            sys.stderr.write(f"  {name.replace('_', ' ')}: {number:,}\n")
        sys.stderr.write(f"  coverage: {result.execution.merge.coverage:.1%}\n")
    sys.stderr.flush()
    if result.message:
        sys.stdout.write(f"{result.message}\n")
    return result.exit_code
