"""The image that a Dockerfile begins with: known, pulled, or made where none can be pulled."""

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

MADE = ("ca-certificates", "python3", "python3-venv")
"""Packages of the base that is made where none can be pulled."""


def must(*words: str) -> str:
    """Standard output of a command that has to succeed."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def ensure(engine: str, base: str, *, apart: bool) -> None:
    """Has the engine know `base`; one that is made is for a store `apart` from the user's only.

    In the user's own it would be taken for the real one ever after: there, it fails with what the pull said.
    """
    if subprocess.run([engine, "image", "inspect", base], capture_output=True, check=False).returncode == 0:
        return
    if not apart:
        must(engine, "pull", base)
    elif subprocess.run([engine, "pull", base], capture_output=True, check=False).returncode:
        make(engine, f"docker.io/library/{base}")


def make(engine: str, name: str) -> None:
    """An image of Debian 12 with its own Python under the name of one that cannot be pulled from here.

    It has this machine's authorities and settings of pip, as its packages come from the same places.
    """
    folder = Path(tempfile.mkdtemp(prefix="datamesh-base-"))
    try:
        root = folder / "root"
        must("debootstrap", "--variant=minbase", f"--include={','.join(MADE)}", "bookworm", str(root))
        must("chroot", str(root), "python3", "-m", "venv", "/usr/local")
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", root / "etc/ssl/certs/ca-certificates.crt")
        if Path("/etc/pip.conf").exists():
            shutil.copy("/etc/pip.conf", root / "etc/pip.conf")
        with tarfile.open(folder / "base.tar", "w") as archive:
            archive.add(root, ".")
        must(engine, "import", str(folder / "base.tar"), name)
    finally:
        shutil.rmtree(folder)
