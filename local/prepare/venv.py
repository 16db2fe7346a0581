"""The project's virtual environment `.venv`, made from the requirement files and again when they change.

Run by any Python that is new enough: `python3 -m local.prepare.venv [--dev]`; imports nothing that has to be installed.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path

from local.paths import LocalError, checkout
from local.progress import run_quietly, say, ticking

FOLDER = checkout() / ".venv"
RUN = (checkout() / "requirements.txt", checkout() / "local/requirements.txt")
DEV = (*RUN, checkout() / "requirements-dev.txt")
ADVICE = "Check network and free space, then type the same again."


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
        with ticking("making .venv"):
            run_quietly([sys.executable, "-m", "venv", FOLDER], "No .venv could be made", ADVICE)
    # the stamps of what was there before are not true while pip works
    for stamp in (_stamp(False), _stamp(True)):
        stamp.unlink(missing_ok=True)
    say("Python packages for this checkout: about 0.9 GB on disk, a minute or more by your network")
    names = [part for file in files for part in ("-r", str(file))]
    install = [FOLDER / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *names]
    with ticking("installing into .venv"):
        run_quietly(install, "The Python packages could not be installed", ADVICE)
    for dev in (False, True) if files == DEV else (False,):
        _stamp(dev).write_text(_made_from(DEV if dev else RUN))


def _complete(dev: bool) -> bool:
    stamp = _stamp(dev)
    return stamp.exists() and stamp.read_text() == _made_from(DEV if dev else RUN) and _works()


def _works() -> bool:
    python = FOLDER / "bin/python"
    if not python.exists():  # also a link to a Python that was removed
        return False
    return subprocess.run([str(python), "-c", "import pip"], capture_output=True).returncode == 0


def _stamp(dev: bool) -> Path:
    return FOLDER / (".made-from-dev" if dev else ".made-from")


def _made_from(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"\n".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    try:
        ensure("--dev" in sys.argv[1:])
    except LocalError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        say("\nInterrupted: the next `make` goes on from here.")
        sys.exit(130)
