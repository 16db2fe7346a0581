"""What a command prints when it cannot go on: one message, never a traceback."""

import errno
import os
import select
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from client.ending import Ended, politely
from client.errors import CommandError
from client.outputs import PROJECT
from client.typed import for_stack

_FULL = {errno.ENOSPC: "is full", errno.EDQUOT: "has no room left for you"}
_CLOSED = {errno.EROFS: "its disk is read-only", errno.EACCES: "you may not", errno.EPERM: "you may not"}

UNREAD = 141
"""The exit status of a command whose output nobody reads any more: that of SIGPIPE, as a shell gives it."""
_LITTLE = 100_000_000
"""Bytes: a database takes 40 million when it is made; Trino and the engine write more."""


def run(name: str, action: Callable[[], int | None], interrupted: str = "interrupted") -> int:
    """The exit status of the command `name`, whose errors become one message each."""
    try:
        with politely():
            status = action() or 0
        sys.stdout.flush()
        return status
    except Ended as ended:
        print(f"{name}: {interrupted} ({ended})", file=sys.stderr)
        return ended.status
    except KeyboardInterrupt:
        print(f"{name}: {interrupted}", file=sys.stderr)
        return 130
    except Exception as error:
        if isinstance(error, BrokenPipeError) and unread():
            return UNREAD
        if (text := explained(error)) is None:
            raise
        print(f"{name}: {for_stack(text)}", file=sys.stderr)
        return 1


def unread() -> bool:
    """Whether whoever read the standard output has gone, as `| head` does; what is still to be written is dropped."""
    pipe = select.poll()
    pipe.register(sys.stdout.fileno(), 0)  # its end is told unasked
    if not pipe.poll(0):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def explained(error: Exception) -> str | None:
    """The message for an error that the person who typed the command can do something about; None for a defect."""
    if isinstance(error, CommandError):
        return str(error)
    if isinstance(error, OSError) and (text := no_room(error, (PROJECT, Path(tempfile.gettempdir())))):
        return text
    if type(error).__module__.startswith("psycopg2"):
        # Where the domain is known and what has become of its rows, the message comes from there.
        return f"a database gave no answer: {' '.join(str(error).split())}\nType the same again."
    if type(error).__module__.startswith(("botocore", "boto3")):
        # As above. Settings of the person are read when a client is made, which many do outside of their own message.
        told = " ".join(str(error).split())
        return f"AWS cannot be asked: {told}\n`aws sts get-caller-identity` must show the stack's account."
    return None


def no_room(error: OSError, places: Iterable[Path]) -> str | None:
    """The message for a disk that is full, or a file that cannot be written to; None for other errors.

    The system does not always say which disk it is: then it is that of `places` which has the least room.
    """
    if error.errno in _CLOSED and error.filename:
        return (
            f"{error.filename} cannot be opened or written to: {_CLOSED[error.errno]}. "
            "Make it yours and writable, then type the same again."
        )
    if error.errno not in _FULL:
        return None
    named = Path(str(error.filename)) if error.filename else None
    there = [_there(place) for place in ([named] if named else places)]
    disk = min(there, key=lambda place: shutil.disk_usage(place).free)
    free = shutil.disk_usage(disk).free
    return (
        f"the disk with {disk} {_FULL[error.errno]}: {free:,} bytes are free there. "
        "Make room, then type the same again: it goes on from where it stopped."
    )


def scarce(places: Iterable[Path]) -> str | None:
    """The message for a disk on which a step that failed had too little room; None where there is enough."""
    disk = min((_there(place) for place in places), key=lambda place: shutil.disk_usage(place).free)
    if (free := shutil.disk_usage(disk).free) > _LITTLE:
        return None
    return f"The disk with {disk} is full, or nearly: {free:,} bytes are free there. Make room first."


def _there(place: Path) -> Path:
    return next(each for each in (place.absolute(), *place.absolute().parents) if each.exists())
