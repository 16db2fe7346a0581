"""Where the local stack keeps its things, and on which machines it runs."""

import os
import platform
from pathlib import Path

from mesh.images import TRINO

ENGINE_VERSION = "3.259.0"
POSTGRES_VERSION = "17.6.0"
HOST = "127.0.0.1"  # where the servers listen, unless the settings name another


class LocalError(Exception):
    """A problem that the user can solve: the text says what is wrong, why, and what to type."""


def checkout() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parent.parent


def cache() -> Path:
    """The user's folder of downloads, shared by all checkouts: `$XDG_CACHE_HOME/datamesh` or `~/.cache/datamesh`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # the XDG convention: a relative path there is ignored
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "datamesh"


def engine() -> Path:
    """The folder of the engine that was installed or built for the project."""
    return cache() / f"pulumi-{ENGINE_VERSION}"


def trino_version() -> str:
    """The release of Trino, which is that of the image on a cluster."""
    return TRINO.partition(":")[2]


def trino() -> Path:
    """The unpacked Trino server."""
    return cache() / f"trino-{trino_version()}"


def postgres() -> Path:
    """The unpacked PostgreSQL programs."""
    return cache() / f"postgres-{POSTGRES_VERSION}"


def stack() -> Path:
    """The folder of everything the running stack keeps: `$DATAMESH_LOCAL` or `.local` in the checkout."""
    return Path(os.environ.get("DATAMESH_LOCAL") or checkout() / ".local")


def state() -> Path:
    """The folder in which Pulumi keeps the stack's state."""
    return stack() / "state"


def private(folder: Path) -> Path:
    """`folder`, made with its missing parents so that only this user can read it."""
    for each in [*reversed(folder.parents), folder]:
        if not each.exists():
            each.mkdir(mode=0o700, exist_ok=True)
    return folder


def machine() -> tuple[str, str]:
    """The operating system (`linux`, `darwin`) and processor (`amd64`, `arm64`); LocalError on any other."""
    system = platform.system().lower()
    processor = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower(), platform.machine()
    )
    if system not in ("linux", "darwin") or processor not in ("amd64", "arm64"):
        raise LocalError(
            f"The local stack runs on Linux and macOS, on x86-64 and arm64; this machine is {system} on {processor}.\n"
            "There are no PostgreSQL programs for it. On Windows, use WSL 2 and type `make up` there."
        )
    if system == "linux" and platform.libc_ver()[0] != "glibc":
        raise LocalError(
            "The local stack needs a Linux with the GNU C library (Debian, Ubuntu, Fedora, ...): its PostgreSQL\n"
            "programs and its Java are built for that one. Type `make up` in such a Linux, e.g. a container."
        )
    return system, processor
