"""A PostgreSQL server of the test run's own, in a temporary folder, that ends with the run.

As root the server runs under another account, for PostgreSQL refuses root. Where the binaries are missing and we are
root with apt at hand, they are installed. Elsewhere the tests skip and say so; under CI a missing server is an error.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

_PATIENCE_SECONDS = 60


class NoServerError(Exception):
    """This machine cannot run a PostgreSQL server."""


@dataclass(slots=True)
class PostgresServer:
    """A running server; `fresh_database` makes a new database and gives its URL."""

    folder: Path
    port: int
    password: str = field(repr=False)
    process: subprocess.Popen[bytes]
    made: int = 0

    def url(self, database: str, password: str | None = None) -> str:
        """The URL of a database, over loopback with the password."""
        return f"postgresql://dataport:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def fresh_database(self) -> str:
        """A new empty database's URL."""
        self.made += 1
        name = f"test_{self.made}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        return self.url(name)

    def stop(self) -> None:
        """End the server without ado and remove its folder."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(_PATIENCE_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_server() -> PostgresServer:
    """Bring up a server.

    Raises:
        NoServerError: there are no binaries and they may not be installed, or the server does not come up.
    """
    binaries = _binaries() or _installed()
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="dataport-postgres-"))
    password = secrets.token_hex(12)
    try:
        _initialise(binaries, folder, password, account)
        port = _free_port()
        server = PostgresServer(folder, port, password, _launch(binaries, folder, port, account))
        _await(server)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return server


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found and Path(found).resolve().with_name("postgres").exists():
        return Path(found).resolve().parent
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


def _installed() -> Path:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NoServerError("PostgreSQL is not installed (initdb not found), and only root with apt could install it")
    with (Path(tempfile.gettempdir()) / "dataport-tests-apt.lock").open("w") as lock:
        # Several test processes find the server missing at once; apt serves one at a time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _binaries() or _install()


def _install() -> Path:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
        done = subprocess.run(["apt-get", "-q", *words], env=environment, capture_output=True, check=False)
        if done.returncode and words != ["update"]:
            raise NoServerError("PostgreSQL is not installed, and apt-get could not install it")
    found = _binaries()
    if found is None:
        raise NoServerError("PostgreSQL was installed, but its initdb is nowhere to be found")
    return found


def _account() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; None when we are somebody already."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = known.get("postgres") or known.get("nobody")
    if account is None:
        raise NoServerError("PostgreSQL refuses to run as root, and there is no account postgres or nobody")
    return account


def _as(account: pwd.struct_passwd | None) -> dict[str, object]:
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _initialise(binaries: Path, folder: Path, password: str, account: pwd.struct_passwd | None) -> None:
    secret = folder / "password"
    secret.write_text(password)
    for path in (folder, secret):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if account is not None:
            os.chown(path, account.pw_uid, account.pw_gid)
    words = ["-D", str(folder / "data"), "-U", "dataport", "-A", "scram-sha-256", "--pwfile", str(secret), "-N"]
    done = subprocess.run(
        [binaries / "initdb", *words, "--no-locale", "-E", "UTF8"],
        cwd=folder, capture_output=True, check=False, **_as(account),
    )  # fmt: skip
    if done.returncode:
        raise NoServerError(f"initdb failed: {done.stderr.decode(errors='replace').strip()[-300:]}")


def _launch(binaries: Path, folder: Path, port: int, account: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
        "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "2GB", "max_connections": "40",
        "max_prepared_transactions": "5",
    }  # fmt: skip
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    # The kernel ends the server even when the test run is killed and cannot.
    leash = [shutil.which("setpriv"), "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*leash, binaries / "postgres", "-D", folder / "data", *options],
            cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, **_as(account),
        )  # fmt: skip


def _await(server: PostgresServer) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(server.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                server.stop()
                raise NoServerError("the PostgreSQL server did not come up") from None
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
