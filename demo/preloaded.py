"""Imported once, in the process that the demonstration's other processes are forked from.

Airflow, its API server and what the jobs work with take seconds of processor time to import, in every interpreter that
does. Nothing here may open a database, start a thread or read the settings of the DAGs: a fork would share it.
"""

from __future__ import annotations

import gc
import os
import time

# What Airflow says while it is imported is for a file, whichever way it says it.
with open(f"{os.environ['AIRFLOW_HOME']}.log", "ab", buffering=0) as _log:
    os.dup2(_log.fileno(), 1)
    os.dup2(_log.fileno(), 2)

import airflow.models
import airflow.sdk.execution_time.task_runner
from airflow.sdk.execution_time.supervisor import in_process_api_server
from sqlalchemy.orm import configure_mappers

import airflow_model_monitor.jobs.analyze
import airflow_model_monitor.jobs.clarify
import airflow_model_monitor.jobs.merge
import airflow_model_monitor.report.render
import airflow_model_monitor.runtimes.worker  # noqa: F401

airflow.models.import_all_models()
configure_mappers()
in_process_api_server().app  # noqa: B018  otherwise made in every process, on its first run
# All this stays; looking through it for garbage again and again finds none.
gc.freeze()

PROCESSOR_SECONDS = time.process_time()
"""What this took, beginning with the interpreter's start."""
