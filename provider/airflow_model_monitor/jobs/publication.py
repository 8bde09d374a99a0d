"""Publishing a job's files all at once: written beside the output folder, renamed into it when all are complete."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from airflow_model_monitor.contract.errors import ContractError

# In the order of publication. A reader that sees the violations sees everything: SageMaker's own readers wait for them.
OUTPUT_FILES = (
    *("statistics.json", "constraints.json", "analysis.json", "explanations_shap/baseline.csv"),
    *("explanations_shap/out.csv", "report.html", "execution.json", "constraint_violations.json"),
)


class Publication:
    """A staging folder beside ``output``; a context manager that leaves either all files or none.

    Entering removes what an earlier run left (its files, and the staging of one that was killed): results of two
    runs never stand side by side. Leaving by an exception, or without :meth:`keep`, removes what this run wrote.

    :param output: local folder; made when missing; files of other names in it are left alone
    :param inputs: local paths the job reads; none may be one of the files this run would replace
    :raises ContractError: the folder cannot be written, or holds an input under the name of an output
    """

    def __init__(self, output: Path, *, inputs: Sequence[Path] = ()) -> None:
        self.output = output
        self._inputs = [path.absolute() for path in inputs]
        self._published: list[Path] = []
        self._keep = False

    def __enter__(self) -> Self:
        replaced = {(self.output / name).absolute() for name in OUTPUT_FILES}
        for path in self._inputs:
            if path in replaced or path == self.output.absolute():
                raise ContractError(
                    f"the output folder {self.output} holds {path.name}, which this job reads",
                    field="output_path",
                    remedy="Name another output folder",
                )
        try:
            self.output.mkdir(parents=True, exist_ok=True)
            self._remove_abandoned()
            for name in OUTPUT_FILES:
                (self.output / name).unlink(missing_ok=True)
            self._remove_empty_folders()
            self._staging = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self._place()))
            self._lock = os.open(self._staging / ".lock", os.O_CREAT | os.O_RDWR)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        except OSError as error:
            message = f"cannot write to {self.output}: {error.strerror}"
            raise ContractError(message, field="output_path", remedy="Name another output folder") from error
        return self

    def write(self, name: str, text: str) -> None:
        """Stage one file (UTF-8, no newline added)."""
        self.staged(name).write_bytes(text.encode("utf-8"))

    def staged(self, name: str) -> Path:
        """Where one file is staged, for what is written piece by piece."""
        if name not in OUTPUT_FILES:
            raise ValueError(f"{name!r} is not one of a job's files: {', '.join(OUTPUT_FILES)}")
        path = self._staging / name
        path.parent.mkdir(exist_ok=True)
        return path

    @property
    def names(self) -> list[str]:
        """The files staged so far, in the order of publication."""
        return [name for name in OUTPUT_FILES if (self._staging / name).is_file()]

    def publish(self) -> None:
        """Move the staged files into the output folder, one rename each, the violations last."""
        for name in OUTPUT_FILES:
            staged = self._staging / name
            if staged.exists():
                target = self.output / name
                target.parent.mkdir(exist_ok=True)
                self._published.append(target)
                _move(staged, target)

    def keep(self) -> None:
        """Declare the job successful: what is published stays."""
        self._keep = True

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._keep:
            for path in reversed(self._published):
                path.unlink(missing_ok=True)
            self._remove_empty_folders()
        shutil.rmtree(self._staging, ignore_errors=True)
        os.close(self._lock)

    def _remove_empty_folders(self) -> None:
        for folder in {(self.output / name).parent for name in OUTPUT_FILES} - {self.output}:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    @property
    def _prefix(self) -> str:
        return f".{self.output.absolute().name}.staging-"

    def _place(self) -> Path:
        """The folder beside the output where it can be written; a mounted output may stand in a read-only one."""
        beside = self.output.absolute().parent
        return beside if os.access(beside, os.W_OK) else Path(tempfile.gettempdir())

    def _remove_abandoned(self) -> None:
        for folder in self._place().glob(f"{self._prefix}*"):
            try:
                lock = os.open(folder / ".lock", os.O_RDWR)
            except FileNotFoundError:
                continue  # another run is just making it
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            except BlockingIOError:
                pass  # its run is alive
            finally:
                os.close(lock)


def _move(staged: Path, target: Path) -> None:
    try:
        os.replace(staged, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The output is a mount of its own: a copy within it comes first, so that the last step is still one rename.
        partial = target.with_name(f".{target.name}.partial")
        try:
            shutil.copyfile(staged, partial)
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
