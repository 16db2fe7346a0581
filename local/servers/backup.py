"""A copy of a database server as it was at a moment: from a base backup and the archive of its write-ahead log."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg2.extensions import connection as Connection

from local.servers import descriptors, postgres, process, unprivileged
from local.servers.process import ServerError

ARCHIVE_SECONDS = 60
ARCHIVED_BY = 'cp "%p" "../{0}/%f.part" && mv "../{0}/%f.part" "../{0}/%f"'
"""The server's command, run in its data folder; the archive is beside that."""
_RIGHTS = ("pg_backup_start(text, boolean)", "pg_backup_stop(boolean)", "pg_switch_wal()")
# What PostgreSQL's manual leaves out of a base backup: it is made anew, or comes from the archive.
_EMPTY = (
    "pg_dynshmem",
    "pg_notify",
    "pg_replslot",
    "pg_serial",
    "pg_snapshots",
    "pg_stat_tmp",
    "pg_subtrans",
    "pg_wal",
)
_ABSENT = ("postmaster.opts", "postmaster.pid")


def copy_of(name: str) -> str:
    """The name of the restored server beside the server `name`."""
    return f"{name}-drill"


def may_back_up(connection: Connection) -> bool:
    """Whether the connected user may make a base backup, and the server archives its log when it is told to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('archive_mode') = 'on' AND bool_and(has_function_privilege(each, 'EXECUTE')) "
            "FROM unnest(%s) each",
            (list(_RIGHTS),),
        )
        return cursor.fetchone() == (True,)


def let_back_up(name: str, database: str, user: str) -> None:
    """Gives `user` the rights to make a base backup; the server restarts for it."""
    statement = f'GRANT EXECUTE ON FUNCTION {", ".join(_RIGHTS)} TO "{user}"'
    with descriptors.locked(name):
        postgres.stop(name)
        postgres.single_user(name, postgres.data(name), statement, database=database)
    postgres.start(name)


@contextmanager
def archiving(name: str) -> Iterator[None]:
    """The server keeps its log in the archive meanwhile."""
    archive = _archive(name)
    archive.mkdir(mode=0o700)
    unprivileged.give(archive)
    _archive_by(name, ARCHIVED_BY.format(archive.name))
    try:
        yield
    finally:
        _archive_by(name, "true")


def base_backup(name: str, connection: Connection) -> None:
    """A base backup of the running server, from which `restore` makes the copy."""
    target = postgres.data(copy_of(name))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backup_start('drill', true)")
        _copy(postgres.data(name), target)
        cursor.execute("SELECT labelfile FROM pg_backup_stop(false)")
        (label,) = cursor.fetchone() or ("",)
    process.write_private(target / "backup_label", label)
    process.write_private(target / "recovery.signal", "")
    for path in (target, *target.rglob("*")):
        unprivileged.give(path)


def archive_now(connection: Connection) -> None:
    """Waits until all that is committed is in the archive. Raises ServerError when it does not get there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_walfile_name(pg_switch_wal())")
        (wanted,) = cursor.fetchone() or ("",)
        deadline = time.monotonic() + ARCHIVE_SECONDS
        while True:
            cursor.execute("SELECT last_archived_wal >= %s, last_failed_wal FROM pg_stat_archiver", (wanted,))
            there, failed = cursor.fetchone() or (False, None)
            if there:
                return
            if time.monotonic() > deadline:
                why = f"it fails on {failed}" if failed else "nothing of it is there"
                raise ServerError(f"the log is not archived after {ARCHIVE_SECONDS} s: {why}; see the server's log")
            time.sleep(0.05)


def restore(name: str, host: str, moment: str) -> int:
    """Starts the copy as the server was at `moment`, with a time zone; returns its port."""
    copy = copy_of(name)
    descriptor = {"kind": "copy", "host": host, "port": process.free_port(host)}
    descriptors.write(copy, descriptor)
    postgres.start_as(
        copy,
        descriptor,
        archive_mode="off",
        hot_standby="off",  # nobody is let in before the moment is reached
        restore_command=f'cp "../{_archive(name).name}/%f" "%p"',
        recovery_target_time=moment,
        recovery_target_action="promote",
    )
    return descriptor["port"]


def remove(name: str) -> bool:
    """Ends the copy and removes all that was made for it; whether there was anything."""
    copy, archive = copy_of(name), _archive(name)
    there = archive.exists() or postgres.data(copy).exists()
    postgres.delete(copy)
    if archive.exists():
        shutil.rmtree(archive)
    return there


def _archive(name: str) -> Path:
    return postgres.data(f".{name}.archive")


def _archive_by(name: str, command: str) -> None:
    postgres.configure(postgres.data(name), f"archive_command = '{command}'\n")
    if pid := process.alive(name):
        os.kill(pid, signal.SIGHUP)


def _copy(source: Path, target: Path) -> None:
    def left_out(folder: str, names: list[str]) -> list[str]:
        if Path(folder).parent == source and Path(folder).name in _EMPTY:
            return names
        return [each for each in names if each in _ABSENT]

    def copied(one: str, other: str) -> None:
        with suppress(FileNotFoundError):  # dropped meanwhile: the log says so to the copy
            shutil.copy2(one, other)

    try:
        shutil.copytree(source, target, symlinks=True, ignore=left_out, copy_function=copied)
    except shutil.Error as error:
        # Also of a folder that was there when its parent was listed: a database that is dropped meanwhile.
        if left := [why for one, _, why in error.args[0] if Path(one).exists()]:
            raise ServerError(f"The base backup could not be made: {left[0]}") from None
