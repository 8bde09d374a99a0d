"""docker-compose.yaml's services, run natively: PostgreSQL, the local SageMaker and the four Airflow components."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.system import compose
from tests.system.postgres import Postgres, binary

OWN_DAGS = Path(__file__).parent / "dags"


class Stack:
    """The running services.

    :param folder: for the database, the logs and the demo's files; readable by others, because PostgreSQL runs
        as a user of its own
    :param environment: further variables of every service
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.demo = folder / "demo"
        self.health: dict[str, str] = {}
        database, api, scheduler_health, worker_logs, trigger_logs, local_aws = free_ports(6)
        self.url = f"http://127.0.0.1:{api}"
        self._places = {
            "postgres:5432": f"127.0.0.1:{database}",
            "api-server:8080": f"127.0.0.1:{api}",
            "localhost:8080": f"127.0.0.1:{api}",
            "localhost:8974": f"127.0.0.1:{scheduler_health}",
            "--port 8080": f"--port {api}",
            "local-aws:5055": f"127.0.0.1:{local_aws}",
            "localhost:5055": f"127.0.0.1:{local_aws}",
            "--port 5055": f"--port {local_aws}",
            "--host 0.0.0.0": "--host 127.0.0.1",
            "/opt/model-monitor/.demo": str(self.demo),
            "/opt/airflow/logs/local-aws": str(folder / "local-aws"),
            "/opt/model-monitor": str(compose.ROOT),
        }
        bundles = [
            {"name": name, "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": arguments}
            for name, arguments in (("dags-folder", {}), ("system-tests", {"path": str(OWN_DAGS)}))
        ]
        # What a container has to itself and processes on one machine share.
        self._own = {
            "AIRFLOW_HOME": str(folder / "airflow"),
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(scheduler_health),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(worker_logs),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(trigger_logs),
            "HOSTNAME": socket.gethostname(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(database),
            "no_proxy": "127.0.0.1,localhost",
            **(environment or {}),
        }
        self.services = compose.services(self._places)
        self._database = database
        self._postgres: Postgres | None = None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start every service when those it depends on are healthy; returns when all are."""
        waiting = dict(self.services)
        while waiting:
            ready = [s for s in waiting.values() if all(name in self.health for name in s.depends_on)]
            assert ready, f"services that wait for each other: {sorted(waiting)}"
            for service in ready:
                self._launch(service)
            for service in ready:
                self.health[service.name] = self._await_health(waiting.pop(service.name))

    def stop(self) -> None:
        """Stop every process that was started, and all their children."""
        trees = [process for name in reversed(self._processes) for process in _tree(self._processes[name].pid)]
        for process in trees:
            _signal(process, signal.SIGTERM)
        _, alive = psutil.wait_procs(trees, timeout=10)
        for process in alive:
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(alive, timeout=10)
        if self._postgres is not None:
            self._postgres.stop()

    def kill(self, name: str) -> None:
        """``kill -9`` a service and everything it has started."""
        for process in _tree(self._processes.pop(name).pid):
            _signal(process, signal.SIGKILL)

    def restart(self, name: str) -> None:
        """Start a service that was killed; returns when it is healthy."""
        self._launch(self.services[name])
        self._await_health(self.services[name])

    @cached_property
    def headers(self) -> dict[str, str]:
        """What a logged-in caller sends."""
        return {"Authorization": f"Bearer {httpx.get(f'{self.url}/auth/token').json()['access_token']}"}

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """One request to Airflow's REST API; the answer's JSON.

        :raises httpx.HTTPStatusError: not a success
        """
        answer = httpx.request(method, f"{self.url}/api/v2/{path}", headers=self.headers, timeout=60, **arguments)
        if answer.is_error:
            raise httpx.HTTPStatusError(f"{answer} {answer.text}", request=answer.request, response=answer)
        return answer.json()

    def unpause(self, dag: str) -> None:
        """Let a DAG run, as soon as the DAG processor has read it."""
        self.until(lambda: dag in {found["dag_id"] for found in self.call("GET", "dags")["dags"]}, seconds=120)
        self.call("PATCH", f"dags/{dag}", json={"is_paused": False})

    def run(self, dag: str) -> str:
        """Trigger a DAG by hand and wait for its end; the run's state."""
        self.call("POST", f"dags/{dag}/dagRuns", json={"logical_date": None})
        (run,) = self.until(lambda: self.finished(dag, run_type="manual", count=1), seconds=400)
        return str(run["state"])

    def ask_for_backfill(self, dag: str, first: datetime, last: datetime, *, reprocess: str = "none") -> int:
        """Ask for the runs whose intervals begin from ``first`` to ``last``, both included; the backfill's id.

        :param reprocess: which runs that there are already run again: ``none``, ``failed`` or ``completed``
        """
        wanted = {"dag_id": dag, "from_date": first.isoformat(), "to_date": last.isoformat(), "max_active_runs": 2}
        return int(self.call("POST", "backfills", json={**wanted, "reprocess_behavior": reprocess})["id"])

    def backfill(self, dag: str, first: datetime, last: datetime, *, reprocess: str = "none") -> None:
        """Ask for runs as :meth:`ask_for_backfill` does, and wait until all have succeeded."""
        asked = self.ask_for_backfill(dag, first, last, reprocess=reprocess)
        self.until(lambda: self.call("GET", f"backfills/{asked}")["completed_at"], seconds=900)
        runs = self.call("GET", f"dags/{dag}/dagRuns", params={"run_type": "backfill"})["dag_runs"]
        assert {run["state"] for run in runs} == {"success"}, dag

    def finished(self, dag: str, *, run_type: str, count: int) -> list[dict[str, Any]] | None:
        """A DAG's runs of one type in order of time, once there are ``count`` and all have ended."""
        asked = {"run_type": run_type, "order_by": "run_after"}
        runs = self.call("GET", f"dags/{dag}/dagRuns", params=asked)["dag_runs"]
        ended = len(runs) == count and all(run["state"] in ("success", "failed") for run in runs)
        return runs if ended else None

    def task_states(self, dag: str, run: dict[str, Any]) -> dict[str, str]:
        """Task to state in one run."""
        found = self.call("GET", f"dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances")["task_instances"]
        return {instance["task_id"]: instance["state"] for instance in found}

    def xcom(self, dag: str, run: dict[str, Any], task: str) -> Any:
        """What a task returned."""
        path = f"dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances/{task}/xcomEntries/return_value"
        return self.call("GET", path, params={"deserialize": True})["value"]

    def events(self, uri: str) -> list[dict[str, Any]]:
        """An asset's events, oldest first."""
        assets = self.call("GET", "assets", params={"limit": 100})["assets"]
        (asset,) = (asset for asset in assets if asset["uri"].rstrip("/") == uri)
        asked = {"asset_id": asset["id"], "order_by": "timestamp"}
        return list(self.call("GET", "assets/events", params=asked)["asset_events"])

    def until(self, look: Any, *, seconds: float) -> Any:
        """What ``look`` answers, as soon as that is something; a component that died ends the wait."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            for name, process in self._processes.items():
                assert process.poll() is None, f"{name} ended with {process.returncode}: {self.log(name)}"
            assert time.monotonic() < deadline, f"nothing after {seconds} s; logs stand in {self.folder}"
            time.sleep(0.5)
        return found

    def log(self, service: str) -> str:
        """The end of a service's output."""
        path = self.folder / f"{service}.log"
        return path.read_text()[-4000:] if path.exists() else "(no output)"

    def _launch(self, service: compose.Service) -> None:
        if service.name == "postgres":
            self._postgres = Postgres(self.folder / "postgres", self._database)
            wanted = service.environment
            self._postgres.create(wanted["POSTGRES_USER"], wanted["POSTGRES_PASSWORD"], wanted["POSTGRES_DB"])
            return
        with (self.folder / f"{service.name}.log").open("ab") as log:
            self._processes[service.name] = subprocess.Popen(
                service.command,
                env=self._environment(service),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _await_health(self, service: compose.Service) -> str:
        deadline = time.monotonic() + service.patience
        while True:
            test = service.healthcheck
            if service.name == "postgres":
                test = [binary(test[0]), *test[1:]]
            done = subprocess.run(
                test, env=self._environment(service), cwd=self.folder, capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                return done.stdout
            process = self._processes.get(service.name)
            assert process is None or process.poll() is None, f"{service.name} ended: {self.log(service.name)}"
            assert time.monotonic() < deadline, f"{service.name}: {done.stdout}{done.stderr}{self.log(service.name)}"
            time.sleep(min(2.0, service.interval))

    def _environment(self, service: compose.Service) -> dict[str, str]:
        # Airflow's own settings come from the file alone, whatever other tests left in this process.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "_AIRFLOW"))}
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)  # four components would compile everything four times
        return inherited | service.environment | self._own


@contextlib.contextmanager
def running(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """The stack, started; stopped with its whole process tree whatever happens, a SIGTERM to the tests included."""
    stack = Stack(folder, environment)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        signal.signal(signal.SIGTERM, before)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    with contextlib.ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _tree(pid: int) -> list[psutil.Process]:
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
