"""Entry point of ``model-monitor``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType

from airflow_model_monitor import __version__
from airflow_model_monitor.cli import analyze, clarify, job, local_aws, merge, report
from airflow_model_monitor.cli.parser import HintingParser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 2 for a mistake in the call, else the command's own.

    :param argv: arguments without the program's name; those of the process by default
    """
    parser = HintingParser(
        prog="model-monitor",
        description="Open successor of Amazon SageMaker Model Monitor: checks a model's data against a baseline, "
        "reading and writing the same files.",
    )
    parser.add_argument("--version", action="version", version=f"model-monitor {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=HintingParser)
    analyze.add_command(commands)
    clarify.add_command(commands)
    job.add_command(commands)
    local_aws.add_command(commands)
    merge.add_command(commands)
    report.add_command(commands)
    arguments = parser.parse_all(argv)
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        code: int = arguments.run(arguments)
        return code
    except _Terminated as error:
        sys.stderr.write("\nStopped by SIGTERM; nothing was published.\n")
        raise SystemExit(error.code) from None
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; nothing was published.\n")
        return 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGTERM, previous)


def _stop(number: int, frame: FrameType | None) -> None:
    """Turn the signal into an exception, so that whatever is staged is removed on the way out."""
    raise _Terminated(128 + number)


class _Terminated(SystemExit):
    """The process was asked to end."""


if __name__ == "__main__":
    sys.exit(main())
