"""A bias metric that cannot be computed: its message stands in analysis.json beside a null value."""

from __future__ import annotations


class MetricError(ValueError):
    """Why one metric of one group has no value. The other metrics of the run keep theirs."""
