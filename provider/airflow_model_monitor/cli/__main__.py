"""``python -m airflow_model_monitor.cli``."""

from __future__ import annotations

import sys

from airflow_model_monitor.cli.main import main

sys.exit(main())
