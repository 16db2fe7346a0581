"""The project's virtual environment `.venv`, made from the requirement files and again when they change.

Run by any Python that is new enough: `python3 -m local.prepare.venv [--dev]`; imports nothing that has to be installed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path

from local.progress import say, ticking

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / ".venv"
RUN = (CHECKOUT / "requirements.txt", CHECKOUT / "local/requirements.txt")
DEV = (*RUN, CHECKOUT / "requirements-dev.txt")


def ensure(dev: bool) -> bool:
    """Makes `.venv` hold what the requirement files name; says so and returns False if that failed."""
    if _complete(dev):
        return True
    lock = os.open(CHECKOUT, os.O_RDONLY)  # another `make` may be at it
    try:
        flock(lock, LOCK_EX)
        return _complete(dev) or _make(DEV if dev else RUN)
    finally:
        os.close(lock)


def _make(files: Sequence[Path]) -> bool:
    python = FOLDER / "bin/python"
    if not _works():
        if FOLDER.exists():
            say(f"The Python of {FOLDER} is gone: making it anew")
            shutil.rmtree(FOLDER)
        if not _run([sys.executable, "-m", "venv", str(FOLDER)], "making .venv"):
            return False
    # the stamps of what was there before are not true while pip works
    for stamp in (_stamp(False), _stamp(True)):
        stamp.unlink(missing_ok=True)
    say("Python packages for this checkout: about 0.9 GB on disk, a minute or more by your network")
    names = [part for file in files for part in ("-r", str(file))]
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names]
    if not _run(install, "installing into .venv"):
        return False
    for dev in (False, True) if files == DEV else (False,):
        _stamp(dev).write_text(_fingerprint(DEV if dev else RUN))
    return True


def _complete(dev: bool) -> bool:
    stamp = _stamp(dev)
    return stamp.exists() and stamp.read_text() == _fingerprint(DEV if dev else RUN) and _works()


def _works() -> bool:
    python = FOLDER / "bin/python"
    if not python.exists():  # also a link to a Python that was removed
        return False
    return subprocess.run([str(python), "-c", "import pip"], capture_output=True).returncode == 0


def _stamp(dev: bool) -> Path:
    return FOLDER / (".made-from-dev" if dev else ".made-from")


def _fingerprint(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"\n".join(file.read_bytes() for file in files)).hexdigest()


def _run(command: Sequence[str], title: str) -> bool:
    with ticking(title):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        say(f"{done.stdout.rstrip()}\n\nThat failed while {title}. Check network and free space, then try again.")
    return done.returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(0 if ensure("--dev" in sys.argv[1:]) else 1)
    except KeyboardInterrupt:
        say("\nInterrupted: the next `make` goes on from here.")
        sys.exit(130)
