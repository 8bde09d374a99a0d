"""What must be settled before any test module imports Airflow.

Airflow reads its configuration once, at import, and would create ``~/airflow`` on sight. Every test process therefore
gets a home of its own, removed at exit, whichever test imports Airflow first.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import HealthCheck, settings

# Whether a property holds does not depend on how busy the machine is.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

# Tests of AWS's own clients, which run in environments of their own: `make test-sdk`.
collect_ignore = ["sdk"]

_HOME = tempfile.mkdtemp(prefix="model-monitor-airflow-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.makedirs(os.path.join(_HOME, "dags"))
os.environ.update(
    {
        "AIRFLOW_HOME": _HOME,
        "AIRFLOW__CORE__DAGS_FOLDER": os.path.join(_HOME, "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
        # Unit test mode says True, which would hide that a plain cron string gives a run no data interval.
        "AIRFLOW__SCHEDULER__CREATE_CRON_DATA_INTERVALS": "False",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_HOME}/airflow.db",
        # No test may wait for an instance's metadata service, or use the credentials of whoever runs the tests.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
    }
)
