"""Rules that keep a drift from becoming a storm of retrainings; for ``RetrainingGuardOperator``.

They are pure: what they look at, the time too, is in the
:class:`~airflow_model_monitor.guards.situation.Situation` they are given.
"""

from __future__ import annotations

from airflow_model_monitor.guards.cool_down import CoolDown
from airflow_model_monitor.guards.ignore_backfills import IgnoreBackfills
from airflow_model_monitor.guards.ignore_repeats import IgnoreRepeats
from airflow_model_monitor.guards.monthly_limit import MonthlyLimit
from airflow_model_monitor.guards.one_at_a_time import OneAtATime
from airflow_model_monitor.guards.violated_windows import ViolatedWindows

__all__ = ["CoolDown", "IgnoreBackfills", "IgnoreRepeats", "MonthlyLimit", "OneAtATime", "ViolatedWindows"]
