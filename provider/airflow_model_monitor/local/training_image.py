"""What stands in for a training image, for there are no containers here: a program of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any, Final

from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.local.job_image import without_tag

_TRAIN: Final = "train"
"""The argument SageMaker starts a training container with."""


def training_command(algorithm: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> list[str]:
    """What is run for a job: its image's program with the arguments the container would get.

    :param algorithm: the request's ``AlgorithmSpecification``
    :param known: image address (without a tag: of any tag) to the program and its arguments
    :raises ServiceError: nothing stands in for the image; says what to do
    """
    image = algorithm.get("TrainingImage")
    if image is None:
        raise _unable("a training job without AlgorithmSpecification.TrainingImage cannot be run; name an image")
    if algorithm.get("ContainerEntrypoint"):
        raise _unable(
            "AlgorithmSpecification.ContainerEntrypoint replaces the image's program, and there are no containers to "
            "run it in; leave it out"
        )
    program = known.get(image)
    if program is None:
        program = next((one for name, one in known.items() if name == without_tag(image)), None)
    if program is None:
        raise _unable(
            f"nothing stands in for the training image {image!r}, and there are no containers. Say which program of "
            f"this machine trains in its stead: start it with --training-image {without_tag(image)}=COMMAND; COMMAND "
            "is run as a training container is, with the argument train and SageMaker's files and variables"
        )
    if shutil.which(program[0]) is None:
        raise _unable(f"{program[0]!r}, which stands in for the training image {image!r}, is no program that is found")
    return [*program, *(algorithm.get("ContainerArguments") or (_TRAIN,))]


def _unable(what: str) -> ServiceError:
    return ServiceError("ClientError", f"Local SageMaker: {what}.")
