"""What can be set about a local SageMaker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

ACCOUNT = "123456789012"
"""The account everything belongs to, moto's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a local SageMaker behaves.

    :param data: folder that keeps everything; None forgets it at the end
    :param clock: where a simulated clock starts (timezone-aware); None is this machine's clock, unless ``data`` holds a
        simulated one
    :param start_delay: seconds from an execution's scheduled time to its start; AWS takes up to 1200
    :param pending: seconds, of this machine's, that a schedule stays ``Pending``
    :param endpoint_start: seconds, of this machine's, that an endpoint is ``Creating`` or ``Updating``; at AWS
        minutes
    :param jobs: jobs that run at the same time
    :param closed_account: answer like an account that Model Monitor, Clarify and Debugger are closed to
    :param enable_scripts: let jobs run the pre- and postprocessing scripts of their definitions
    :param images: further image addresses (without a tag: with any) that stand for this package's image
    :param training_images: training images (without a tag: of any tag) to the program of this machine that trains in
        their stead, and its arguments
    """

    data: Path | None = None
    clock: datetime | None = None
    start_delay: float = 0.0
    pending: float = 0.3
    endpoint_start: float = 0.0
    jobs: int = 2
    closed_account: bool = False
    enable_scripts: bool = False
    images: tuple[str, ...] = ()
    training_images: Mapping[str, Sequence[str]] = field(default_factory=dict)
