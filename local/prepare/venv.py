"""The project's virtual environment `.venv`, made from the requirement files and again when they change.

Run by any Python that is new enough: `python3 -m local.prepare.venv [--dev]`; imports nothing that has to be installed.
With `--there` its own Python says whether it is whole, by the exit status.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path

from local.paths import LocalError, checkout
from local.prepare import packages
from local.progress import say, ticking

FOLDER = checkout() / ".venv"
RUN = (checkout() / "requirements.txt", checkout() / "local/requirements.txt")
DEV = (*RUN, checkout() / "requirements-dev.txt")
ANY = "tzdata"
"""Any of the packages, quickly imported."""


def ensure(dev: bool) -> None:
    """Makes `.venv` hold what the requirement files name; LocalError if that fails."""
    if _complete(dev):
        return
    with RUN[0].open() as lock:
        flock(lock, LOCK_EX)  # another `make` may be at it
        if not _complete(dev):
            _make(DEV if dev else RUN)


def _make(files: Sequence[Path]) -> None:
    if not _works():
        if FOLDER.exists():
            say(f"The Python of {FOLDER} is gone: making it anew")
            shutil.rmtree(FOLDER)
        packages.make(FOLDER, "No .venv could be made")
    # the stamps of what was there before are not true while others are installed
    for stamp in (_stamp(False), _stamp(True)):
        stamp.unlink(missing_ok=True)
    say("Python packages for this checkout: about 0.9 GB on disk, shared with other checkouts where it is the same")
    with ticking("installing into .venv"):
        names = [part for file in files for part in ("-r", str(file))]
        packages.install(FOLDER, names, "The Python packages could not be installed")
    for dev in (False, True) if files == DEV else (False,):
        _stamp(dev).write_text(_made_from(DEV if dev else RUN))


def _complete(dev: bool) -> bool:
    return _stamped(dev) and _works()


def _stamped(dev: bool) -> bool:
    stamp = _stamp(dev)
    return stamp.exists() and stamp.read_text() == _made_from(DEV if dev else RUN)


def _works() -> bool:
    python = FOLDER / "bin/python"
    if not python.exists():  # also a link to a Python that was removed
        return False
    # a Python that was upgraded in place does not find the packages of the one before
    return subprocess.run([str(python), "-c", f"import {ANY}"], capture_output=True).returncode == 0


def _stamp(dev: bool) -> Path:
    return FOLDER / (".made-from-dev" if dev else ".made-from")


def _made_from(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"\n".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    try:
        if "--there" in sys.argv[1:]:
            sys.exit(not (_stamped("--dev" in sys.argv[1:]) and importlib.util.find_spec(ANY)))
        ensure("--dev" in sys.argv[1:])
    except LocalError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        say("\nInterrupted: the next `make` goes on from here.")
        sys.exit(130)
