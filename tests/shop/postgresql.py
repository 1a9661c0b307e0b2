"""A PostgreSQL of our own: the machine's binaries, in a temporary folder, on a free port, not run by root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

LIMIT_SECONDS = 60.0
MISSING = "no PostgreSQL server here: install one (Debian, Ubuntu: apt-get install postgresql)"
_PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt", "/usr/pgsql-16", "/usr/pgsql-15")
_QUICK = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class Postgres:
    """A running server; `database()` is a new, empty one in it."""

    def __init__(self, port: int) -> None:
        self._port, self._made = port, 0

    def address(self, database: str = "postgres") -> str:
        """The address of one of its databases, as SQLAlchemy writes it."""
        return f"postgresql+psycopg://shop@127.0.0.1:{self._port}/{database}"

    def database(self) -> str:
        """The address of a new database."""
        self._made += 1
        with psycopg.connect(self.plain(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE made_{self._made}".encode())
        return self.address(f"made_{self._made}")

    def plain(self, database: str = "postgres") -> str:
        """The same as libpq takes it."""
        return self.address(database).replace("+psycopg", "")


def binaries() -> Path | None:
    """The folder with initdb and postgres, None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = [path.parent for place in _PLACES for path in sorted(Path(place).glob("**/bin/initdb"))]
    return installed[-1] if installed else None


@contextmanager
def started(binaries: Path) -> Iterator[Postgres]:
    """Start a server, and remove everything of it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        user = _other_than_root(folder)
        data = folder / "data"
        initialise = [binaries / "initdb", "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run(list(map(str, initialise)), check=True, capture_output=True, cwd=folder, user=user)
        port = _free_port()
        listening = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "max_connections=300"]
        with (folder / "log").open("wb") as log:
            command = [str(binaries / "postgres"), "-D", str(data), *listening, *_QUICK]
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, user=user)
        try:
            server = Postgres(port)
            _wait_for(server, process, folder / "log")
            yield server
        finally:
            process.terminate()
            process.wait(LIMIT_SECONDS)
    finally:
        shutil.rmtree(folder)


def _other_than_root(folder: Path) -> int | None:
    """Who runs the server, and has the folder: root may not. None: who runs this."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name: one.pw_uid for one in pwd.getpwall()}
    user = known.get("postgres", known.get("nobody", 65_534))
    os.chown(folder, user, -1)
    return user


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(server: Postgres, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while True:
        try:
            psycopg.connect(server.plain(), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(log.read_text("utf-8", "replace")) from error
            time.sleep(0.05)
        else:
            return
