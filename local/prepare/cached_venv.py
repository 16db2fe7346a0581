"""Virtual environments in the user's cache, for programs that pin other versions than the project."""

import hashlib
import os
import sys
from pathlib import Path

from local.prepare import packages
from local.prepare.cache_folder import making
from local.progress import MEGABYTE, say, ticking


def place(folder: Path, requirements: Path) -> Path:
    """Where in `folder` the environment is, by what it is made from: another Python or another pin makes another."""
    made_from = [requirements.read_text(encoding="utf-8"), sys.version, os.fspath(sys.base_prefix)]
    return folder / hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:12]


def prepare(folder: Path, requirements: Path, title: str, why: str, megabytes: int) -> None:
    """Makes the environment with what `requirements` pins, whole or not at all, unless it is there.

    `title` names it in messages, `why` says once what it is for, `megabytes` is what it takes on the disk.
    """
    with making(folder, title, megabytes * MEGABYTE) as work:
        if work is None:
            return
        say(f"Installing {title}, {why}: {megabytes} MB")
        fresh, failed = work / "environment", f"{title} could not be installed"
        with ticking(title):
            packages.make(fresh, failed)
            packages.install(fresh, ["--no-deps", "-r", requirements], failed)
        fresh.replace(folder)
