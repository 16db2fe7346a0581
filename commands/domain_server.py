"""A PostgreSQL server for a moment, in a folder that only this user can enter; it listens on no port."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from client.errors import CommandError
from local import paths
from local.prepare import fetch
from local.servers import unprivileged
from mesh.names import MASTER_USER

START_SECONDS = 120

# The shell ends the server and removes the folder when its standard input ends: when this process does, however.
_KEEPER = """\
trap '' INT TERM HUP
folder=$1; shift
{ "$1" -D "$folder/data" -U "$2" --auth=trust --no-sync --no-instructions --encoding=UTF8 --locale=C \\
    --locale-provider=builtin --builtin-locale=C.UTF-8 >"$folder/log" 2>&1 &&
  "$3" -D "$folder/data" -k "$folder" -h '' -c fsync=off -c full_page_writes=off -c timezone=UTC \\
    -c max_wal_size=256MB -c min_wal_size=32MB >>"$folder/log" 2>&1
  : >"$folder/ended"; } &
cat >/dev/null
tries=600
while [ -d "$folder" ] && [ ! -e "$folder/ended" ] && [ "$tries" -gt 0 ]; do
  tries=$((tries - 1))
  if [ -s "$folder/data/postmaster.pid" ]; then kill -INT "$(head -n 1 "$folder/data/postmaster.pid")" 2>/dev/null; fi
  sleep 0.1
done
rm -rf -- "$folder"
"""
_LONGEST = 60
"""Characters of the folder of temporary files: a socket's path has 107 at most."""


@contextmanager
def server_for_a_moment() -> Iterator[Path]:
    """The folder of the server's socket, through which MASTER_USER needs no password. Raises CommandError."""
    try:
        programs = fetch.postgres() / "bin"
    except paths.LocalError as error:
        raise CommandError(str(error)) from None
    short = len(tempfile.gettempdir()) <= _LONGEST
    folder = Path(tempfile.mkdtemp(prefix="datamesh-domain-", dir=None if short else "/tmp"))
    unprivileged.give(folder)
    names = [str(folder), str(programs / "initdb"), MASTER_USER, str(programs / "postgres")]
    keeper = subprocess.Popen(
        unprivileged.command(["/bin/sh", "-c", _KEEPER, "keeper", *names]),
        stdin=subprocess.PIPE,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        start_new_session=True,
    )
    try:
        _wait(folder)
        yield folder
    finally:
        if keeper.stdin:
            keeper.stdin.close()
        keeper.wait()


def _wait(folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and not (folder / "ended").exists():
        try:
            psycopg2.connect(host=str(folder), user=MASTER_USER, dbname="postgres").close()
            return
        except psycopg2.OperationalError:
            time.sleep(0.05)
    log = (folder / "log").read_text(errors="replace") if (folder / "log").exists() else ""
    raise CommandError(f"no PostgreSQL server started, in which the domain could be tried:\n{log[-2000:]}")
