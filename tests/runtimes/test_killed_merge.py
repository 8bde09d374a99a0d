"""A merge in a worker process that is killed with SIGKILL at every moment of publication."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtimes.merge_world import KEY, START, MergeWorld, labels_of

KILLED = """
import os, signal, sys, types
from airflow_model_monitor.service import folder, hour_folder
from tests.runtimes.merge_world import MergeWorld

steps = iter(range(int(sys.argv[1])))

def mortal(function):
    def call(*arguments, **options):
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call

folder.Folder.upload = mortal(folder.Folder.upload)
folder.Folder.create = mortal(folder.Folder.create)
hour_folder.os = types.SimpleNamespace(rename=mortal(os.rename))
MergeWorld(sys.argv[2]).merge()
"""
# The claim, the part file, execution.json, which publishes; then the hour's folder takes the place of the earlier one.
CLAIM, PART, PUBLISHED, EARLIER_AWAY, SWAPPED = range(5)


def tree(world: MergeWorld) -> dict[str, bytes]:
    root = Path(world.url) / "reports"
    files = [path for path in root.rglob("*") if path.is_file()]
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if ".tmp" not in name}


def late_labels(folder: Path) -> MergeWorld:
    """A window merged before its second label has come."""
    world = MergeWorld(str(folder))
    world.capture(START, ["a", "b"])
    world.label({"a": 1})
    world.merge()
    world.label({"b": 0})
    return world


@pytest.mark.parametrize("steps", [CLAIM, PART, PUBLISHED, EARLIER_AWAY, SWAPPED])
def test_killed_and_run_again(tmp_path: Path, steps: int) -> None:
    killed, undisturbed = late_labels(tmp_path / "killed"), late_labels(tmp_path / "undisturbed")
    arguments = [sys.executable, "-c", KILLED, str(steps), killed.url]
    child = subprocess.run(arguments, env=os.environ, capture_output=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    newest = killed.store.read(KEY)
    assert newest is not None
    assert newest.number == (2 if steps > PUBLISHED else 1)
    assert labels_of(newest) == [("a", "1"), ("b", "0")][: newest.number]
    killed.merge()
    undisturbed.merge()
    assert tree(killed) == tree(undisturbed)


@pytest.mark.parametrize("steps", [CLAIM, PART, PUBLISHED])
def test_killed_and_run_again_with_more_labels(tmp_path: Path, steps: int) -> None:
    killed = late_labels(tmp_path)
    subprocess.run([sys.executable, "-c", KILLED, str(steps), killed.url], env=os.environ, check=False)
    killed.label({"a": 0}, hour=START)
    killed.merge()
    newest = killed.store.read(KEY)
    assert newest is not None
    assert labels_of(newest) == [("a", "0"), ("b", "0")]
    assert killed.files("reports/merge") == {name: newest.read(name) for name in newest.files}
