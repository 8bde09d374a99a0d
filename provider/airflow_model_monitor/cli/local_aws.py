"""``model-monitor local-aws``: a local SageMaker as a server in the foreground."""

from __future__ import annotations

import argparse
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_DESCRIPTION = """\
Run a local SageMaker: AWS's API on this machine, with monitoring jobs that really run. Point any
client at it (AWS_ENDPOINT_URL=http://127.0.0.1:5055 and any credentials). S3, CloudWatch, SNS, SQS
and the rest of AWS answer from moto."""

_EXAMPLES = """\
examples:
  try it; everything is forgotten at the end
    model-monitor local-aws
  keep everything in a folder, by a clock that stands still until it is moved
    model-monitor local-aws --data .local-aws --clock 2026-01-01T00:00:00Z
    curl -d '{"advance": "PT1H", "wait": true}' http://127.0.0.1:5055/_model_monitor/clock

  train for real: a program of yours in place of a training image
    model-monitor local-aws --training-image my-trees='python train.py'

Exit codes: 0 stopped by SIGINT or SIGTERM; 1 it cannot start; 2 the call is at fault."""

PORT = 5055


def add_command(commands: Any) -> None:
    """Add ``local-aws`` to the commands."""
    parser = commands.add_parser(
        "local-aws",
        help="run a local SageMaker, whose monitoring jobs really run",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    server = parser.add_argument_group("server")
    server.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen at; only this machine by default"
    )
    server.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=f"port to listen at, 0 for a free one (default: {PORT})"
    )
    server.add_argument("--data", type=Path, metavar="DIR", help="folder that keeps everything; without it all is lost")
    time = parser.add_argument_group("time")
    time.add_argument(
        "--clock",
        type=_moment,
        metavar="TIME",
        help="a simulated clock that starts here (ISO 8601 with a time zone) and stands still until it is moved",
    )
    time.add_argument(
        "--start-delay",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="from an execution's scheduled time to its start (AWS: up to 1200; default: 0)",
    )
    time.add_argument(
        "--pending", type=_seconds, default=0.3, metavar="SECONDS", help="that a schedule stays Pending (default: 0.3)"
    )
    time.add_argument(
        "--endpoint-start",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="that an endpoint is Creating or Updating (AWS: minutes; default: 0)",
    )
    jobs = parser.add_argument_group("jobs")
    jobs.add_argument("--jobs", type=_count, default=2, metavar="N", help="jobs at the same time (default: 2)")
    jobs.add_argument(
        "--image", action="append", default=[], metavar="IMAGE", help="stands for this package's image; repeatable"
    )
    jobs.add_argument(
        "--training-image",
        action="append",
        default=[],
        type=_training_image,
        metavar="IMAGE=COMMAND",
        help="run COMMAND, a program of this machine, as the training container of IMAGE; repeatable",
    )
    jobs.add_argument(
        "--enable-scripts", action="store_true", help="let pre- and postprocessing scripts of definitions run"
    )
    jobs.add_argument(
        "--closed-account",
        action="store_true",
        help="answer like an account that Model Monitor, Clarify and Debugger are closed to",
    )
    parser.set_defaults(run=_run, parser=parser)


def _run(arguments: argparse.Namespace) -> int:
    try:
        from airflow_model_monitor.local.journal import JournalError
        from airflow_model_monitor.local.server import LocalAwsServer
        from airflow_model_monitor.local.settings import Settings

        settings = Settings(
            data=arguments.data,
            clock=arguments.clock,
            start_delay=arguments.start_delay,
            pending=arguments.pending,
            endpoint_start=arguments.endpoint_start,
            jobs=arguments.jobs,
            closed_account=arguments.closed_account,
            enable_scripts=arguments.enable_scripts,
            images=tuple(arguments.image),
            training_images=dict(arguments.training_image),
        )
        # What moto brings is imported here, and by the start.
        server = LocalAwsServer(settings, host=arguments.host, port=arguments.port)
    except ModuleNotFoundError as error:
        return _not_installed(error)
    try:
        server.start()
    except ModuleNotFoundError as error:
        return _not_installed(error)
    except (JournalError, OSError) as error:
        sys.stderr.write(f"The local SageMaker cannot start: {error}\n")
        return 1
    sys.stdout.write(f"Local SageMaker at {server.url}\n")
    sys.stdout.flush()
    try:
        server.wait()
    except (KeyboardInterrupt, SystemExit):
        sys.stderr.write("The local SageMaker stops.\n")
    finally:
        server.stop()
    return 0


def _not_installed(error: ModuleNotFoundError) -> int:
    sys.stderr.write(f"{error}: install the extra: pip install 'airflow-model-monitor[local]'\n")
    return 1


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; write 2026-01-01T00:00:00Z") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone; write {text}Z for UTC")
    return moment.astimezone(UTC)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of jobs; give 1 or more")
    return int(text)


def _training_image(text: str) -> tuple[str, tuple[str, ...]]:
    image, _, command = text.partition("=")
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{command!r} is no command: {error}") from None
    if not image or not words:
        raise argparse.ArgumentTypeError(f"{text!r} does not say which program trains; write IMAGE='python train.py'")
    return image, words
