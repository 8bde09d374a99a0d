"""Names of jobs: deterministic, so that a retried task meets the job it has already started."""

from __future__ import annotations

import hashlib
import re

MAX_LENGTH = 63
_PATTERN = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_HEX_DIGITS = 24  # as in the names the service gives to its own jobs


def job_name(prefix: str, *parts: object) -> str:
    """A job name made of a prefix and a digest of what makes this job this job.

    The same parts give the same name, on every machine and in every process.

    :param prefix: readable beginning, cut where the whole would be longer than 63 characters
    :param parts: what identifies the job: addresses, window, settings; their ``str`` counts
    :raises ValueError: the prefix holds characters that no name may hold
    """
    digest = hashlib.sha256("\x00".join(str(part) for part in parts).encode()).hexdigest()[:_HEX_DIGITS]
    readable = prefix[: MAX_LENGTH - _HEX_DIGITS - 1].rstrip("-")
    return checked_name("job name", f"{readable}-{digest}")


def attempt_name(name: str, attempt: int = 1, *identity: object) -> str:
    """The name of one attempt at a job: the job's own beginning, and a digest of job, identity and attempt.

    :param name: of the job, which says what is asked for
    :param attempt: 1 for the first; those after it follow jobs that failed
    :param identity: on whose behalf it runs, e.g. a task instance; without any, the first attempt has the job's name
    """
    if attempt == 1 and not identity:
        return checked_name("job_name", name)
    prefix, _, digest = name.rpartition("-")
    derived = prefix and len(digest) == _HEX_DIGITS and set(digest) <= set("0123456789abcdef")
    return job_name(prefix if derived else name, name, *identity, attempt)


def checked_name(argument: str, value: str) -> str:
    """``value`` if SageMaker accepts it as a name.

    :param argument: what the caller calls it, for the message
    :raises ValueError: it is empty, longer than 63 characters, or holds others than letters, digits and inner hyphens
    """
    if _PATTERN.fullmatch(value) is None or len(value) > MAX_LENGTH:
        hint = "replace '_' and '.' by '-'" if re.search(r"[_.]", value) else "e.g. 'churn-data-quality'"
        raise ValueError(
            f"{argument}: {value!r} ({len(value)} characters) is not a name SageMaker accepts; allowed are 1 to "
            f"{MAX_LENGTH} letters, digits and inner hyphens; {hint}"
        )
    return value
