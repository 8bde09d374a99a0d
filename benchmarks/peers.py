"""Environments of the peers: each in a virtual environment of its own, since their pins exclude each other's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def environment(name: str, folder: Path) -> Path:
    """Return the Python of the peer's environment, made from ``requirements-<name>.txt`` unless it is up to date."""
    home = folder / f"venv-{name}"
    requirements = HERE / f"requirements-{name}.txt"
    python = home / "bin" / "python"
    stamp = home / "requirements.txt"
    if not (stamp.exists() and stamp.read_text() == requirements.read_text()):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)], check=True)
        stamp.write_text(requirements.read_text())
    return python


def version_of(name: str) -> str:
    """The version the peer's requirements pin."""
    lines = (HERE / f"requirements-{name}.txt").read_text().split()
    return next(line.split("==")[1] for line in lines if line.startswith(f"{name}=="))
