"""What the tests of the AWS CLI are given."""

from __future__ import annotations

import pytest
from aws_command import Aws


@pytest.fixture(scope="session")
def aws() -> Aws:
    return Aws()
