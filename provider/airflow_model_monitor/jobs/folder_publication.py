"""Publishing whole folders at once: written beside the output folder, renamed into it when all are complete."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from airflow_model_monitor.contract.errors import ContractError

_PLAN: Final = "plan.json"
"""The renames of a publication, written before the first of them: whoever finds it can finish what was begun."""


class FolderPublication:
    """A staging folder beside ``output``; a context manager that leaves either all of its folders or none.

    Folders with files replace those of the same name in ``output`` as wholes; others in it stay. Where nothing is
    replaced, one rename publishes everything. A process killed in the middle of several renames has left complete
    folders only, and the next publication into the same output does the remaining ones first. Of two publications at
    once, one waits for the other's renames: what stays is all of the later one.

    :param output: local folder; made when missing
    :param inputs: local paths the job reads, none of them the output, in it, or around it
    :raises ContractError: the folder cannot be written, or inputs and output overlap
    """

    def __init__(self, output: Path, *, inputs: Sequence[Path] = ()) -> None:
        self.output = output
        self._inputs = inputs

    @property
    def staged(self) -> Path:
        """The folder to write into, laid out as the output shall be."""
        return self._staging / "new"

    def __enter__(self) -> Self:
        self._refuse_overlap()
        try:
            self.output.mkdir(parents=True, exist_ok=True)
            with self._alone():
                self._finish_abandoned()
                self._staging = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self._place()))
                self._lock = os.open(self._staging / ".lock", os.O_CREAT | os.O_RDWR)
                fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.staged.mkdir()
        except OSError as error:
            message = f"cannot write to {self.output}: {error.strerror}"
            raise ContractError(message, field="output_path", remedy="Name another output folder") from error
        return self

    def publish(self) -> None:
        """Move what is staged into the output folder.

        :raises ContractError: a rename failed; those before it are undone
        """
        try:
            with self._alone():
                self._publish()
        except OSError as error:
            message = f"cannot write to {self.output}: {error.strerror}"
            raise ContractError(message, field="output_path", remedy="Name another output folder") from error

    def _publish(self) -> None:
        moves = list(_moves(self.staged, self.output))
        plan = self._staging / _PLAN
        plan.with_suffix(".partial").write_text(json.dumps(moves))
        os.replace(plan.with_suffix(".partial"), plan)
        done: list[int] = []
        try:
            for number, name in enumerate(moves):
                done.append(number)
                _replace(self._staging, self.output, number, name)
        except OSError:
            for number in reversed(done):
                _restore(self._staging, self.output, number, moves[number])
            plan.unlink()
            raise

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)
        os.close(self._lock)

    def _refuse_overlap(self) -> None:
        output = self.output.resolve()
        for path in self._inputs:
            one = path.resolve()
            if one == output or output in one.parents or one in output.parents:
                raise ContractError(
                    f"the output folder {self.output} and the input {path} overlap, so that a next run would read "
                    "what this one wrote",
                    field="output_path",
                    remedy="Name another output folder",
                )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep others from moving folders of this output: the renames of two publications in turn would mix them."""
        path = self._place() / f"{self._name}.publishing"
        while True:
            lock = os.open(path, os.O_CREAT | os.O_RDWR)
            fcntl.flock(lock, fcntl.LOCK_EX)
            # The one before has removed the file; whoever came after that locks another one.
            if _is_file(lock, path):
                break
            os.close(lock)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            os.close(lock)

    @property
    def _name(self) -> str:
        """The output's name, hidden; of a place that other outputs of this name use too, one that is its alone."""
        output = self.output.absolute()
        beside = self._place() == output.parent
        return f".{output.name}" if beside else f".{output.name}-{hashlib.sha256(bytes(output)).hexdigest()[:16]}"

    @property
    def _prefix(self) -> str:
        return f"{self._name}.staging-"

    def _place(self) -> Path:
        """The folder beside the output where it can be written; a mounted output may stand in a read-only one."""
        beside = self.output.absolute().parent
        return beside if os.access(beside, os.W_OK) else Path(tempfile.gettempdir())

    def _finish_abandoned(self) -> None:
        for staging in sorted(self._place().glob(f"{self._prefix}*")):
            try:
                lock = os.open(staging / ".lock", os.O_RDWR)
            except FileNotFoundError:
                continue  # another run is just making it
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if (staging / _PLAN).exists():
                    for number, name in enumerate(json.loads((staging / _PLAN).read_text())):
                        if (staging / "new" / name).exists():
                            _replace(staging, self.output, number, name)
                shutil.rmtree(staging, ignore_errors=True)
            except BlockingIOError:
                pass  # its run is alive
            finally:
                os.close(lock)


def _is_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _moves(staged: Path, output: Path, below: str = "") -> Iterator[str]:
    """The least set of folders to move: a folder that the output lacks goes as a whole, one with files replaces."""
    for path in sorted((staged / below).iterdir()):
        name = f"{below}/{path.name}".lstrip("/")
        if path.is_dir() and (output / name).is_dir() and all(child.is_dir() for child in path.iterdir()):
            yield from _moves(staged, output, name)
        else:
            yield name


def _replace(staging: Path, output: Path, number: int, name: str) -> None:
    target, old = output / name, staging / "old" / str(number)
    if target.exists() and not old.exists():
        old.parent.mkdir(exist_ok=True)
        _move(target, old)
    target.parent.mkdir(parents=True, exist_ok=True)
    _move(staging / "new" / name, target)


def _restore(staging: Path, output: Path, number: int, name: str) -> None:
    target, old = output / name, staging / "old" / str(number)
    if not (staging / "new" / name).exists():
        _move(target, staging / "new" / name)
    if old.exists():
        _move(old, target)


def _move(source: Path, target: Path) -> None:
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # The output is a mount of its own: a copy within it comes first, so that the last step is still one rename.
        partial = target.with_name(f".{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        try:
            (shutil.copytree if source.is_dir() else shutil.copyfile)(source, partial)
            os.rename(partial, target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        (shutil.rmtree if source.is_dir() else os.unlink)(source)
