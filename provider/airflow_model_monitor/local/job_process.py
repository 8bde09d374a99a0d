"""The process of one job: our analyzer, merger or Clarify on the folders of the container contract.

Started by :mod:`~airflow_model_monitor.local.processing_job_run` with a file that says what to run; it writes how that
ended into another.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airflow_model_monitor.local.server_pipe import end_with_the_server


def main(spec_file: str) -> int:
    """Run the job and return its exit code."""
    end_with_the_server()
    spec = json.loads(Path(spec_file).read_text(encoding="utf-8"))
    result = _run(spec)
    execution = result.execution
    outcome = {
        "message": result.message,
        "status": result.status,
        "namespace": None if execution is None or result.metrics_file is None else execution.metrics_namespace,
    }
    sys.stderr.flush()
    if result.message:
        sys.stdout.write(f"{result.message}\n")
        sys.stdout.flush()
    target = Path(spec["result"])
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(outcome), encoding="utf-8")
    partial.replace(target)
    return int(result.exit_code)


def _run(spec: dict[str, Any]) -> Any:
    given: dict[str, Any] = {
        "mounts": spec["mounts"],
        # For what a configuration names by address.
        "storage_options": {"endpoint_url": spec["service_url"]},
    }
    if spec["kind"] == "groundtruth-merger":
        from airflow_model_monitor.jobs.merge import run as merge

        return merge(spec["environment"], **given)
    if spec["kind"] == "clarify":
        from airflow_model_monitor.jobs.clarify import run as clarify

        return clarify(spec["environment"], **given, service_url=spec["service_url"])
    from airflow_model_monitor.jobs.analyze import run as analyze

    return analyze(spec["environment"], **given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
