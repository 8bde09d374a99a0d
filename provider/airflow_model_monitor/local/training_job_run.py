"""One training job: its channels fetched, the image's program run on them, its model sent up."""

from __future__ import annotations

import json
import os
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from airflow_model_monitor.local.errors import ServiceError
from airflow_model_monitor.local.job_child import ChildEnd, run_child, server_variables
from airflow_model_monitor.local.job_log import TRAINING, JobLog
from airflow_model_monitor.local.job_run import JobRun, algorithm_error
from airflow_model_monitor.local.s3_folders import fetch, send, send_file
from airflow_model_monitor.local.schedules import REGION
from airflow_model_monitor.local.training_container import TrainingFolders, channels, lay_out, training_variables
from airflow_model_monitor.local.training_image import training_command
from airflow_model_monitor.local.training_jobs import TrainingJobs

GRACE: Final = 120.0
"""Seconds SageMaker gives a training container from SIGTERM to SIGKILL, to save what it has."""
_LONGEST_FAILURE: Final = 1024
"""Characters of the failure file that are read."""


class TrainingJobRun(JobRun):
    """A training job that is run once."""

    jobs: TrainingJobs
    _began: float | None = None

    def work(self, document: Mapping[str, Any], folder: Path) -> None:
        """Train; see :class:`.JobRun`."""
        self._began = time.monotonic()
        region = document[REGION]
        command = training_command(document.get("AlgorithmSpecification") or {}, self.aws.settings.training_images)
        _check_able(document)
        self._enter("Downloading")
        folders = TrainingFolders(folder / "ml")
        lay_out(folders, document)
        for channel in channels(document):
            fetch(self.aws, region, channel, folders.data / channel.name)
        self._enter("Training")
        child = self._train(command, document, folders, folder)
        if child.by == "itself" and child.exit_code != 0:
            self.end("Failed", reason=algorithm_error(_failure(folders), child.exit_code))
            return
        sent = self._send(document, folders, folder, always=child.by == "itself")
        if child.by == "itself":
            self.end("Completed", **sent)
        else:
            self.end("Stopped", secondary="MaxRuntimeExceeded" if child.by == "limit" else "Stopped", **sent)

    def end(self, status: str, *, reason: str | None = None, secondary: str = "", **members: Any) -> None:
        """Write down how the job came to its end; see :class:`.JobRun`.

        :param secondary: its secondary status, where that is another word
        """
        if self._began is not None:
            # At least one, as SageMaker bills; of this machine's clock, for a simulated one may stand still.
            seconds = max(1, round(time.monotonic() - self._began))
            members |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        passed = self.jobs.entered(self.key, secondary or status, self.watch.now())
        super().end(status, reason=reason, **passed, **members)

    def _enter(self, secondary: str) -> None:
        self.change(**self.jobs.entered(self.key, secondary, self.watch.now()))

    def _train(
        self, command: list[str], document: Mapping[str, Any], folders: TrainingFolders, folder: Path
    ) -> ChildEnd:
        region, temporary, spec = document[REGION], folder / "tmp", folder / "spec.json"
        temporary.mkdir()
        base = server_variables(self.aws.url, region, temporary)
        environment = {name: value for name, value in base.items() if name != "PYTHONPATH"}
        if "PYTHONPATH" in os.environ:
            environment["PYTHONPATH"] = os.environ["PYTHONPATH"]  # the program is none of this package
        environment |= {"AWS_REGION": region, **training_variables(folders, document)}
        spec.write_text(json.dumps({"command": command, "environment": environment}), encoding="utf-8")
        with JobLog(self.aws, region, TRAINING, document["TrainingJobName"], self.watch, folder / "log") as log:
            return run_child(
                "airflow_model_monitor.local.training_process",
                spec,
                log=log,
                orders=self.orders,
                limit=document["StoppingCondition"]["MaxRuntimeInSeconds"],
                environment=base,
                grace=GRACE,
            )

    def _send(
        self, document: Mapping[str, Any], folders: TrainingFolders, folder: Path, *, always: bool
    ) -> dict[str, Any]:
        """Send model and further output up; the members that say where the model is.

        :param always: also a model without files, as a job has it that completes
        """
        self._enter("Uploading")
        region, place = document[REGION], document["OutputDataConfig"]
        base = f"{place['S3OutputPath'].rstrip('/')}/{document['TrainingJobName']}/output"
        packed = place.get("CompressionType", "GZIP") == "GZIP"
        sent: dict[str, Any] = {}
        for name, source in (("output", folders.output), ("model", folders.model)):
            if not any(path.is_file() for path in source.rglob("*")) and not (always and name == "model"):
                continue
            uri = f"{base}/{name}.tar.gz" if packed else f"{base}/{name}/"
            if packed:
                send_file(self.aws, region, _archive(source, folder / f"{name}.tar.gz"), uri, place.get("KmsKeyId"))
            else:
                send(self.aws, region, source, uri, place.get("KmsKeyId"))
            if name == "model":
                sent["ModelArtifacts"] = {"S3ModelArtifacts": uri}
        return sent


def _check_able(document: Mapping[str, Any]) -> None:
    """Raise for what would train something else than was asked for."""
    resources = document.get("ResourceConfig") or {}
    if resources.get("InstanceGroups") or resources.get("InstanceCount", 1) > 1:
        raise ServiceError("ClientError", "Local SageMaker: it trains on one instance; ask for InstanceCount 1.")
    if document.get("CheckpointConfig"):
        raise ServiceError("ClientError", "Local SageMaker: it keeps no checkpoints; leave CheckpointConfig out.")


def _failure(folders: TrainingFolders) -> str:
    if not folders.failure.is_file():
        return ""
    return folders.failure.read_text(encoding="utf-8", errors="replace")[:_LONGEST_FAILURE]


def _archive(source: Path, target: Path) -> Path:
    with tarfile.open(target, "w:gz") as archive:
        for path in sorted(source.iterdir()):
            archive.add(path, arcname=path.name)
    return target
