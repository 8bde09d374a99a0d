"""What a user's script may use: time, memory and variables of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

# Enough to find libraries, time zone and temporary folder; secrets of an Airflow worker do not belong into a script.
_ALWAYS_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True, slots=True)
class ScriptLimits:
    """Limits of one script.

    :param seconds: of processor time (all calls together), and of waiting for any one answer
    :param memory_mb: address space in MiB; libraries such as pandas need several hundred before they do anything
    :param passed: names of further variables of this process the script may see, such as AWS credentials
    """

    seconds: float = 600.0
    memory_mb: int = 2048
    passed: tuple[str, ...] = ()

    def environment(self, job: Mapping[str, str]) -> dict[str, str]:
        """Return the script's environment: the job's own variables, the harmless ones and those passed by name."""
        names = (*_ALWAYS_PASSED, *self.passed)
        return {**{name: os.environ[name] for name in names if name in os.environ}, **job}
