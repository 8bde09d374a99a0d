"""``python tests/sdk``: AWS's own clients against the local SageMaker, each in its own environment.

Run with this package's environment; ``make test-sdk`` makes those of the clients first. Every client gets a local
SageMaker of its own, so that they run side by side. Their tests know its address, and nothing else of this package.
Names of clients choose among them; what stands after ``--`` is for pytest: ``tests/sdk sdk2 -- python/test_bias.py``.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

from churn_model import write_model
from running_service import running_service

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CLOSING = re.compile(r"^=+ (.*(?:passed|failed|error|no tests ran).*?) =+$", re.MULTILINE)
"""pytest's closing line."""
LONGEST = 1800
"""Seconds after which a client's tests are ended."""


class Client(NamedTuple):
    """A client of AWS: the environment ``.venv-<name>`` at the project's root, and the folder of its tests."""

    name: str
    folder: str

    @property
    def python(self) -> Path:
        return ROOT / f".venv-{self.name}" / "bin" / "python"


CLIENTS = (Client("sdk2", "python"), Client("sdk3", "python"), Client("awscli", "cli"))


def main(words: Sequence[str]) -> int:
    """Run the clients' tests; the exit status is that of the worst."""
    parser = argparse.ArgumentParser(prog="python tests/sdk", description=__doc__.partition("\n")[0])
    parser.add_argument("clients", nargs="*", choices=[[], *(one.name for one in CLIENTS)], help="which; all of them")
    own, _, further = _split(words)
    chosen = parser.parse_args(own).clients
    clients = [one for one in CLIENTS if not chosen or one.name in chosen]
    missing = [one.name for one in clients if not one.python.exists()]
    if missing:
        print(f"not there yet: {', '.join(f'.venv-{name}' for name in missing)}; `make test-sdk` makes them")
        return 1
    with tempfile.TemporaryDirectory(prefix="model-monitor-sdk-") as folder, ThreadPoolExecutor(len(clients)) as pool:
        model = write_model(Path(folder))
        runs = {one: pool.submit(run, one, Path(folder), model, further) for one in clients}
        statuses, closing = [], []
        for client, done in runs.items():
            status, log = done.result()
            said = log.read_text(errors="replace")
            print(f"\n--- {client.name}: .venv-{client.name}, tests/sdk/{client.folder}\n{said}", flush=True)
            statuses.append(status)
            lines = CLOSING.findall(said)
            closing.append(f"{client.name}: {lines[-1] if lines else f'no closing line, exit status {status}'}")
    print(f"\n==== {'; '.join(closing)} ====", flush=True)
    # One that a signal ended has a negative status.
    return max(abs(status) for status in statuses)


def run(client: Client, folder: Path, model: Path, further: Sequence[str]) -> tuple[int, Path]:
    """One client's tests against a service of their own; pytest's exit status and what it printed."""
    home, log = folder / client.name, folder / f"{client.name}.log"
    home.mkdir()
    with log.open("wb") as output, running_service(home / "data", home / "service.log") as url:
        status = _pytest(client, home, {"AWS_ENDPOINT_URL": url, "CHURN_MODEL": str(model)}, further, output)
    if status:
        with log.open("ab") as output:
            output.write(b"\nthe local SageMaker said:\n" + (home / "service.log").read_bytes()[-8000:])
    return status, log


def _pytest(client: Client, home: Path, variables: dict[str, str], further: Sequence[str], output: IO[bytes]) -> int:
    command = [
        *(str(client.python), "-m", "pytest", "-c", str(HERE / "pytest.ini"), "--rootdir", str(HERE)),
        *("--confcutdir", str(HERE), "--basetemp", str(home / "tmp"), *further, *_tests(client, further)),
    ]
    try:
        return subprocess.run(
            command,
            env={**_bare(), **_account(home), **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=HERE,
            timeout=LONGEST,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        output.write(f"\nended after {LONGEST} seconds\n".encode())
        return 1


def _tests(client: Client, further: Sequence[str]) -> list[str]:
    """The client's folder, unless tests are named."""
    named = any((HERE / word.partition("::")[0]).exists() for word in further)
    return [] if named else [str(HERE / client.folder)]


def _bare() -> dict[str, str]:
    """This process's variables without those that lead a client elsewhere."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "SAGEMAKER_", "AIRFLOW")) and name not in {"PYTHONPATH", "PYTHONHOME"}
    }


def _account(home: Path) -> dict[str, str]:
    """An account that is nobody's, and no way out of this machine."""
    nowhere = "http://127.0.0.1:9"
    return {
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_REGION": "us-west-2",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_PAGER": "",
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(HERE / "sagemaker-config.yaml"),
        "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
        "MODEL_MONITOR_PROVIDER": str(ROOT / "provider"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _split(words: Sequence[str]) -> tuple[list[str], str, list[str]]:
    if "--" not in words:
        return list(words), "", []
    at = list(words).index("--")
    return list(words[:at]), "--", list(words[at + 1 :])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
