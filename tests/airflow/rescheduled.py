"""Tests of sensors in the mode ``reschedule``."""

from __future__ import annotations

import airflow
import pytest

#: Marks what looks more than once in that mode.
rescheduled = pytest.mark.skipif(
    airflow.__version__.startswith("3.0."), reason="dag.test() of Airflow 3.0 fails with any sensor that is rescheduled"
)
