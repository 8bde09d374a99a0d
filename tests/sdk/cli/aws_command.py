"""The AWS CLI of this environment, as a function."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from local_service import address

AWS = Path(sys.executable).parent / "aws"


class CommandError(Exception):
    """The CLI ended with an error; its text is what the CLI said."""


class Aws:
    """``aws("sagemaker", "list-endpoints")`` runs that command; what it prints, read as JSON where it is JSON."""

    def __call__(self, *words: str) -> Any:
        # Version 1 of the CLI sends SQS to AWS's own address unless the command itself says another.
        further = ("--endpoint-url", address()) if words[0] == "sqs" else ()
        done = subprocess.run([str(AWS), *words, *further], check=False, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise CommandError(done.stderr.strip())
        text = done.stdout.strip()
        return json.loads(text) if text.startswith(("{", "[")) else text
