"""A real PostgreSQL server for the tests: a cluster of its own in a temporary folder, on loopback.

The server's programs come from the system (`apt install postgresql`); nothing of an installed
cluster is touched.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from sqlalchemy.pool import NullPool

_SERVERS: dict[str, Callable[..., None]] = {}  # how to stop and start each one of `serve`


def find_programs() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest one; None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def _version(initdb: Path) -> float:
    return float(initdb.parts[-3])


@contextmanager
def serve() -> Iterator[str]:
    """A running server that keeps its data only as long as the block; gives the SQLAlchemy URL.

    PostgreSQL refuses to run as root, so root hands it to the user that came with the package.
    """
    programs = find_programs()
    if programs is None:
        raise FileNotFoundError("There is no PostgreSQL server on this machine.")
    as_user = {"user": "postgres", "group": "postgres"} if _is_root() else {}
    folder = Path(tempfile.mkdtemp(prefix="costlib-pg-"))
    try:
        if as_user:
            shutil.chown(folder, **as_user)
        port = _free_port()

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), *arguments]
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, **as_user, check=False
            )
            if done.returncode:
                raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")

        data = str(folder / "data")
        run("initdb", "-D", data, "-U", "course", "--auth=trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        options += " -c max_connections=200"
        # What a process wrote outlives its kill all the same: only a computer that stops loses it.
        options += " -c fsync=off -c full_page_writes=off"
        log = str(folder / "log")

        def control(*arguments: str) -> None:
            run("pg_ctl", "-D", data, "-o", options, "-l", log, "-w", *arguments)

        control("-t", "60", "start")
        url = f"postgresql+psycopg://course@127.0.0.1:{port}/postgres"
        _SERVERS[url] = control
        try:
            yield url
        finally:
            del _SERVERS[url]
            control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Database:
    """A database of a server that is emptied for each test: to make one takes the server 0.2 s.

    Each test gets it under a name of its own, so that what an earlier test left running finds no
    database, as if it had been dropped.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._name = ""

    def made_empty(self) -> str:
        """Its new URL, with nothing in it and nobody connected to it."""
        name = f"test_{uuid.uuid4().hex}"
        if self._name:
            self._run(
                self._server,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                f"WHERE datname = '{self._name}'",
                f"ALTER DATABASE {self._name} RENAME TO {name}",
            )
        else:
            self._run(self._server, f"CREATE DATABASE {name}")
        self._name = name
        url = self._server.rpartition("/")[0] + f"/{name}"
        self._run(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        return url

    @staticmethod
    def _run(url: str, *statements: str) -> None:
        engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(sqlalchemy.text(statement))


@contextmanager
def stopped(url: str) -> Iterator[None]:
    """The server of `serve` torn down as a crash would (immediate mode) while the block runs."""
    run = _SERVERS[url]
    run("-m", "immediate", "stop")
    try:
        yield
    finally:
        run("-t", "60", "start")


def restart(url: str) -> None:
    """Stop the server of `serve` at once, as a crash would, and start it again."""
    with stopped(url):
        pass


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]
