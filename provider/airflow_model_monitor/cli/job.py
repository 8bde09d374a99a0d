"""``model-monitor job``: whichever job the container contract asks for; what our container image starts."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_DESCRIPTION = """\
Run the job that the environment and the mounted folders ask for: `merge` where ground_truth_source
is set, `clarify` where there is an analysis_config.json or analysis_type asks for it, else
`analyze`. It is the entry point of this package's container image; what it reads and writes, and
its exit codes, are those of the command it runs."""

CONFIG_PATH: Final = "/opt/ml/processing/input/config/analysis_config.json"
_CLARIFY: Final = ("MODELBIAS", "MODELEXPLAINABILITY")


def add_command(commands: Any) -> None:
    """Add ``job`` to the commands."""
    parser = commands.add_parser(
        "job",
        help="run the job a container is asked for",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_run, parser=parser)


def command_for(env: Mapping[str, str]) -> str:
    """The command that an environment asks for: ``merge``, ``clarify`` or ``analyze``."""
    if env.get("ground_truth_source", "").strip():
        return "merge"
    analysis = env.get("analysis_type", "").strip().upper().replace("_", "")
    configured = Path(env.get("analysis_config", "").strip() or CONFIG_PATH)
    return "clarify" if analysis in _CLARIFY or configured.exists() else "analyze"


def _run(arguments: argparse.Namespace) -> int:
    from airflow_model_monitor.cli.main import main

    return main([command_for(os.environ)])
