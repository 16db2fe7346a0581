"""Makes a folder of the user's cache: one run at a time, whole or not at all, only where the disk has room."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

from local.paths import LocalError
from local.progress import MEGABYTE, say, size

SPARE = 200 * MEGABYTE  # left free on the disk beside what a step is known to write
_NOT_OURS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST)


@contextmanager
def making(folder: Path, title: str, need: int) -> Iterator[Path | None]:
    """A temporary folder beside `folder` in which to make it, removed at the end; None if `folder` is there.

    The caller renames what it made to `folder` as its last act, so that `folder` is whole or missing. Only one run at a
    time gets so far; what a killed one left is removed. LocalError if the disk has not `need` bytes, or is full later.
    """
    if folder.is_dir():
        yield None
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f".{folder.name}.lock").open("a") as lock:
            try:
                flock(lock, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                say(f"Another run makes {title} at this moment: waiting for it")
                flock(lock, LOCK_EX)
            if folder.is_dir():
                yield None
                return
            for left in folder.parent.glob(f".{folder.name}-*"):
                shutil.rmtree(left)  # by a run that was killed: a run that works holds the lock
            if shutil.disk_usage(folder.parent).free < need + SPARE:
                raise OSError(errno.ENOSPC, "too little space")
            with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as work:
                yield Path(work)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            free = shutil.disk_usage(folder.parent).free
            raise LocalError(
                f"{title} needs {size(need + SPARE)} on the disk of {folder.parent}, where {size(free)} are free.\n"
                "Free some space there, or use another disk: type `XDG_CACHE_HOME=/some/folder make up`."
            ) from error
        if error.errno in _NOT_OURS:
            raise LocalError(
                f"{title} cannot be put into {folder.parent}: {error.strerror} ({error.filename}).\n"
                "Make that folder yours, or name another: type `XDG_CACHE_HOME=/some/folder make up`."
            ) from error
        raise
