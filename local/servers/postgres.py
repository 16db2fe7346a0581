"""The PostgreSQL server behind one `aws.rds.Instance`: TLS only, SCRAM only, a master user who is no superuser."""

import base64
import hashlib
import hmac
import re
import secrets
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from local import paths
from local.progress import run_quietly
from local.servers import certificates, descriptors, listening, process, unprivileged
from local.servers.process import ServerError

SUPERUSER = "rdsadmin"  # as on RDS: it exists, and no client can connect as it
START_SECONDS = 60
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# What RDS would have in its parameter group, and sizes for a laptop; all else is PostgreSQL's default.
SETTINGS = """\
unix_socket_directories = ''
ssl = on
ssl_cert_file = 'server.pem'
ssl_key_file = 'server.pem'
shared_buffers = 32MB
max_wal_size = 256MB
min_wal_size = 32MB
timezone = UTC
log_timezone = UTC
default_text_search_config = 'pg_catalog.english'
lc_messages = 'C'
archive_mode = on
archive_command = 'true'
log_line_prefix = '%m [%p] %u@%d '
log_connections = on
log_disconnections = on
log_min_duration_statement = 1000
"""

WHO_MAY = f"""\
hostssl all {SUPERUSER} all reject
hostssl all all all scram-sha-256
"""


def create(name: str, *, host: str, database: str, user: str, password: str) -> int:
    """Makes and starts the server `name`; returns its port on `host`, which it keeps.

    `user` owns `database` and may create databases and roles. Where the server exists, only its password is set.
    """
    with descriptors.locked(name):
        if not gone(name):
            _set_password(name, user, password)
        else:
            _initialise(name, database, user, password)
        known = descriptors.every().get(name)
        descriptor = known or {"kind": "postgres", "host": host, "port": process.free_port(host)}
        descriptors.write(name, descriptor)
        start_as(name, descriptor)
        return descriptor["port"]


def start(name: str) -> None:
    """Starts the server that `create` made, unless it runs and listens where it should."""
    with descriptors.locked(name):
        descriptor = descriptors.required(name, "database server", data(name))
        if not listening.current(descriptor, listening.reach(descriptor["host"])):
            stop(name)
        start_as(name, descriptor)


def change_password(name: str, user: str, password: str) -> None:
    """Gives `user` another password; the server restarts for it."""
    with descriptors.locked(name):
        descriptor = descriptors.required(name, "database server", data(name))
        try:
            _set_password(name, user, password)
        finally:
            start_as(name, descriptor)


def stop(name: str) -> None:
    """Ends the server and its connections; its data stay."""
    process.stop(name, signal.SIGINT)  # PostgreSQL's "fast": it does not wait for clients to leave


def delete(name: str) -> None:
    """Ends the server and removes its data for good; nothing happens if there is none."""
    with descriptors.locked(name):
        stop(name)
        process.end_strays(data(name))
        descriptors.forget(name, data(name), _unfinished(name))


def gone(name: str) -> bool:
    """Whether the server's data folder is not there, or empty: no rows are in it, and it can be made anew."""
    return not data(name).is_dir() or not any(data(name).iterdir())


def data(name: str) -> Path:
    """The server's data folder."""
    return paths.stack().resolve() / "postgres" / name


def scram_verifier(password: str, salt: bytes | None = None, iterations: int = 4096) -> str:
    """What PostgreSQL stores instead of the password (RFC 5802); sent in its place, it shows the password nowhere."""
    if not password or not password.isascii() or not password.isprintable():
        raise ServerError("A database password must be made of printable ASCII characters, as RDS asks.")
    salt = salt or secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    stored, server, salt64 = (
        base64.b64encode(part).decode() for part in (hashlib.sha256(client_key).digest(), server_key, salt)
    )
    return f"SCRAM-SHA-256${iterations}:{salt64}${stored}:{server}"


