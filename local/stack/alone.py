"""One `make up` or `make down` of a checkout at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock

import psutil

from local import paths
from local.paths import LocalError


@contextmanager
def alone() -> Iterator[None]:
    """Keeps a second `make up` or `make down` of the same checkout out."""
    lock = paths.private(paths.stack()) / "lock"
    with lock.open("a+") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip()
            if holder in (str(parent.pid) for parent in psutil.Process().parents()):
                yield  # a step of `make up` starts a server that ended meanwhile
                return
            raise LocalError(
                f"Another `make` works on this stack (process {holder}): wait until it has ended."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
