"""The demonstration from end to end, on its first two weeks; `make test-demo` runs the year."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_two_weeks(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo", "--root", str(tmp_path / "demo"), "--weeks", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    # Data quality and model quality; bias and attribution of the first week.
    assert len(re.findall(r"^2012-12-31 ", done.stdout, flags=re.MULTILINE)) == 4
    assert len(re.findall(r"^2013-01-07 ", done.stdout, flags=re.MULTILINE)) == 2
    assert "2 of 2 weeks are quiet" in done.stdout
    assert re.search(r"^2013-01-07 +89.9% +0.94", done.stdout, flags=re.MULTILINE)