def start_as(name: str, descriptor: descriptors.Descriptor, **settings: str) -> None:
    """Starts the server with these settings of PostgreSQL besides, unless it runs."""
    host, port = descriptor["host"], descriptor["port"]
    what = f"The database server {name}"
    # a copy is for this machine alone
    reach = listening.reach(host, pods=None if descriptor["kind"] == "postgres" else "")
    if process.alive(name) is None:
        if not (data(name) / "PG_VERSION").exists():
            raise ServerError(
                f"{what} cannot start: {data(name)} is damaged, PG_VERSION is missing. Keep a copy of that folder if "
                "its rows matter; `make down FORCE=1` gives them up, then `make up` makes a new one."
            )
        _clear_remains(data(name))
        for address in reach.listens:
            process.require_port(address, port, what)
        certificates.ensure(reach.names)
        configure(data(name))
        descriptors.write(name, descriptor | reach._asdict())
    settings |= {"listen_addresses": ",".join(reach.listens), "port": str(port)}
    options = [text for setting, value in settings.items() for text in ("-c", f"{setting}={value}")]
    process.start(
        name,
        _command("postgres", "-D", data(name), *options),
        env=ENVIRONMENT,
        cwd=data(name),
        ready=lambda: _ready(name),
        timeout=START_SECONDS,
        why=what,
    )


def _ready(name: str) -> bool:
    # The server keeps its state on the eighth line; the first says whether the file is of this run or of one that died.
    with suppress(FileNotFoundError):
        lines = (data(name) / "postmaster.pid").read_text().splitlines()
        return len(lines) > 7 and lines[0] == str(process.alive(name)) and lines[7].strip() == "ready"
    return False


def _initialise(name: str, database: str, user: str, password: str) -> None:
    folder = _unfinished(name)
    process.end_strays(folder)  # an `initdb` that outlived its run would fill the folder again
    if folder.exists():
        shutil.rmtree(folder)
    paths.private(folder)
    unprivileged.give(folder)
    # Present on every machine, unlike RDS's en_US.UTF-8; upper and lower case work beyond ASCII.
    language = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    _run(name, _command("initdb", "-D", folder, "-U", SUPERUSER, "--auth=reject", "--no-instructions", *language))
    certificates.ensure([])
    configure(folder)
    single_user(
        name,
        folder,
        f"CREATE ROLE {_quoted(user)} LOGIN CREATEDB CREATEROLE PASSWORD '{scram_verifier(password)}'",
        # as a superuser of RDS may, to see what was asked
        f"GRANT SET ON PARAMETER log_min_duration_statement TO {_quoted(user)}",
        "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE postgres TO {_quoted(user)}",
        # Every server has one called postgres from the start.
        f"ALTER DATABASE postgres OWNER TO {_quoted(user)}"
        if database == "postgres"
        else f"CREATE DATABASE {_quoted(database)} OWNER {_quoted(user)}",
    )
    folder.replace(data(name))  # in one step: a folder of this name is always complete


def _set_password(name: str, user: str, password: str) -> None:
    stop(name)
    _clear_remains(data(name))
    single_user(name, data(name), f"ALTER ROLE {_quoted(user)} PASSWORD '{scram_verifier(password)}'")


def single_user(name: str, folder: Path, *statements: str, database: str = "template1") -> None:
    """Runs statements, one a line, as superuser on a server that is down. Nothing of them shows in a list or a log."""
    options = ["-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", database]
    _run(name, [*_command("postgres", "--single", "-D", folder), *options], "\n".join(statements) + "\n")


def _run(name: str, command: Sequence[str | Path], text: str = "") -> None:
    failed = f"The database server {name} could not be set up"
    run_quietly(command, failed, error=ServerError, input=text, env=ENVIRONMENT, timeout=300)


def configure(folder: Path, more: str = "") -> None:
    """Writes a data folder's settings, `more` behind them, who may log in, and the certificate."""
    texts = {"postgresql.conf": SETTINGS + more, "pg_hba.conf": WHO_MAY, "server.pem": certificates.pem().read_text()}
    for file, text in texts.items():
        process.write_private(folder / file, text)
        unprivileged.give(folder / file)


def _clear_remains(folder: Path) -> None:
    """After a server was killed or the machine went down: its last processes, and a number taken since."""
    process.end_strays(folder)
    pid_file = folder / "postmaster.pid"
    if not pid_file.exists():
        return
    # PostgreSQL copes with a dead process, but takes a living one that got its number for itself.
    with suppress(psutil.Error):
        owner = psutil.Process(int(pid_file.read_text().split()[0]))
        # Nor does it see that a process has ended whose parent, in a container, does not ask for its exit code.
        if owner.status() == psutil.STATUS_ZOMBIE or "postgres" not in owner.name():
            pid_file.unlink()


def _command(program: str, *arguments: str | Path) -> list[str]:
    return unprivileged.command([paths.postgres() / "bin" / program, *arguments])


def _unfinished(name: str) -> Path:
    return data(f".{name}.unfinished")


def _quoted(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ServerError(f"{name!r} is no name for a database or its user: lower-case letters, digits, underscores.")
    return f'"{name}"'
