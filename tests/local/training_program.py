"""What stands in for a training image in tests: it does what the hyperparameter ``do`` says.

It knows nothing of this package, as a program of a user's would.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

MODEL = Path(os.environ["SM_MODEL_DIR"])
HYPERPARAMETERS = json.loads(os.environ["SM_HPS"])


def tell() -> None:
    """The model is what the program was told, and the rows it was given."""
    config = Path(os.environ["SM_INPUT_CONFIG_DIR"])
    told = {
        "arguments": sys.argv[1:],
        "files": {file.name: json.loads(file.read_text()) for file in config.iterdir()},
        "variables": dict(os.environ),
        "folder": os.getcwd(),
    }
    (MODEL / "told.json").write_text(json.dumps(told))
    (MODEL / "deep").mkdir()
    for channel in json.loads(os.environ["SM_CHANNELS"]):
        rows = Path(os.environ[f"SM_CHANNEL_{channel.upper()}"], "rows.csv").read_text()
        (MODEL / "deep" / f"{channel}.csv").write_text(rows)
    (Path(os.environ["SM_OUTPUT_DATA_DIR"]) / "notes.txt").write_text("trained")
    print("epoch 1")


def fail() -> None:
    """Say why, and fail."""
    Path(os.environ["SM_OUTPUT_DIR"], "failure").write_text("no labels\n")
    sys.exit(3)


def wait() -> None:
    """Wait to be stopped, and save what there is."""

    def save(number: int, frame: FrameType | None) -> None:
        (MODEL / "half.txt").write_text("half trained")
        sys.exit(0)

    signal.signal(signal.SIGTERM, save)
    Path(HYPERPARAMETERS["flag"]).write_text(str(os.getpid()))
    while True:
        time.sleep(0.05)


def once() -> None:
    """Hang the first time; the second time there is a model."""
    flag = Path(HYPERPARAMETERS["flag"])
    if not flag.exists():
        wait()
    (MODEL / "second.txt").write_text("trained the second time")


if __name__ == "__main__":
    {"tell": tell, "fail": fail, "wait": wait, "once": once, "die": lambda: os.kill(os.getpid(), signal.SIGKILL)}[
        HYPERPARAMETERS["do"]
    ]()
