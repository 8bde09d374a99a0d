"""The process between the server and the program that stands in for a training image.

It runs the program in the folder the server was started in, and ends with it, with its exit code. The program gets
the SIGTERM that stops a job; the server's end kills both.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from airflow_model_monitor.local.server_pipe import end_with_the_server


def main(spec_file: str) -> int:
    """Run the program and return its exit code."""
    end_with_the_server()
    # A handler and not SIG_IGN, which the program would inherit.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    spec = json.loads(Path(spec_file).read_text(encoding="utf-8"))
    try:
        program = subprocess.Popen(spec["command"], env=spec["environment"], stdin=subprocess.DEVNULL)  # noqa: S603
    except OSError as error:
        sys.stderr.write(f"{spec['command'][0]}: {error}\n")
        return 127
    code = program.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
