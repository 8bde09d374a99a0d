"""One running stack for all system tests: starting it is what takes the time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.postgres import binary
from tests.system.stack import Stack, running


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The services of docker-compose.yaml; their logs are kept when a test failed."""
    binary("initdb")
    # Not pytest's own folder: that one is closed to the user PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="model-monitor-system-"))
    folder.chmod(0o755)
    failed_before = request.session.testsfailed
    try:
        with running(folder) as started:
            yield started
    except BaseException:
        print(f"logs are kept in {folder}")
        raise
    if request.session.testsfailed == failed_before:
        shutil.rmtree(folder)
    else:
        print(f"logs are kept in {folder}")
