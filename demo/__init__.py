"""The demonstration: a year of departures from New York, scored by a classifier and watched by a monitoring DAG."""

from __future__ import annotations
