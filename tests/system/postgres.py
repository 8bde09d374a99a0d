"""A PostgreSQL server of our own, from the distribution's packages, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

MISSING = "PostgreSQL is not installed: apt-get install postgresql"


class Postgres:
    """Starts on construction; listens on 127.0.0.1 only.

    :param folder: for the cluster and its log; when tests run as root it is given to the user ``postgres``,
        because the server refuses to run as root
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._user = "postgres" if os.geteuid() == 0 else None
        self._folder = folder
        folder.mkdir(parents=True)
        if self._user:
            shutil.chown(folder, self._user)
        self._data = str(folder / "data")
        self._run("initdb", "--pgdata", self._data, "--username=postgres", "--auth=trust", "--no-sync")
        self._run(
            *("pg_ctl", "--pgdata", self._data, "--log", str(folder / "postgres.log"), "--wait", "start"),
            *("--options", f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"),
        )

    def create(self, user: str, password: str, database: str) -> None:
        """A role and a database of its own, as the container image makes them from its environment."""
        for statement in (
            f"CREATE ROLE {user} LOGIN PASSWORD '{password}'",
            f"CREATE DATABASE {database} OWNER {user}",
        ):
            address = ("--host=127.0.0.1", f"--port={self.port}", "--username=postgres")
            self._run("psql", *address, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", statement)

    def stop(self) -> None:
        """Stop the server and everything it started."""
        self._run("pg_ctl", "--pgdata", self._data, "--mode=immediate", "--wait", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        # Output to a file: a pipe would be held open by the server and never end.
        with (self._folder / "commands.log").open("a") as log:
            done = subprocess.run(
                [binary(program), *arguments],
                cwd="/",
                user=self._user,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        assert done.returncode == 0, (self._folder / "commands.log").read_text()


def binary(program: str) -> str:
    """Path of one of PostgreSQL's programs; skips the test where there is none.

    Debian keeps the server's programs off the PATH, one folder per major version.
    """
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4]))
    path = str(found[-1]) if found else shutil.which(program)
    if path is None:
        pytest.skip(MISSING)
    return path
