"""What tests of jobs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.jobs.clarify_world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
