"""SageMaker's operations of monitoring and of what it is about, one module per resource.

An action gets the local SageMaker, the region and the request, which satisfies the service model, and returns at least
the members of the answer; what is not in the model's answer is left out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_model_monitor.local.aws import LocalAws

Action = Callable[["LocalAws", str, Mapping[str, Any]], dict[str, Any]]
