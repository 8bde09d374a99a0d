"""The images of Amazon MWAA, and what our package resolves to in them."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "constraints" / "mwaa"
_HEADER = (
    "# What Airflow {airflow} on Amazon MWAA gets with our package. Written by `make lock-mwaa`; see docs/mwaa.md.\n"
)


@dataclass(frozen=True)
class Image:
    """One image: its versions, its own pins, and the day nothing newer is looked at."""

    airflow: str
    python: str
    resolved: str
    pins: tuple[str, ...]

    @property
    def file(self) -> Path:
        """The set that we ship."""
        return FOLDER / f"airflow-{self.airflow}.txt"

    @property
    def wanted(self) -> dict[str, str]:
        """Version by distribution, of the image's pins."""
        return dict(pin.split("==") for pin in self.pins)

    def resolve(self) -> dict[str, str]:
        """Version by distribution, of everything our package needs in this image. Asks the package index.

        :raises AssertionError: there is no such set, with what uv says about it
        """
        command = [
            *(uv(), "pip", "compile", str(ROOT / "pyproject.toml"), "-", "--quiet", "--no-annotate", "--no-header"),
            *("--no-emit-index-url", "--no-emit-find-links", "--python-version", self.python),
            *("--python-platform", "x86_64-unknown-linux-gnu", "--exclude-newer", self.resolved),
        ]
        done = subprocess.run(
            command, input="\n".join(self.pins), capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert done.returncode == 0, f"Airflow {self.airflow}: {done.stderr}"
        return versions(done.stdout)


def images() -> list[Image]:
    """All of images.toml."""
    found = tomllib.loads((FOLDER / "images.toml").read_text())["image"]
    return [Image(**{**one, "pins": tuple(one["pins"])}) for one in found]


def versions(text: str) -> dict[str, str]:
    """Version by distribution, of a requirements file."""
    lines = (line.split("#")[0].split(";")[0].strip() for line in text.splitlines())
    return dict(line.split("==") for line in lines if "==" in line)


def uv() -> str:
    """The resolver.

    :raises AssertionError: it is not installed
    """
    own = ROOT / ".venv-uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    assert found is not None, "uv is needed: `make test-mwaa` brings it in"
    return found


def lock() -> None:
    """Write the sets anew."""
    for image in images():
        lines = [f"{name}=={version}" for name, version in sorted(image.resolve().items())]
        image.file.write_text(_HEADER.format(airflow=image.airflow) + "\n".join(lines) + "\n")


if __name__ == "__main__":
    lock()
