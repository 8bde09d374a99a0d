"""Where the recordings of real jobs are: a folder beside the repository that is not part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "golden"
REASON = "the folder of real outputs (../shared/golden beside the repository) is not there"


def golden_folder() -> Path:
    """The folder of real outputs; skips the calling test where it is absent."""
    if not FOLDER.is_dir():
        pytest.skip(REASON)
    return FOLDER


def golden_files(pattern: str) -> list[Any]:
    """The files under the folder that match ``pattern``, sorted, to parametrise a test with.

    Where the folder is absent, one parameter that skips the test with a plain reason.
    """
    if not FOLDER.is_dir():
        return [pytest.param(FOLDER, marks=pytest.mark.skip(reason=REASON), id="absent")]
    return sorted(FOLDER.glob(pattern))
